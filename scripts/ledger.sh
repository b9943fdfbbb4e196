#!/usr/bin/env bash
# docs/proof/ledger.jsonl: what the long proofs have run, a line each. ledger.sh add TARGET RUNS MINUTES FINDINGS | ages | totals
set -euo pipefail
. "$(dirname "$0")/house.sh"
ledger=docs/proof/ledger.jsonl
case ${1:-} in
add)
  mkdir -p "$(dirname "$ledger")"
  printf '{"date":"%s","commit":"%s","target":"%s","runs":%s,"minutes":%s,"findings":%s}\n' \
    "$(date -u +%Y-%m-%dT%H:%MZ)" "$(git rev-parse --short HEAD)" "$2" "$3" "$4" "$5" >>"$ledger"
  ;;
ages) # so that nobody mistakes a short run for a long one
  [ -s "$ledger" ] || {
    say "   ledger: no long run yet (./dev soak MINUTES)"
    exit 0
  }
  tail -1 "$ledger" | sed -E 's/.*"date":"([^"]*)".*"target":"([^"]*)".*/   ledger: newest long run \1 (\2); totals: scripts\/ledger.sh totals/'
  ;;
totals)
  [ -s "$ledger" ] || exit 0
  sed -E 's/.*"date":"([^"]*)".*"target":"([^"]*)","runs":([0-9]+),"minutes":([0-9.]+),"findings":([0-9]+).*/\2|\3|\4|\5|\1/' "$ledger" |
    awk -F'|' '{r[$1] += $2; m[$1] += $3; f[$1] += $4; d[$1] = $5} END {for (t in r) printf "   %-32s runs %12d   minutes %7.1f   findings %d   newest %s\n", t, r[t], m[t], f[t], d[t]}' | sort
  ;;
*) fail "ledger.sh takes add, ages or totals" "got '${1:-}'" "See its first lines" ;;
esac
