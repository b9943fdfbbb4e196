#!/usr/bin/env bash
# Installs, builds, starts one node (region eu-west) and one process of 50 bots, and says what to type next. Already running: says so and shows it.
set -euo pipefail
. "$(dirname "$0")/house.sh"
config=${MERIDIAN_CONFIG:-config/regions/eu-west.yaml}
bots=${MERIDIAN_BOTS:-50}
run=.state/up
meridian=build/release/bin/meridian
node=build/release/bin/meridian-node

# The pid in the file, if that process is alive and is the program we started.
alive() { # NAME
  local pid
  [ -f "$run/$1.pid" ] || return 1
  pid=$(cat "$run/$1.pid")
  [ -n "$pid" ] && [ "$(readlink "/proc/$pid/exe" 2>/dev/null | sed 's/ (deleted)$//')" = "$(cat "$run/$1.exe" 2>/dev/null)" ]
}
pause() { read -r -t 0.1 <> <(:) || true; }
start() { # NAME COMMAND...
  local name=$1
  shift
  readlink -f "$1" >"$run/$name.exe"
  setsid "$@" </dev/null >"$run/$name.log" 2>&1 &
  local pid=$!
  echo "$pid" >"$run/$name.pid"
  # Until it has become that program it is still this shell, which alive() would take for an ended one.
  until alive "$name" || ! kill -0 "$pid" 2>/dev/null; do pause; done
}
setting() { "$node" --config "$config" --print-config | sed -nE "s/^ *$1: *\"?([^\"]*)\"?\$/\\1/p" | head -1; }
# Polls COMMAND until it succeeds; gives up after SECONDS or when process NAME has ended.
wait_for() { # SECONDS NAME COMMAND...
  local until=$((SECONDS + $1)) name=$2
  shift 2
  until "$@" >/dev/null 2>&1; do
    alive "$name" || return 1
    [ "$SECONDS" -lt "$until" ] || return 1
    pause
  done
}
# The end of a log for a person to read: of a JSON line its message alone.
last_words() { tail -15 "$1" | sed -E 's/^\{.*"message":"(.*)"\}$/\1/; s/\\(["\\])/\1/g' >&2; }
show() {
  "$meridian" status --http "$http" || true
  cat <<TEXT

The world is up. What is built here lasts until the node stops: storage comes
with a later version, and a restart begins from the seed. Type next:

  $meridian play --name you   walk in it; q leaves
  $meridian status            how it is
  ./dev down                                   stop it
TEXT
}

scripts/bootstrap.sh
mkdir -p "$run"
if alive node; then
  http=$(setting http)
  say "up: already running: meridian-node is pid $(cat "$run/node.pid"), log $run/node.log"
  alive bots || {
    say "up: the bots had stopped; starting them again"
    start bots "$meridian" bots --name up --count "$bots" --config "$config"
  }
  show
  exit 0
fi

step "build"
build release meridian-node meridian
"$node" --config "$config" --check-config || exit 1
http=$(setting http)

step "start"
start node "$node" --config "$config"
# Its own answer: somebody else's node may hold the ports. How well it is does not matter here: a busy machine makes ticks late, not wrong.
serving() { curl -fsS --max-time 3 "http://$http/v1/status" | grep -qF "\"pid\": $(cat "$run/node.pid"),"; }
if ! wait_for 20 node serving; then
  last_words "$run/node.log"
  alive node && kill "$(cat "$run/node.pid")"
  rm -f "$run/node.pid"
  fail "meridian-node did not come up" "its last words are above (whole: $run/node.log)" "Mend what it names, then ./dev up again"
fi
start bots "$meridian" bots --name up --count "$bots" --config "$config"
walking() {
  local rc=0
  "$meridian" status --http "$http" --players-at-least "$bots" || rc=$?
  [ $rc -le 1 ] # 1: they are in, and the verdict is not ok; show says why
}
if ! wait_for 30 bots walking; then
  last_words "$run/bots.log"
  fail "the $bots bots did not all get in" "the last words of their process are above (whole: $run/bots.log)" "The node is running; look at it with $meridian status, stop it with ./dev down"
fi
show
