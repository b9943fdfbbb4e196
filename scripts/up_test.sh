#!/usr/bin/env bash
# A person's first minute: ./dev up, a look with `meridian status`, up again (it says that it runs), ./dev down. On ports of its own, so that a
# world somebody is running stays as it is. Ends with "N passed, M failed".
set -uo pipefail
. "$(dirname "$0")/house.sh"
good=0
bad=0
expect() { # NAME COMMAND...
  local name=$1 out
  shift
  if out=$("$@" 2>&1); then good=$((good + 1)); else
    bad=$((bad + 1))
    printf 'up_test: %s\n%s\n' "$name" "$out"
  fi
}
scratch=$(mktemp -d)
tree=$scratch/tree # the scripts as they are, over the same build, with a state folder of its own
mkdir -p "$tree"
ln -s "$root"/* "$tree/"
ln -s "$root/.git" "$tree/.git"
rm "$tree/scripts" "$tree/config" "$tree/dev"
cp -r "$root/scripts" "$root/config" "$root/dev" "$tree/"
free_port() { python3 -c 'import socket, sys; s = socket.socket(socket.AF_INET, getattr(socket, sys.argv[1])); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])' "$1"; }
udp=127.0.0.1:$(free_port SOCK_DGRAM)
http=127.0.0.1:$(free_port SOCK_STREAM)
python3 - "$tree/config/regions/eu-west.yaml" "$udp" "$http" <<'PY'
import re, sys
path, udp, http = sys.argv[1:]
text = open(path).read()
text = re.sub(r'(?m)^net:.*\n(?:[ \t]+.*\n)*', '', text)
open(path, 'w').write(text.rstrip('\n') + f'\nnet: {{udp: "{udp}", http: "{http}"}}\n')
PY
trap '(cd "$tree" && ./dev down >/dev/null 2>&1); rm -rf "$scratch"' EXIT
cd "$tree" || exit 1
up=$(./dev up 2>&1)
rc=$?
# shellcheck disable=SC2016
expect "./dev up succeeds: $up" test $rc -eq 0
expect "up says what to type next: $up" grep -q 'meridian play' <<<"$up"
expect "up says that nothing is durable yet: $up" grep -q 'a restart begins from the seed' <<<"$up"
# 0 or 1: on a machine that compiles beside the test the verdict may be "late".
expect "meridian status shows 50 players" bash -c 'build/release/bin/meridian status --http "$1" --players-at-least 50; [ $? -le 1 ]' _ "$http"
again=$(./dev up 2>&1)
expect "up again says that it is running: $again" grep -q 'already running' <<<"$again"
expect "/healthz answers" curl -fsS --max-time 5 "http://$http/healthz"
expect "/metrics names the node's figures" bash -c "curl -fsS --max-time 5 http://$http/metrics | grep -q '^meridian_'"
port=${udp##*:}
second=$(build/release/bin/meridian-node --config config/regions/eu-west.yaml --state "$scratch/second" 2>&1)
rc=$?
expect "a second node on the port is refused: $second" test $rc -ne 0
expect "and names the port and the pid that holds it: $second" bash -c "grep -q '$port' <<<\"\$1\" && grep -q \"pid $(cat .state/up/node.pid)\" <<<\"\$1\"" _ "$second"
# A world that somebody else holds the ports of: up says who, in words, and starts no bots into it.
mv .state "$scratch/state"
taken=$(./dev up 2>&1)
rc=$?
expect "up beside a foreign node fails: $taken" test $rc -ne 0
expect "and says in words which pid holds the port: $taken" bash -c 'grep -q "^cannot bind UDP .* is held by pid" <<<"$1"' _ "$taken"
expect "and starts no bots into it" test ! -e .state/up/bots.pid
rm -rf .state
mv "$scratch/state" .state
expect "nothing is wider than 80 columns: $up" bash -c '! grep -qE "^.{81}" <<<"$1"' _ "$up"
node_pid=$(cat .state/up/node.pid)
down=$(./dev down 2>&1)
expect "down stops both: $down" bash -c '[ "$(grep -c stopped <<<"$1")" -eq 2 ]' _ "$down"
expect "the node is gone" test ! -e "/proc/$node_pid/exe"
expect "down again says that nothing is running" bash -c './dev down | grep -q "nothing is running"'
expect "down --purge removes the state" bash -c './dev down --purge >/dev/null && [ ! -e .state ]'
echo "$good passed, $bad failed"
[ "$bad" -eq 0 ]
