#!/usr/bin/env bash
# The proof that nothing saved is lost, and that the proof would notice: docs/no-lost-work.md.
#   PROVE_N=50000 PROVE_SEED=7 script/prove.sh
set -euo pipefail
cd "$(dirname "$0")/.."
. script/env.sh
say() { printf '\033[1m▸ %s\033[0m\n' "$*"; }

# A long proof gains more by an optimised server than its compilation takes.
optimised=()
[ "${PROVE_N:-2000}" -lt 20000 ] || optimised=(--config 'profile.dev.package.server.opt-level=1' --config 'profile.dev.package.domain.opt-level=1')

say "Schedules, and would it notice?"
cargo test -p server --features mutations --test prove ${optimised[@]+"${optimised[@]}"}
