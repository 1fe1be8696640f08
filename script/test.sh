#!/usr/bin/env bash
# All tests, the quick ones first. Each runner's closing line is left on the screen.
set -euo pipefail
cd "$(dirname "$0")/.."
. script/env.sh
say() { printf '\033[1m▸ %s\033[0m\n' "$*"; }

say "Guards and lints";                      script/check.sh
say "Rules (native)";                        cargo test -p domain
say "Rules compile for the phone";           cargo check -p domain --target wasm32-unknown-unknown
# With the mutations of the proof, which are off until it switches one on: one build for all of it.
say "Server, on a real Postgres";            cargo test -p server --features mutations
script/build.sh
say "Three people in a real browser";        script/e2e.sh
