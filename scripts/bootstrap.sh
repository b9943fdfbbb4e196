#!/usr/bin/env bash
# Installs what is missing on Debian 12 and says why; may run any number of times. Root, or sudo.
set -euo pipefail
. "$(dirname "$0")/house.sh"

packages() { # name | why
  cat <<'LIST'
g++|the compiler of what is shipped
cmake|the build
ninja-build|the build
pkg-config|finds libsodium, libwebsockets, libuv
ccache|a second build takes seconds
mold|links in a second
git|what a landing is made from
patch|planted defects are applied with it
clang-19|sanitizers, fuzzers, WebAssembly
libclang-rt-19-dev|the sanitizers' and the fuzzer's runtime
llvm-19|symbols in sanitizer reports
lld-19|links WebAssembly
clang-tidy-19|./dev check
clang-format-19|./dev fmt, ./dev lint
wasi-libc|the rules as WebAssembly
libc++-19-dev-wasm32|the rules as WebAssembly
libc++abi-19-dev-wasm32|the rules as WebAssembly
libclang-rt-19-dev-wasm32|the rules as WebAssembly
libfmt-dev|formatted text
libspdlog-dev|logs
libsodium-dev|seals, tokens, keys
libzstd-dev|compressed chunks
libyaml-cpp-dev|region and content files
libuv1-dev|the node's loop: timers and signals
libwebsockets-dev|the node's HTTP
prometheus-cpp-dev|/metrics
nlohmann-json3-dev|JSON
libcli11-dev|command lines
libgtest-dev|tests
libgmock-dev|tests
shellcheck|./dev lint
tmux|the test that plays in a terminal
curl|tests of the node's HTTP
python3|tests that drive tmux
procps|./dev down looks after its processes
LIST
}

[ -r /etc/os-release ] && . /etc/os-release
[ "${ID:-}" = debian ] || say "bootstrap: this is ${PRETTY_NAME:-an unknown system}; Meridian is built and tried on Debian 12. Going on."

missing=()
while IFS='|' read -r name why; do
  if ! dpkg-query -W -f='${Status}' "$name" 2>/dev/null | grep -q 'ok installed'; then
    missing+=("$name")
    printf '   %-26s %s\n' "$name" "$why"
  fi
done < <(packages)
# A Node.js that is already there stays, wherever it came from.
command -v node >/dev/null || {
  missing+=(nodejs)
  printf '   %-26s %s\n' nodejs "runs the rules as WebAssembly"
}
[ ${#missing[@]} -gt 0 ] || exit 0

say "bootstrap: installing the ${#missing[@]} packages above"
as_root=()
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null || fail "cannot install packages" "this needs root and there is no sudo" "As root: apt-get install ${missing[*]}"
  as_root=(sudo)
fi
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
"${as_root[@]}" apt-get update >"$log" 2>&1 || {
  tail -5 "$log" >&2
  fail "apt-get update failed" "the package lists could not be read (above)" "Look at the network and /etc/apt, then run again"
}
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${missing[@]}" >"$log" 2>&1 || {
  tail -15 "$log" >&2
  fail "apt-get install failed" "see above" "Install by hand what it names, or free disk space, then run again"
}
rm -f "$log"
say "bootstrap: done"
