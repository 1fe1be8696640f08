#!/usr/bin/env bash
# Writes what the compiler needs to know of the database into .sqlx, so that a build needs no database.
#
#   script/sqlx-prepare.sh           after a change of a query or a migration; commit .sqlx with it
#   script/sqlx-prepare.sh --check   fails where .sqlx is not what it should be
#
# Starts a private throw-away PostgreSQL, applies the migrations, and has every query described by it.
set -euo pipefail
cd "$(dirname "$0")/.."
. script/env.sh

check=
[ "${1:-}" = --check ] && check=1
say() { printf '\033[1m▸ %s\033[0m\n' "$*"; }

bin=$(newest_postgres)
[ -n "$bin" ] || { echo "PostgreSQL 15 or newer is missing: run script/setup.sh build" >&2; exit 1; }

work=$(mktemp -d "${TMPDIR:-/tmp}/lignum-sqlx.XXXXXX")
as=()
if [ "$(id -u)" = 0 ]; then
  # PostgreSQL refuses to run as root.
  user=postgres
  id "$user" >/dev/null 2>&1 || user=nobody
  as=(setpriv --reuid "$user" --regid "$(id -g "$user")" --clear-groups)
  chown "$user" "$work"
fi
cleanup() {
  "${as[@]}" "$bin/pg_ctl" -D "$work/data" -m immediate -w stop >/dev/null 2>&1 || true
  rm -rf "$work"
}
trap cleanup EXIT

say "Starting a throw-away PostgreSQL"
(
  cd "$work"
  export LC_ALL=C
  "${as[@]}" "$bin/initdb" -D "$work/data" -U postgres -A trust -E UTF8 --no-locale --no-sync >/dev/null
  "${as[@]}" "$bin/pg_ctl" -D "$work/data" -w -l "$work/log" \
    -o "-c listen_addresses='' -c unix_socket_directories='$work' -c fsync=off -c full_page_writes=off" start >/dev/null
  psql=("${as[@]}" "$bin/psql" -q -X -v ON_ERROR_STOP=1 -h "$work" -U postgres)
  "${psql[@]}" -d postgres -c 'CREATE ROLE lignum LOGIN CREATEDB CREATEROLE' -c 'CREATE ROLE lignum_app NOLOGIN' \
    -c 'GRANT lignum_app TO lignum' -c 'CREATE DATABASE lignum OWNER lignum'
)
for migration in server/migrations/*.sql; do
  "${as[@]}" "$bin/psql" -q -X -1 -v ON_ERROR_STOP=1 -h "$work" -U lignum -d lignum -f - <"$migration" >/dev/null
done

say "Describing the queries"
fresh="$work/sqlx"
mkdir "$fresh"
# Each query macro writes one file when its crate is compiled.
touch server/src/lib.rs
[ -e server/tests/api/main.rs ] && touch server/tests/api/main.rs
DATABASE_URL="postgres:///lignum?host=$work&user=lignum" SQLX_OFFLINE=false SQLX_OFFLINE_DIR="$fresh" \
  cargo check --quiet --package server --all-targets

if [ -n "$check" ]; then
  if ! diff -rq .sqlx "$fresh" >/dev/null 2>&1; then
    diff -rq .sqlx "$fresh" >&2 || true
    echo "✗ .sqlx is not what the queries need: run script/sqlx-prepare.sh and commit .sqlx" >&2
    exit 1
  fi
  say ".sqlx is up to date: $(find "$fresh" -name '*.json' | wc -l) queries"
else
  rm -rf .sqlx
  mkdir .sqlx
  cp "$fresh"/*.json .sqlx/
  say ".sqlx written: $(find .sqlx -name '*.json' | wc -l) queries"
fi
