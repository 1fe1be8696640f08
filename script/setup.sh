#!/usr/bin/env bash
# Installs what a build, a run or a test of Lignum needs, and nothing twice.
#
#   script/setup.sh build   compiler target, build tools, PostgreSQL    (make run)
#   script/setup.sh test    the same and Chromium, Firefox, browser test tools   (make test)
#   script/setup.sh fuzz    cargo-fuzz alone; the nightly compiler is asked for, not installed   (make fuzz)
#
# Slow tools live outside the checkout, in $LIGNUM_CACHE (default ~/.cache/lignum),
# one folder a version, so that a second run takes a second and a lost cache only time.
set -euo pipefail
cd "$(dirname "$0")/.."
. script/env.sh

want="${1:-build}"
say() { printf '\033[1m▸ %s\033[0m\n' "$*"; }
die() { printf '✗ %s\n' "$*" >&2; exit 1; }

# ---- what only the machine's own package manager can give ------------------------------
missing=()
need() { command -v "$1" >/dev/null 2>&1 || missing+=("$2"); }
need cc gcc
need curl curl
need git git
if [ "$want" = fuzz ]; then
  need c++ g++
else
  command -v node >/dev/null 2>&1 && command -v npm >/dev/null 2>&1 || missing+=(nodejs npm)
  [ -n "$(newest_postgres)" ] || missing+=(postgresql)
fi
if [ "$want" = test ]; then
  [ -n "$(find_chromium)" ] || missing+=(chromium fonts-noto-core)
  [ -n "$(find_firefox)" ] || missing+=(firefox-esr)
fi
if [ "${#missing[@]}" -gt 0 ]; then
  as_root=()
  [ "$(id -u)" = 0 ] || as_root=(sudo)
  if ! command -v apt-get >/dev/null 2>&1; then
    die "Please install with this machine's package manager: ${missing[*]} (PostgreSQL 15 or newer, Node 20 or newer), then run this again."
  fi
  if [ "${#as_root[@]}" -gt 0 ] && ! command -v sudo >/dev/null 2>&1; then
    die "Please have an administrator run: apt-get install ${missing[*]}"
  fi
  say "Installing ${missing[*]} (Debian packages)"
  "${as_root[@]}" apt-get update -qq
  # Debian's postgresql package would start a cluster of its own: Lignum runs a private one.
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi
[ "$want" = fuzz ] || [ "$(node -p 'process.versions.node.split(".")[0]')" -ge 18 ] || die "Node 18 or newer is needed; this is $(node --version)."
command -v cargo >/dev/null 2>&1 || die "Rust is missing: install rustup, whose cargo is then found on PATH."

# ---- the compiler's second target ---------------------------------------------------------
if ! rustc --print sysroot >/dev/null 2>&1; then die "rustc does not run; is rustup set up?"; fi
if [ ! -d "$(rustc --print sysroot)/lib/rustlib/wasm32-unknown-unknown" ]; then
  say "Adding the wasm32 target"
  rustup target add wasm32-unknown-unknown
fi

# ---- tools that cargo builds, kept in the cache -------------------------------------------
mkdir -p "$LIGNUM_BIN"
cargo_tool() { # name version extra-arguments…
  local name=$1 version=$2; shift 2
  local stamp="$LIGNUM_BIN/.$name-$version"
  [ -x "$LIGNUM_BIN/$name" ] && [ -e "$stamp" ] && return
  say "Building $name $version (once; some minutes)"
  # The tools need not be fast, their build does.
  CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_OPT_LEVEL=0 CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 \
    CARGO_TARGET_DIR="$LIGNUM_CACHE/build/$name" \
    cargo install "${name%%@*}" --version "$version" --locked --root "$LIGNUM_CACHE/tools" --force "$@"
  rm -rf "$LIGNUM_CACHE/build/$name" "$LIGNUM_BIN/.$name-"*
  : > "$stamp"
}
wasm_bindgen_tool() {
  local stamp="$LIGNUM_BIN/.wasm-bindgen-$WASM_BINDGEN_VERSION"
  [ -x "$LIGNUM_BIN/wasm-bindgen" ] && [ -e "$stamp" ] && return
  say "Building wasm-bindgen $WASM_BINDGEN_VERSION (once; a minute or two)"
  CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_OPT_LEVEL=0 CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 \
    CARGO_TARGET_DIR="$LIGNUM_CACHE/build/wasm-bindgen" \
    cargo install wasm-bindgen-cli --version "$WASM_BINDGEN_VERSION" --locked --root "$LIGNUM_CACHE/tools" --force
  rm -rf "$LIGNUM_CACHE/build/wasm-bindgen" "$LIGNUM_BIN/.wasm-bindgen-"*
  : > "$stamp"
}
if [ "$want" = fuzz ]; then
  cargo_tool cargo-fuzz "$CARGO_FUZZ_VERSION"
  exit
fi
wasm_bindgen_tool
cargo_tool cargo-leptos "$CARGO_LEPTOS_VERSION" --features no_downloads

# ---- tools that npm brings --------------------------------------------------------------
npm_tool() { # folder with package.json and package-lock.json, what for
  local from=$1 what=$2 into="$LIGNUM_CACHE/npm/$1"
  local sum; sum=$(cat "$from/package.json" "$from/package-lock.json" | sha256sum | cut -c1-16)
  if [ "$(cat "$into/.sum" 2>/dev/null || true)" != "$sum" ]; then
    say "Fetching $what (npm)"
    rm -rf "$into"; mkdir -p "$into"
    cp "$from/package.json" "$from/package-lock.json" "$into/"
    (cd "$into" && PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm ci --no-audit --no-fund --loglevel=error)
    echo "$sum" > "$into/.sum"
  fi
}
npm_tool tools "wasm-opt and the style bundler"
if [ "$want" = test ]; then
  npm_tool end2end "the browser test tools"
  # Node finds modules beside the importing file: the tests see the cached folder through a link.
  ln -sfn "$LIGNUM_CACHE/npm/end2end/node_modules" end2end/node_modules
fi
