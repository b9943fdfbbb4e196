#!/usr/bin/env bash
# The same seeds give the same trace: in two processes of the release build (g++), in the ASan build (clang), and today as on the day it was pinned.
#   e2e/simulation/determinism_test.sh          the release build
#   e2e/simulation/determinism_test.sh asan     and the ASan build
#   e2e/simulation/determinism_test.sh --pin    writes the present trace to pinned_trace.txt: for a change that means to change what happens in a run
# Ends with "N passed, M failed".
set -euo pipefail
cd "$(dirname "$0")/../.."
pinned=e2e/simulation/pinned_trace.txt
passed=0 failed=0

traces() { "build/$1/bin/meridian-sim" --seeds 20 --from 1 --trace | grep -E '^(seed [0-9]+ )?trace '; } # PRESET
same() {                                                                                             # WHAT EXPECTED ACTUAL
  if [ "$2" = "$3" ]; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    printf 'NOT the same: %s\n' "$1"
    diff <(printf '%s\n' "$2") <(printf '%s\n' "$3") | head -6 || true
  fi
}

[ -x build/release/bin/meridian-sim ] || {
  echo "no build/release/bin/meridian-sim: cmake --preset release && cmake --build build/release --target meridian-sim"
  echo "0 passed, 1 failed"
  exit 1
}
first=$(traces release)
if [ "${1:-}" = --pin ]; then
  tail -1 <<<"$first" | tee "$pinned"
  exit
fi
same "a second process of the same build" "$first" "$(traces release)"
same "the pinned trace" "$(cat "$pinned" 2>/dev/null)" "$(tail -1 <<<"$first")"
[ "$failed" -eq 0 ] || echo "if the change means to change what happens in a run: e2e/simulation/determinism_test.sh --pin, and say so in its commit"
if [ "${1:-}" = asan ]; then same "clang's build with sanitizers" "$first" "$(traces asan)"; fi
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
