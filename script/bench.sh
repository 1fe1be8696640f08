#!/usr/bin/env bash
# Measures the release build in target/dist and prints one table: what was measured, what was aimed at.
# Nothing is asserted: figures depend on the machine.
#
#   script/bench.sh                       everything
#   script/bench.sh bytes speed           parts: bytes lighthouse speed search idle memory ops
set -euo pipefail
cd "$(dirname "$0")/.."
. script/env.sh
export CHROMIUM="$(find_chromium)" LIGNUM_POSTGRES_BIN="$(newest_postgres)"
say() { printf '\033[1m▸ %s\033[0m\n' "$*"; }

[ -x target/dist/lignum ] || { echo "✗ target/dist/lignum is missing: run make dist" >&2; exit 1; }
parts=()
ops=1
if [ "$#" -gt 0 ]; then
  ops=0
  for part in "$@"; do
    if [ "$part" = ops ]; then ops=1; else parts+=("$part"); fi
  done
fi

if [ "$#" -eq 0 ] || [ "${#parts[@]}" -gt 0 ]; then
  say "Measuring app and server (some ten minutes)"
  rm -rf target/bench
  (cd end2end && node_modules/.bin/tsc --project . --noEmit false --outDir ../target/bench)
  NODE_PATH="$PWD/end2end/node_modules" node target/bench/bench/main.js ${parts[@]+"${parts[@]}"}
fi

# Ops with receipts from concurrent devices, beside what pgbench inserts into the same Postgres.
if [ "$ops" = 1 ] && [ -x script/bench-ops.sh ]; then
  say "Measuring ops with receipts"
  script/bench-ops.sh
fi
