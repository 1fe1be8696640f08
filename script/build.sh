#!/usr/bin/env bash
# Builds what is shipped: the server, the WASM, the styles; puts them into target/dist.
set -euo pipefail
cd "$(dirname "$0")/.."
. script/env.sh

printf '\033[1m▸ Building Lignum (first time: some ten minutes; then seconds)\033[0m\n'
mkdir -p target
lightningcss --bundle style/main.css -o target/style.css
cargo leptos build --release --precompress
built="$CARGO_TARGET_DIR/release"
mkdir -p target/dist
# A running server keeps the file it started from: put the new one beside it, then swap the name.
cp "$built/lignum" target/dist/.lignum.new && mv target/dist/.lignum.new target/dist/lignum
cp "$built/hash.txt" target/dist/hash.txt
rm -rf target/dist/site && cp -r target/site target/dist/site
