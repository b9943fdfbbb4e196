#!/usr/bin/env bash
# What ./dev says when the machine is not as it should be: a disk without room, a package that is not there, no root, a bootstrap that runs twice. A
# scratch copy of the scripts, with stand-ins for df, dpkg-query, apt-get, id and cmake before the real ones. Ends with "N passed, M failed".
set -uo pipefail
. "$(dirname "$0")/house.sh"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
mkdir -p "$scratch/tree" "$scratch/bin"
cp -r dev scripts CMakePresets.json "$scratch/tree/"
good=0
bad=0
stand_in() { # NAME BODY
  printf '#!/bin/sh\n%s\n' "$2" >"$scratch/bin/$1"
  chmod +x "$scratch/bin/$1"
}
only_our_stand_ins() { rm -f "$scratch"/bin/*; }
# says NAME EXIT WORDS... -- COMMAND...: the command ends so and says each of the words (to either stream).
says() {
  local name=$1 want=$2 words=() out rc=0 word
  shift 2
  while [ "$1" != -- ]; do words+=("$1") && shift; done
  shift
  out=$(cd "$scratch/tree" && PATH="$scratch/bin:$PATH" "$@" 2>&1) || rc=$?
  for word in "${words[@]}"; do
    grep -qF -- "$word" <<<"$out" || rc="$rc without '$word'"
  done
  if [ "$rc" = "$want" ]; then good=$((good + 1)); else
    bad=$((bad + 1))
    printf 'house_test: %s: exit %s, not %s:\n%s\n' "$name" "$rc" "$want" "$out"
  fi
}
all_installed='echo "install ok installed"'
# What apt-get was told is kept; a package counts as installed once it was.
stand_in dpkg-query "case \"\$*\" in *mold*) [ -f $scratch/installed ] && $all_installed ;; *) $all_installed ;; esac"
stand_in apt-get "echo \"\$*\" >>$scratch/apt; case \"\$*\" in *install*) touch $scratch/installed ;; esac"
stand_in id 'echo 0'
says "bootstrap says what it installs and why" 0 mold "links in a second" "installing the 1 packages above" "done" -- scripts/bootstrap.sh
says "bootstrap asked apt-get for that and nothing else" 0 "install -y --no-install-recommends mold" -- cat "$scratch/apt"
says "bootstrap leaves a Node.js that is there" 1 -- grep -q nodejs "$scratch/apt"
: >"$scratch/apt"
says "bootstrap again is silent" 0 -- sh -c 'out=$(scripts/bootstrap.sh 2>&1); [ -z "$out" ]'
says "and installs nothing" 1 -- test -s "$scratch/apt"

rm -f "$scratch/installed"
stand_in apt-get 'case "$*" in *install*) echo "E: Unable to locate package mold"; exit 100 ;; esac'
says "a package that is not to be had" 1 "Unable to locate package mold" "apt-get install failed" "Install by hand" -- scripts/bootstrap.sh
stand_in apt-get 'echo "E: No space left on device"; exit 100'
says "no package lists" 1 "No space left" "apt-get update failed" -- scripts/bootstrap.sh
stand_in id 'echo 1000'
stand_in sudo 'echo "as root: $*"; exec "$@"'
stand_in apt-get "touch $scratch/installed"
says "not root, with sudo" 0 "bootstrap: done" -- scripts/bootstrap.sh
rm -f "$scratch/installed" "$scratch/bin/sudo"
# The real sudo, if any, must not be found: only what the script needs is on this path.
for tool in bash dirname nproc grep cat; do ln -sf "$(command -v "$tool")" "$scratch/bin/$tool"; done
stand_in node ''
says "not root, without sudo" 1 "there is no sudo" "As root: apt-get install mold" -- env "PATH=$scratch/bin" scripts/bootstrap.sh

only_our_stand_ins
stand_in dpkg-query "$all_installed"
stand_in df 'printf "Filesystem 1M-blocks Used Available Capacity Mounted\n/dev/disk 1000 900 100 90%% /\n"'
says "a disk without room" 1 "100 MiB are free" "needs about 1500" "Free some room" -- ./dev build
rm "$scratch/bin/df"
stand_in cmake 'echo "CMake Error: Could not find a package configuration file provided by \"fmt\""; exit 1'
says "a package that the build misses" 1 'provided by "fmt"' "cannot configure release" "./dev bootstrap" -- ./dev build
stand_in cmake 'case "$*" in *--preset*) mkdir -p build/release; touch build/release/build.ninja ;; *) echo "x.cpp:3:1: error: expected expression"; exit 1 ;; esac'
says "a compiler that stops" 1 "x.cpp:3:1: error" "cannot build release" "Mend it" -- ./dev build
stand_in cmake 'exit 1'
says "a build that stops without a word" 1 "cannot build release" -- ./dev build

only_our_stand_ins
says "no such command" 1 "no command 'fly'" "Try ./dev up" -- ./dev fly
says "fuzz without a number" 1 "needs a number of minutes" -- ./dev fuzz
says "fuzz for no time at all" 1 "a second at the least" -- ./dev fuzz 0
says "soak without a number" 1 "needs a number of minutes" -- ./dev soak soon
echo "$good passed, $bad failed"
[ "$bad" -eq 0 ]
