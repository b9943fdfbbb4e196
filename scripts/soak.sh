#!/usr/bin/env bash
# ./dev soak MINUTES: simulated runs and fuzzing by turns until the time is over; each turn adds a line to docs/proof/ledger.jsonl.
set -euo pipefail
. "$(dirname "$0")/house.sh"
minutes=${1:-}
[[ $minutes =~ ^[0-9]+$ ]] || fail "soak needs a number of minutes" "got '${1:-}'" "./dev soak 30"
scripts/bootstrap.sh
build release meridian-sim
build fuzz
end=$((SECONDS + minutes * 60))
from=$(($(scripts/sim.sh first-seed) + 1000000))
findings=0
while [ $SECONDS -lt $end ]; do
  log=$(mktemp)
  rc=0
  build/release/bin/meridian-sim --seeds 1000 --from "$from" --minutes 2 >"$log" 2>&1 || rc=$?
  runs=$(sed -nE 's/^seeds ([0-9]+), failed.*/\1/p' "$log" | tail -1)
  failures=$(sed -nE 's/^seeds [0-9]+, failed ([0-9]+).*/\1/p' "$log" | tail -1)
  [ $rc -eq 0 ] || { tail -20 "$log"; findings=1; }
  scripts/ledger.sh add "sim" "${runs:-0}" 2 "${failures:-1}"
  from=$((from + ${runs:-1000}))
  rm -f "$log"
  for target in build/fuzz/fuzz/*_fuzz; do
    [ $SECONDS -lt $end ] || break
    MERIDIAN_LEDGER=1 scripts/fuzz.sh 0.5 "$(basename "$target")" || findings=1
  done
done
scripts/ledger.sh totals
exit $findings
