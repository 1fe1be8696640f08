#!/usr/bin/env bash
# Bytes by chance for everything in the domain that reads bytes, one target after the other.
#
#   script/fuzz.sh [target…]    all of sync, sealed, op, record unless some are named
#   FUZZ_SECONDS=600            how long each; 0 only keeps what was found before
#   FUZZ_SANITIZER=none         address looks over the dependencies' unsafe code too, at a third of the speed
#   FUZZ_KEEP=1                 then put into fuzz/corpus the few inputs (FUZZ_MOST=120) that together reach most;
#                               what has a name of its own there, made a target fail once and stays
#
# What lies in fuzz/corpus runs with every `make test`, without any of this (app/domain/tests/corpora). The
# fuzzer begins there; what it finds on the way lies in the cache, so that the next run goes on from it.
set -euo pipefail
cd "$(dirname "$0")/.."
. script/env.sh
say() { printf '\033[1m▸ %s\033[0m\n' "$*"; }
die() { printf '✗ %s\n' "$*" >&2; exit 1; }

toolchain="${FUZZ_TOOLCHAIN:-nightly}"
seconds="${FUZZ_SECONDS:-600}"
sanitizer="${FUZZ_SANITIZER:-none}"
targets=("$@")
[ "${#targets[@]}" -gt 0 ] || targets=(sync sealed op record)
cargo "+$toolchain" --version >/dev/null 2>&1 ||
  die "Fuzzing needs a nightly compiler: rustup toolchain install nightly --profile minimal"
command -v cargo-fuzz >/dev/null 2>&1 || die "cargo-fuzz is missing: script/setup.sh fuzz installs it."

# Another compiler with other flags: its own folder.
export CARGO_TARGET_DIR="$CARGO_TARGET_DIR/fuzz"
found="$LIGNUM_CACHE/fuzz"
mkdir -p "$found"
# The words that the fuzzer tries: the names and values of the pinned shapes.
words="$found/words"
grep -oh '"[a-z0-9_-]*"' app/domain/tests/golden/wire_v1/*.json | sort -u |
  sed 's/^"\(.*\)"$/"\1"\n"\\"\1\\""/' | grep -vx '""' > "$words"

fuzz() { # target extra-arguments…
  local target=$1; shift
  # What it reads is small; longer inputs only make it slow.
  cargo "+$toolchain" fuzz run --sanitizer "$sanitizer" "$target" "$found/$target" "fuzz/corpus/$target" -- \
    -dict="$words" -max_len=4096 -timeout=20 -rss_limit_mb=2048 -print_final_stats=1 "$@"
}

say "Building"
cargo "+$toolchain" fuzz build --sanitizer "$sanitizer"
failed=0
for target in "${targets[@]}"; do
  [ "$seconds" != 0 ] || continue
  say "$target, for $seconds seconds"
  mkdir -p "$found/$target"
  log="$found/$target.log"
  if fuzz "$target" -max_total_time="$seconds" > "$log" 2>&1; then mark="✓"; else mark="✗" failed=1; fi
  runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
  took=$(sed -n 's/^Done [0-9]* runs in \([0-9]*\) second.*/\1/p' "$log")
  if [ "$mark" = "✓" ]; then
    echo "✓ $target: ${runs:-no} executions in ${took:-0} s, nothing found"
  else
    # The first word about it, and where the input lies that makes it happen again.
    echo "✗ $target: ${runs:-some} executions; the log is $log"
    grep -aE "panicked at|^(==[0-9]+== )?ERROR|SUMMARY|Test unit written|^error" -A1 "$log" | head -20 || true
  fi
done

if [ -n "${FUZZ_KEEP:-}" ] && [ "$failed" = 0 ]; then
  for target in "${targets[@]}"; do
    say "$target, the fewest that reach most"
    mkdir -p "$found/$target"
    kept="fuzz/corpus/$target" fewest=$(mktemp -d) log="$found/$target-merge.log"
    # Reached is a line of the code, not how often. The merge names first what reaches most.
    cargo "+$toolchain" fuzz run --sanitizer "$sanitizer" "$target" "$fewest" "$kept" "$found/$target" -- \
      -set_cover_merge=1 -use_counters=0 -verbosity=2 -max_len=4096 > "$log" 2>&1
    find "$kept" -type f -regextype posix-extended -regex '.*/[0-9a-f]{40}' -delete
    awk -v most="${FUZZ_MOST:-120}" '/^Written / && n++ < most { print $NF }' "$log" | xargs -d '\n' mv -t "$kept"
    rm -rf "$fewest"
    echo "✓ $target: $(find "$kept" -type f | wc -l) inputs kept, $(find "$kept" -type f -printf '%s\n' | awk '{ sum += $1 } END { print sum }') bytes"
  done
fi
exit "$failed"
