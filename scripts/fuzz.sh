#!/usr/bin/env bash
# ./dev fuzz MINUTES [TARGET]: each target for that long, as many at once as there are cores; a line a target: runs, coverage, findings. A finding is kept in
# e2e/fuzz_corpus/TARGET/ and stays there.  fuzz.sh corpora PRESET: every kept input once, ends with "N passed, M failed".
set -euo pipefail
. "$(dirname "$0")/house.sh"
export ASAN_OPTIONS=${ASAN_OPTIONS:-detect_leaks=1}

if [ "${1:-}" = corpora ]; then
  for target in build/"$2"/fuzz/*_fuzz; do
    [ -x "$target" ] || fail "no fuzz target in build/$2/fuzz" "nothing was built there" "./dev build $2"
    name=$(basename "$target")
    corpus=e2e/fuzz_corpus/$name
    files=("$corpus"/*)
    [ -f "${files[0]}" ] || { say "$name: no corpus in $corpus"; tally "$name" 0 1; continue; }
    log=$(mktemp)
    if timeout 300 "$target" -runs=0 "$corpus" >"$log" 2>&1; then tally "$name" ${#files[@]} 0; else
      tail -40 "$log"
      tally "$name" 0 1
    fi
    rm -f "$log"
  done
  echo "$passed passed, $failed failed"
  [ "$failed" -eq 0 ]
  exit
fi

if [ "${1:-}" = one ]; then # SECONDS TARGET, built: a core's share of what is below
  name=$3
  begun=$SECONDS
  mkdir -p "build/fuzz/corpus/$name" "e2e/fuzz_corpus/$name"
  log=build/fuzz/$name.log
  rc=0
  "build/fuzz/fuzz/$name" -max_total_time="$2" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
    -artifact_prefix="e2e/fuzz_corpus/$name/found-" "build/fuzz/corpus/$name" "e2e/fuzz_corpus/$name" >"$log" 2>&1 || rc=$?
  runs=$(sed -nE 's/^stat::number_of_executed_units: *//p' "$log" | tail -1)
  coverage=$(grep -oE 'cov: [0-9]+' "$log" | tail -1 | cut -d' ' -f2)
  findings=0
  if [ $rc -ne 0 ]; then
    findings=1
    tail -30 "$log"
  fi
  printf '%-28s runs %12s   coverage %6s   findings %d\n' "$name" "${runs:-0}" "${coverage:-0}" "$findings"
  [ -z "${MERIDIAN_LEDGER:-}" ] || scripts/ledger.sh add "fuzz $name" "${runs:-0}" $((SECONDS - begun)) "$findings"
  exit $findings
fi

minutes=${1:-}
[[ $minutes =~ ^[0-9]+([.][0-9]+)?$ ]] || fail "fuzz needs a number of minutes" "got '${1:-}'" "./dev fuzz 1, or ./dev fuzz 30 snapshot_fuzz"
seconds=$(awk -v m="$minutes" 'BEGIN {printf "%d", m * 60}')
[ "$seconds" -ge 1 ] || fail "fuzz needs a second at the least" "got $minutes minutes" "./dev fuzz 1" # 0 is no limit to libFuzzer
scripts/bootstrap.sh
mapfile -t targets < <(git ls-files -co --exclude-standard -- '*_fuzz.cpp' | xargs -n 1 basename -s .cpp)
build fuzz "${targets[@]}"
known=''
names=()
for target in build/fuzz/fuzz/*_fuzz; do
  name=$(basename "$target" _fuzz)
  known+=" $name"
  [ -n "${2:-}" ] && [ "$2" != "$name" ] && [ "$2" != "${name}_fuzz" ] || names+=("${name}_fuzz")
done
[ ${#names[@]} -gt 0 ] || fail "no fuzz target '${2:-}'" "there are:$known" "Name one of them, or none for all"
printf '%s\n' "${names[@]}" | xargs -P "$jobs" -n 1 "$0" one "$seconds"
