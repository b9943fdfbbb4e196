#!/usr/bin/env bash
# Stops what up.sh started, by pid, players told first; --purge also removes state and logs.
set -euo pipefail
. "$(dirname "$0")/house.sh"
run=.state/up
purge=${1:-}
case $purge in '' | --purge) ;; *) fail "unknown option '$purge'" "down takes --purge or nothing" "./dev down --purge" ;; esac

# A process that has ended and waits for its parent to take note of it still has a pid, but no program.
runs() { # NAME PID
  [ "$(readlink "/proc/$2/exe" 2>/dev/null | sed 's/ (deleted)$//')" = "$(cat "$run/$1.exe" 2>/dev/null)" ]
}
stop() { # NAME
  local pid until
  [ -f "$run/$1.pid" ] || return 0
  pid=$(cat "$run/$1.pid")
  if ! runs "$1" "$pid"; then
    say "down: $1 (pid $pid) had already ended"
  else
    kill -TERM "$pid"
    until=$((SECONDS + 10))
    while runs "$1" "$pid" && [ "$SECONDS" -lt "$until" ]; do read -r -t 0.1 <> <(:) || true; done
    if runs "$1" "$pid"; then
      kill -KILL "$pid"
      say "down: $1 (pid $pid) did not stop in 10 s and was killed; its log is $run/$1.log"
    else
      say "down: $1 (pid $pid) stopped"
    fi
  fi
  rm -f "$run/$1.pid" "$run/$1.exe"
}
[ -f "$run/node.pid" ] || [ -f "$run/bots.pid" ] || say "down: nothing is running"
stop bots
stop node
if [ "$purge" = --purge ]; then
  rm -rf .state
  say "down: state and logs removed"
fi
