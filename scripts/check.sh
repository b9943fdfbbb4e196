#!/usr/bin/env bash
# ./dev check: before an issue is closed; up to an hour. Ends with "N passed, M failed".
set -euo pipefail
. "$(dirname "$0")/house.sh"
scripts/bootstrap.sh

step "clang-tidy"
configure asan
tidy() {
  git ls-files -- '*.cpp' | grep -vE '_(test|fuzz)\.cpp$' |
    xargs -P "$jobs" -n 4 clang-tidy-19 -p build/asan --quiet --warnings-as-errors='*'
}
run_counted "clang-tidy" tidy

step "dev: the preset for debugging builds, too"
run_counted "dev preset" bash -c '. scripts/house.sh; build dev'

step "tsan: the threaded shell"
build tsan base_test regional_node_test meridian-node meridian
export TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1
for binary in build/tsan/tests/base_test build/tsan/tests/regional_node_test; do run_gtest "tsan $(basename "$binary")" "$binary"; done
run_counted "tsan node under load" timeout 300 e2e/servers/tsan_node.sh

step "5,000 simulated runs"
figures='^seeds ' run_counted "simulation" scripts/sim.sh --all-cores 5000 "$(scripts/sim.sh first-seed)" --kept

step "planted defects"
figures='^plant .*: caught' run_counted "plants" scripts/sim.sh --plants

step "fuzz, one minute a target"
figures='^[a-z_]+_fuzz ' run_counted "fuzz" scripts/fuzz.sh 1

step "benches, quick"
build release meridian-bench
for name in $(build/release/bin/meridian-bench | cut -d' ' -f1); do figures='^ +([0-9.e+]+ x|-)  ' run_counted "bench $name" build/release/bin/meridian-bench "$name" --quick; done

printf '   %d s\n' $SECONDS
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
