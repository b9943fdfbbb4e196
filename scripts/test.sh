#!/usr/bin/env bash
# ./dev test [FILTER]: what every landing passes. Ends with one line "N passed, 0 failed".
#   g++ release: unit tests, end-to-end tests on real servers, ./dev up -> meridian status -> ./dev down
#   clang-19 ASan+UBSan: unit tests, 300 simulated runs, every fuzz corpus
#   lint, and the rules on three compilers
set -euo pipefail
. "$(dirname "$0")/house.sh"
filter=${1:-}
filter=${filter%/}
scripts/bootstrap.sh
begun=$SECONDS

unit_tests() { # PRESET [GTEST_FILTER]
  local binary name
  for binary in build/"$1"/tests/*_test; do
    [ -x "$binary" ] || fail "no unit tests in build/$1/tests" "nothing was built there" "./dev build $1"
    name=$(basename "$binary")
    if [ -n "${2:-}" ]; then
      "$binary" --gtest_list_tests --gtest_filter="$2" | grep '^  ' >/dev/null || continue # not -q: the lister would die of the closed pipe
    fi
    run_gtest "$1 $name" "$binary" ${2:+--gtest_filter="$2"}
  done
}
finish() {
  scripts/ledger.sh rows
  printf '   %d s\n' $((SECONDS - begun))
  printf '%d passed, %d failed\n' "$passed" "$failed"
  [ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
}

if [ -n "$filter" ]; then
  step "unit tests: $filter"
  if [ -d "$filter" ]; then
    grep -qs meridian_library "$filter/CMakeLists.txt" ||
      fail "'$filter' has no tests of its own" "those with tests are: $(grep -l meridian_library ./*/CMakeLists.txt | xargs -n 1 dirname | xargs -n 1 basename | tr '\n' ' ')" "Name one of them, a GoogleTest pattern such as 'Replay*', or nothing for all"
    build release "${filter}_test"
    run_gtest "release ${filter}_test" "build/release/tests/${filter}_test"
  else
    build release
    unit_tests release "$filter"
  fi
  [ $((passed + failed)) -gt 0 ] || fail "no test matches '$filter'" "a filter is a folder with tests or a GoogleTest pattern such as 'Replay*'" "./dev test for all"
  finish
  exit
fi

step "lint"
run_counted "lint" scripts/lint.sh
run_counted "lint finds what is planted" scripts/lint_test.sh
run_counted "what ./dev says when something is missing" scripts/house_test.sh

run_counted "planted defects apply" scripts/sim.sh --plants-apply

step "release: g++"
build release
unit_tests release
figures='^[0-9]+ % loss: ' run_gtest "end to end" build/release/bin/meridian-e2e
run_counted "the rules on three compilers" world/check_rules_hash.sh
for script in e2e/*/*_test.sh; do
  [ -x "$script" ] && run_counted "${script#e2e/}" timeout 900 "$script"
done
run_counted "up, status, down" timeout 600 scripts/up_test.sh

step "asan: clang-19, address and undefined"
export ASAN_OPTIONS=detect_leaks=1:abort_on_error=0 UBSAN_OPTIONS=print_stacktrace=1
export ASAN_SYMBOLIZER_PATH=/usr/lib/llvm-19/bin/llvm-symbolizer
build asan
unit_tests asan
run_counted "the same trace from both compilers" timeout 900 e2e/simulation/determinism_test.sh asan
figures='^seeds ' run_counted "300 simulated runs" timeout 1800 build/asan/bin/meridian-sim --seeds 300 --from "$(scripts/sim.sh first-seed)" --kept
run_counted "fuzz corpora" scripts/fuzz.sh corpora asan

finish
