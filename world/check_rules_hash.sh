#!/usr/bin/env bash
# The rules on three compilers: builds world/rules_hash_main.cpp by g++, clang-19 and clang-19 for WebAssembly, runs each, prints a line for each and
# fails when they differ. Built without exceptions: the rules need none. Objects go to build/rules/.
set -euo pipefail
cd "$(dirname "$0")/.."
export CCACHE_BASEDIR="$PWD" CCACHE_NOHASHDIR=1
ccache=$(command -v ccache || true)

sources=(world/rules_hash_main.cpp base/assert.cpp base/chance.cpp base/siphash.cpp)
# The spatial index is not here: where client and node agree, nobody asks it, and it has x86's vectors in it.
mapfile -t -O ${#sources[@]} sources < <(find world/chunk world/entity world/motion world/change world/testing/rules_run.cpp -name '*.cpp' \
  ! -name '*_test.cpp' ! -name '*_fuzz.cpp' | LC_ALL=C sort)

build_and_run() { # NAME COMPILER...
  local name=$1 out=build/rules/$1 source object objects=()
  shift
  mkdir -p "$out"
  for source in "${sources[@]}"; do
    object=$out/${source//\//_}.o
    # shellcheck disable=SC2086 # no ccache, no word
    $ccache "$@" -std=c++23 -O2 -fno-exceptions -Wall -Wextra -I. -c "$source" -o "$object"
    objects+=("$object")
  done
  "$@" -O2 "${objects[@]}" -o "$out/rules_hash"
  if [ "$name" = wasm ]; then node --no-warnings world/run_wasm.mjs "$out/rules_hash"; else "$out/rules_hash"; fi
}

all=()
for compiler in 'g++ g++' 'clang-19 clang++-19' 'wasm clang++-19 --target=wasm32-wasi'; do
  read -ra words <<<"$compiler"
  line=$(build_and_run "${words[@]}") || {
    echo "${words[0]}: could not build or run (above), or the replica's hash differed from the truth's" >&2
    exit 1
  }
  printf '%-9s %s\n' "${words[0]}" "$line"
  all+=("$line")
done
for line in "${all[@]}"; do
  [ "$line" = "${all[0]}" ] || {
    echo "the rules differ between compilers: look for undefined behaviour, sizes of int and long, and orders of evaluation" >&2
    exit 1
  }
done
