#!/usr/bin/env bash
# The node's threads under ThreadSanitizer: 20 bots for 20 s while its HTTP is asked all the time. Builds nothing (./dev build tsan does); own ports,
# own state. Fails on any report in a log and on an exit that is not 0. Ends with "N passed, M failed".
set -uo pipefail
. "$(dirname "$0")/../../scripts/house.sh"
node=build/tsan/bin/meridian-node
meridian=build/tsan/bin/meridian
for program in "$node" "$meridian"; do
  [ -x "$program" ] || fail "no $program" "this script builds nothing" "./dev build tsan"
done
good=0
bad=0
expect() { # NAME COMMAND...
  local name=$1
  shift
  if "$@"; then good=$((good + 1)); else
    bad=$((bad + 1))
    printf 'tsan_node: not so: %s\n' "$name"
  fi
}
scratch=$(mktemp -d)
node_pid=''
bots_pid=''
clean_up() {
  for pid in $node_pid $bots_pid; do kill -KILL "$pid" 2>/dev/null; done
  rm -rf "$scratch"
}
trap clean_up EXIT
free_port() { python3 -c 'import socket, sys; s = socket.socket(socket.AF_INET, getattr(socket, sys.argv[1])); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])' "$1"; }
http=127.0.0.1:$(free_port SOCK_STREAM)
cat >"$scratch/region.yaml" <<YAML
region: tsan
node: {id: 9}
net: {udp: "127.0.0.1:$(free_port SOCK_DGRAM)", http: "$http"}
world: {seed: 20261}
gate: {dev: true}
content: {blocks: $root/config/content/blocks.yaml}
state: {dir: $scratch/state}
YAML
# Reports are collected, not stopped at: all of them are shown. tsan.supp says which third-party functions are passed over, and why.
export TSAN_OPTIONS="halt_on_error=0 exitcode=66 second_deadlock_stack=1 suppressions=$root/e2e/servers/tsan.supp external_symbolizer_path=/usr/lib/llvm-19/bin/llvm-symbolizer"

"$node" --config "$scratch/region.yaml" </dev/null >"$scratch/node.log" 2>&1 &
node_pid=$!
until curl -fsS --max-time 2 "http://$http/readyz" >/dev/null 2>&1; do
  if ! kill -0 "$node_pid" 2>/dev/null || [ "$SECONDS" -ge 60 ]; then break; fi
  read -r -t 0.1 <> <(:)
done
expect "the node is ready" curl -fsS --max-time 5 -o /dev/null "http://$http/readyz"
"$meridian" bots --count 20 --config "$scratch/region.yaml" --for-s 20 --json "$scratch/bots.json" </dev/null >"$scratch/bots.log" 2>&1 &
bots_pid=$!
asked=0
unanswered=0
while kill -0 "$bots_pid" 2>/dev/null && [ "$SECONDS" -lt 150 ]; do
  for page in metrics v1/status healthz; do
    asked=$((asked + 1))
    curl -fsS --max-time 10 -o "$scratch/page" "http://$http/$page" || unanswered=$((unanswered + 1))
  done
done
wait "$bots_pid"
rc=$?
bots_pid=''
expect "bots: exit 0, got $rc: $(tail -5 "$scratch/bots.log")" test "$rc" -eq 0
expect "all 20 bots were in" grep -qE '"entered": ?20\b' "$scratch/bots.json"
expect "each of $asked requests was answered, $unanswered were not" test "$asked" -gt 20 -a "$unanswered" -eq 0
kill -TERM "$node_pid"
until=$((SECONDS + 30))
while kill -0 "$node_pid" 2>/dev/null && [ "$SECONDS" -lt "$until" ]; do read -r -t 0.1 <> <(:); done
expect "the node stops within 30 s" bash -c '! kill -0 "$1" 2>/dev/null || grep -q "^State:.Z" "/proc/$1/status"' _ "$node_pid"
kill -KILL "$node_pid" 2>/dev/null
wait "$node_pid"
rc=$?
node_pid=''
expect "node: exit 0, got $rc" test "$rc" -eq 0
for log in node bots; do
  reports=$(grep -c 'WARNING: ThreadSanitizer' "$scratch/$log.log")
  expect "$log: no report of ThreadSanitizer, got $reports" test "$reports" -eq 0
  [ "$reports" -eq 0 ] || grep -A 40 -m 3 'WARNING: ThreadSanitizer' "$scratch/$log.log"
done
echo "$good passed, $bad failed"
[ "$bad" -eq 0 ]
