#!/usr/bin/env bash
# Browser tests against the release build in target/dist, with a private Postgres of their own.
set -euo pipefail
cd "$(dirname "$0")/.."
. script/env.sh
export CHROMIUM="$(find_chromium)" FIREFOX="$(find_firefox)" LIGNUM_POSTGRES_BIN="$(newest_postgres)"
cd end2end
exec node_modules/.bin/playwright test "$@"
