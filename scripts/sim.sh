#!/usr/bin/env bash
# ./dev sim ARGUMENTS: builds the simulation and runs it with them (meridian-sim --help).
# ./dev sim --plant NAME: the plant's mix of faults must be clean without it; then applies e2e/simulation/plants/NAME.patch to a scratch copy, builds the
# simulation alone there and runs it until it says what the patch's first line expects ("expect: " and an extended regular expression). Fails if it never does, or if
# the patch no longer applies.   ./dev sim --plants: all of them.
# sim.sh --all-cores SEEDS FROM [ARGUMENT...]: that many seeds, shared among the cores.
# sim.sh first-seed: the first seed of a landing's runs, derived from the commit, so that each explores others and a failure names itself.
set -euo pipefail
. "$(dirname "$0")/house.sh"

plant() { # NAME
  local name=$1 patch=$root/e2e/simulation/plants/$1.patch tree=build/plants/$1 log expect
  [ -f "$patch" ] || fail "no plant '$name'" "e2e/simulation/plants/ holds: $(cd e2e/simulation/plants && printf '%s ' *.patch)" "Name one without .patch"
  log=build/plants/$name.log
  expect=$(sed -n '1s/^expect: //p' "$patch")
  if [ -z "$expect" ]; then
    say "plant $name: its first line does not say 'expect: ' and the words of the violation"
    return 1
  fi
  if ! build/release/bin/meridian-sim --mix "$name" --seeds 30 --minutes 0.5 >"$log" 2>&1; then
    tail -20 "$log"
    say "plant $name: its mix fails without it"
    return 1
  fi
  rm -rf "$tree"
  mkdir -p "$tree"
  git ls-files -co --exclude-standard -z | xargs -0 tar -c --ignore-failed-read -f - 2>/dev/null | tar -x -C "$tree"
  if ! (cd "$tree" && patch -p1 --fuzz=0 --forward <"$patch") >"$log" 2>&1; then
    tail -20 "$log"
    say "plant $name: the patch no longer applies; renew it"
    return 1
  fi
  # The trees differ by their place and a few lines: what one has compiled serves the next.
  if ! { (cd "$tree" && export CCACHE_BASEDIR=$PWD CCACHE_NOHASHDIR=1 && cmake --preset release && cmake --build build/release -j "$jobs" --target meridian-sim) >"$log" 2>&1; }; then
    grep -E 'error' -A 3 "$log" | head -20
    say "plant $name: does not build (build/plants/$name.log)"
    return 1
  fi
  local rc=0
  (cd "$tree" && timeout 1200 build/release/bin/meridian-sim --seeds "${MERIDIAN_PLANT_SEEDS:-10000}" --until "$expect" --mix "$name") >"$log" 2>&1 || rc=$?
  # 1: checkers have seen it; 134: it tripped an assertion, and the run has said so.
  if { [ $rc -eq 1 ] || [ $rc -eq 134 ]; } && grep -qE "^VIOLATION .*($expect)" "$log"; then
    say "plant $name: caught: $(grep -E "^VIOLATION .*($expect)" "$log" | head -1)"
    rm -rf "$tree"
  else
    grep -E '^VIOLATION ' "$log" | head -3 || tail -5 "$log"
    say "plant $name: NOT caught as '$expect' (exit $rc, build/plants/$name.log)"
    return 1
  fi
}

# all_cores SEEDS FROM ARGUMENT...: the seeds FROM to FROM + SEEDS - 1, a share on each core; ends with one line of the sums, as meridian-sim does.
all_cores() {
  local seeds=$1 from=$2 share i pids=() worst=0 logs
  shift 2
  logs=$(mktemp -d)
  while [ "$jobs" -gt 1 ] && [ $((seeds / jobs)) -lt 300 ]; do jobs=$((jobs - 1)); done # fewer to a process need not have been everywhere (batch.hpp)
  share=$(((seeds + jobs - 1) / jobs))
  for ((i = 0; i < jobs; i++)); do
    build/release/bin/meridian-sim --seeds "$share" --from $((from + i * share)) "$@" >"$logs/$i" 2>&1 &
    pids+=($!)
  done
  for ((i = 0; i < jobs; i++)); do
    wait "${pids[$i]}" || worst=1
    sed -E '/^(trace|seeds) /d' "$logs/$i"
  done
  awk '/^seeds [0-9]+, failed/ {n += $2; f += $4; s += $6} END {printf "seeds %d, failed %d, steps/s %d\n", n, f, s}' "$logs"/*
  rm -rf "$logs"
  return $worst
}

case ${1:-} in
first-seed)
  # 31 bits of the commit; in a tree without one, 1.
  commit=$(git rev-parse --short=7 HEAD 2>/dev/null || echo 1)
  echo $((16#$commit))
  ;;
--plant)
  scripts/bootstrap.sh
  build release meridian-sim
  mkdir -p build/plants
  plant "${2:?--plant needs a name}"
  ;;
--plants)
  scripts/bootstrap.sh
  build release meridian-sim
  mkdir -p build/plants
  for patch in e2e/simulation/plants/*.patch; do
    if plant "$(basename "$patch" .patch)"; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
  done
  echo "$passed passed, $failed failed"
  [ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
  ;;
--plants-apply) # at each landing: a plant that no longer applies is found when it breaks, not when check runs
  for patch in e2e/simulation/plants/*.patch; do
    if patch -p1 --fuzz=0 --forward --dry-run <"$patch" >/dev/null; then passed=$((passed + 1)); else
      failed=$((failed + 1))
      say "$patch no longer applies exactly: renew it (docs/simulation.md)"
    fi
  done
  echo "$passed passed, $failed failed"
  [ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
  ;;
--all-cores)
  scripts/bootstrap.sh
  build release meridian-sim
  all_cores "${@:2}"
  ;;
*)
  scripts/bootstrap.sh
  build release meridian-sim
  exec build/release/bin/meridian-sim "$@"
  ;;
esac
