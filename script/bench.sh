#!/usr/bin/env bash
# Measures the release build in target/dist and prints one table: what was measured, what was aimed at.
# Nothing is asserted: figures depend on the machine.
#
#   script/bench.sh                       everything (some ten minutes)
#   script/bench.sh bytes speed           parts: bytes lighthouse speed search idle memory ops
set -euo pipefail
cd "$(dirname "$0")/.."
. script/env.sh
export CHROMIUM="$(find_chromium)" LIGNUM_POSTGRES_BIN="$(newest_postgres)"

[ -x target/dist/lignum ] || { echo "✗ target/dist/lignum is missing: run make dist" >&2; exit 1; }
printf '\033[1m▸ %s\033[0m\n' "Measuring app and server"
rm -rf target/bench
(cd end2end && node_modules/.bin/tsc --project . --noEmit false --outDir ../target/bench)
NODE_PATH="$PWD/end2end/node_modules" node target/bench/bench/main.js "$@"
