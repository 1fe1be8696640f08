# Sourced by the other scripts: versions, places, and where this machine keeps what it has.
export LIGNUM_CACHE="${LIGNUM_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/lignum}"
export LIGNUM_BIN="$LIGNUM_CACHE/tools/bin"
export PATH="$LIGNUM_BIN:$LIGNUM_CACHE/npm/tools/node_modules/.bin:$HOME/.cargo/bin:$PATH"

CARGO_LEPTOS_VERSION=0.3.10
WASM_BINDGEN_VERSION=0.2.129   # equals the pin in Cargo.toml
CARGO_FUZZ_VERSION=0.13.2

# The bin folder of the newest installed PostgreSQL from 15 on; nothing where there is none.
newest_postgres() {
  local bin best="" best_version=0 version
  for bin in /usr/lib/postgresql/*/bin /usr/local/pgsql/bin /opt/homebrew/opt/postgresql*/bin /usr/pgsql-*/bin /usr/bin /usr/local/bin; do
    [ -x "$bin/initdb" ] && [ -x "$bin/postgres" ] || continue
    version=$("$bin/postgres" --version | sed -n 's/.* \([0-9][0-9]*\).*/\1/p')
    if [ "${version:-0}" -ge 15 ] && [ "$version" -gt "$best_version" ]; then best=$bin best_version=$version; fi
  done
  printf '%s' "$best"
}

find_chromium() {
  command -v chromium 2>/dev/null || command -v chromium-browser 2>/dev/null || command -v google-chrome 2>/dev/null || true
}
find_firefox() {
  command -v firefox-esr 2>/dev/null || command -v firefox 2>/dev/null || true
}

# Compiled dependencies are shared between checkouts; what is shipped is copied to target/dist.
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$LIGNUM_CACHE/target}"
# Queries are checked against .sqlx, so that a build needs no database.
export SQLX_OFFLINE="${SQLX_OFFLINE:-true}"
