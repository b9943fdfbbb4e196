# Sourced by ./dev and the scripts beside this file: where things are, how errors read, how results are counted. Not run by itself.
# shellcheck shell=bash
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root" || exit 1
export CCACHE_DIR="${CCACHE_DIR:-${HOME:-/tmp}/.cache/ccache}"
jobs=$(nproc)

say() { printf '%s\n' "$*"; }
step() { printf '== %s\n' "$*"; }
# fail WHAT WHY WHAT_TO_DO
fail() {
  printf 'dev: %s: %s. %s\n' "$1" "$2" "$3" >&2
  exit 1
}

free_mib() { df -Pm "$root" | awk 'NR == 2 {print $4}'; }
need_disk() { # MIB
  local have
  have=$(free_mib)
  [ "$have" -ge "$1" ] || fail "cannot build" "$have MiB are free on this disk and the build needs about $1" "Free some room, or remove build/ and run again"
}

# configure PRESET: only when the preset has not been configured yet; CMake looks after itself from then on.
configure() {
  if [ ! -f "build/$1/build.ninja" ]; then
    mkdir -p "build/$1"
    cmake --preset "$1" >"build/$1/configure.log" 2>&1 || {
      tail -30 "build/$1/configure.log" >&2
      fail "cannot configure $1" "CMake stopped (above; whole in build/$1/configure.log)" "A missing package: ./dev bootstrap"
    }
  fi
}
# build PRESET [TARGET...]
build() {
  local preset=$1
  shift
  need_disk 1500
  configure "$preset"
  if ! cmake --build "build/$preset" -j "$jobs" ${1:+--target "$@"} >"build/$preset/build.log" 2>&1; then
    { grep -vE '^\[[0-9]+/[0-9]+\]' "build/$preset/build.log" | grep -E 'error|FAILED|undefined' -A 4 | head -60 >&2; } || true # none found, or more than 60
    fail "cannot build $preset" "the compiler stopped (above; whole in build/$preset/build.log)" "Mend it and run again"
  fi
}

# Results are counted here: tally NAME PASSED FAILED. A failure's output has been printed before.
passed=0
failed=0
tally() {
  passed=$((passed + $2))
  failed=$((failed + $3))
  if [ "$3" -eq 0 ]; then printf '   ok    %-44s %5d\n' "$1" "$2"; else printf '   FAIL  %-44s %5d passed, %d failed\n' "$1" "$2" "$3"; fi
}
# With `figures` set to an extended regular expression: the lines of a test's output that are figures for people, which a pass would swallow.
show_figures() { # LOG
  [ -z "${figures:-}" ] || { grep -E -- "$figures" "$1" | sed 's/^/         /'; } || true
}
# run_counted NAME COMMAND...: a command whose last line of the form "N passed, M failed" counts; without one, its exit code counts as one test.
run_counted() {
  local name=$1 log rc=0 line good bad
  shift
  log=$(mktemp)
  "$@" </dev/null >"$log" 2>&1 || rc=$?
  line=$(grep -E '^([a-z]+: )?[0-9]+ passed, [0-9]+ failed' "$log" | tail -1) || true # none: then the exit code speaks
  good=$(sed -E 's/^([a-z]+: )?([0-9]+) passed.*/\2/' <<<"$line")
  bad=$(sed -E 's/.*passed, ([0-9]+) failed.*/\1/' <<<"$line")
  if [ -z "$line" ]; then
    if [ "$rc" -eq 0 ]; then good=1 bad=0; else good=0 bad=1; fi
  elif [ "$rc" -ne 0 ] && [ "$bad" -eq 0 ]; then
    bad=1
  elif [ "$good" -eq 0 ] && [ "$bad" -eq 0 ]; then
    bad=1 # a runner that ran nothing has not passed
  fi
  [ "$bad" -eq 0 ] || tail -80 "$log"
  tally "$name" "$good" "$bad"
  show_figures "$log"
  rm -f "$log"
}
# run_gtest NAME BINARY [ARGUMENT...]
run_gtest() {
  local name=$1 log rc=0 good bad
  shift
  log=$(mktemp)
  timeout 900 "$@" </dev/null >"$log" 2>&1 || rc=$?
  good=$(sed -nE 's/^\[  PASSED  \] ([0-9]+) tests?\..*/\1/p' "$log" | tail -1)
  bad=$(sed -nE 's/^ *([0-9]+) FAILED TESTS?$/\1/p' "$log" | tail -1)
  good=${good:-0}
  bad=${bad:-0}
  [ "$rc" -eq 0 ] || [ "$bad" -gt 0 ] || bad=1 # a crash, a time-out or a sanitizer's report
  [ $((good + bad)) -gt 0 ] || bad=1           # a program that ran no test has not passed
  [ "$bad" -eq 0 ] || { grep -vE '^\[ +(OK|RUN) ' "$log" || true; } | tail -80
  tally "$name" "$good" "$bad"
  show_figures "$log"
  rm -f "$log"
}
