#!/usr/bin/env bash
# Formatting, lints (not with --quick), and the guards that keep the arrows one-way: domain <- app <- server.
set -euo pipefail
cd "$(dirname "$0")/.."
. script/env.sh
fail=0
guard() { # what must not be found, then a command whose output is the finding
  local what=$1 found; shift
  found=$("$@" || true)
  if [ -n "$found" ]; then printf '✗ %s\n%s\n' "$what" "$found"; fail=1; fi
}

# The rules crate stands on data crates and ciphers alone.
ciphers='aead|aes|aes-gcm|argon2|base64ct|blake2|cipher|cmov|cpubits|ctr|ctutils|curve25519-dalek|curve25519-dalek-derive|fiat-crypto|ghash|hkdf|hmac|hpke|inout|password-hash|phc|polyval|subtle|universal-hash|x25519-dalek|zeroize|zeroize_derive'
allowed="^(domain|$ciphers|chrono|num-traits|autocfg|serde|serde_core|serde_derive|serde_json|itoa|memchr|zmij|ryu|sha2|cfg-if|cpufeatures|libc|digest|block-buffer|hybrid-array|generic-array|typenum|version_check|crypto-common|const-oid|strsim|thiserror|thiserror-impl|uuid|getrandom|rand_core|proc-macro2|quote|syn|unicode-ident|js-sys|wasm-bindgen.*)\$"
unknown_dependencies() {
  cargo tree -p domain -e normal --prefix none --format '{p}' | awk '{print $1}' | sort -u | grep -Ev "$allowed"
}
guard "domain depends on something that is not a data crate:" unknown_dependencies
guard "app must not know the database:"            grep -nE '^sqlx' app/Cargo.toml
guard "SQL lives in server/src/db and nowhere else:" grep -rnE 'sqlx::query|\bquery(_as|_scalar|_file)?!\(' server/src --include=*.rs --exclude-dir=db --exclude=db.rs
guard "views live in app:"                         grep -rnE '\bview!' server/src app/domain/src --include=*.rs
guard "cfg(feature) stands in lib.rs and platform.rs only:" grep -rnE 'cfg\((not\()?feature' app/src server/src app/domain/src --include=*.rs --exclude=lib.rs --exclude=platform.rs
guard "IndexedDB is opened by platform/browser/store.rs only:" grep -rlnE 'indexed_db_futures|IdbFactory|indexedDB' app/src --include=*.rs --exclude=store.rs --exclude-dir=store
guard "components have no data access:"            grep -rnE 'crate::(state|platform|server_fns)' app/src/components --include=*.rs
guard "inline styles break the content security policy:" grep -rnE '\bstyle="' app/src --include=*.rs
# A browser keeps what is typed into a form for its next start, unless the form says no.
open_forms() { grep -rnE '<form' app/src --include=*.rs --exclude=sign_in.rs | grep -v 'autocomplete="off"'; }
guard "forms whose fields the browser writes into its session files:" open_forms
guard "a machine's path or a registry's host in the tree:" git grep -nIE '/root/|/home/[a-z]+/|registry\.npmjs|"resolved":' -- . ':!script/check.sh'

cargo fmt --all --check || fail=1
cargo fmt --manifest-path fuzz/Cargo.toml --check || fail=1
if [ "${1:-}" != --quick ]; then
  cargo clippy --workspace --all-targets --features server/mutations -- -D warnings || fail=1
  cargo clippy -p app --no-default-features --features browser --target wasm32-unknown-unknown -- -D warnings || fail=1
fi
[ "$fail" = 0 ] || { echo "✗ make check found something"; exit 1; }
echo "✓ guards and lints"
