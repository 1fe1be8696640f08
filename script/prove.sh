#!/usr/bin/env bash
# The proof that nothing saved is lost, and that the proof would notice: docs/no-lost-work.md.
#   PROVE_N=50000 PROVE_SEED=7 script/prove.sh
set -euo pipefail
cd "$(dirname "$0")/.."
. script/env.sh
say() { printf '\033[1m▸ %s\033[0m\n' "$*"; }

say "Schedules";                           cargo test -p server --test prove
[ -z "${PROVE_REPLAY:-}" ] || exit 0
say "Would it notice?";                    PROVE_N=2000 cargo test -p server --features mutations --test prove -- each_mutation
