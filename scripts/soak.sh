#!/usr/bin/env bash
# ./dev soak MINUTES: simulated runs and fuzzing by turns until the time is over; each turn adds lines to docs/proof/ledger.jsonl. Its seeds begin
# behind those that the ledger holds.
set -euo pipefail
. "$(dirname "$0")/house.sh"
minutes=${1:-}
[[ $minutes =~ ^[1-9][0-9]*$ ]] || fail "soak needs a number of minutes" "got '${1:-}'" "./dev soak 30"
scripts/bootstrap.sh
build release meridian-sim
end=$((SECONDS + minutes * 60))
findings=0
while [ $SECONDS -lt $end ]; do
  log=$(mktemp)
  rc=0
  begun=$SECONDS
  from=$(scripts/ledger.sh next-seed)
  seeds=$((jobs * 1000)) # some minutes
  scripts/sim.sh --all-cores $seeds "$from" >"$log" 2>&1 || rc=$?
  runs=$(sed -nE 's/^seeds ([0-9]+), failed.*/\1/p' "$log" | tail -1)
  failures=$(sed -nE 's/^seeds [0-9]+, failed ([0-9]+).*/\1/p' "$log" | tail -1)
  if [ $rc -ne 0 ]; then # a violation, something never reached, or a process that died
    tail -20 "$log"
    findings=1
    [ "${failures:-0}" -gt 0 ] || failures=1
  fi
  scripts/ledger.sh add sim "${runs:-1}" $((SECONDS - begun)) "$failures" "$from" $seeds
  rm -f "$log"
  [ $SECONDS -lt $end ] || break
  MERIDIAN_LEDGER=1 scripts/fuzz.sh 0.5 || findings=1
done
scripts/ledger.sh rows
exit $findings
