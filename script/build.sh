#!/usr/bin/env bash
# Builds what is shipped: the server, the WASM, the styles; puts them into target/dist.
# Where nothing changed since the last build that ended well, there is nothing to do.
set -euo pipefail
cd "$(dirname "$0")/.."
. script/env.sh

# Everything that the build reads, and with what it is built.
fingerprint() {
  {
    rustc -vV
    find app server style public .sqlx .cargo Cargo.toml Cargo.lock rust-toolchain.toml script/build.sh script/env.sh tools \
      -type f -not -path '*/tests/*' -print0 | LC_ALL=C sort -z | xargs -0 sha256sum
  } | sha256sum | cut -c1-64
}
built_from=target/dist/.built-from
now=$(fingerprint)
if [ "$(cat "$built_from" 2>/dev/null || true)" = "$now" ]; then
  printf '\033[1m▸ Lignum is built\033[0m\n'
  exit 0
fi

printf '\033[1m▸ Building Lignum (first time: some ten minutes; then one or two)\033[0m\n'
rm -f "$built_from"
mkdir -p target
lightningcss --bundle --minify style/main.css -o target/style.css
cargo leptos build --release --precompress
built="$CARGO_TARGET_DIR/release"
mkdir -p target/dist
# A running server keeps the file it started from: put the new one beside it, then swap the name.
cp "$built/lignum" target/dist/.lignum.new && mv target/dist/.lignum.new target/dist/lignum
cp "$built/hash.txt" target/dist/hash.txt
rm -rf target/dist/site && cp -r target/site target/dist/site
echo "$now" > "$built_from"
