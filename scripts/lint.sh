#!/usr/bin/env bash
# What a machine can see of the rules: includes against the arrows, tests that cannot fail, heavy headers, shell scripts, layout.
# lint.sh [DIR]: looks at the git checkout DIR (default: this one). Prints findings as file:line: what; ends with "N passed, M failed", a rule each.
set -uo pipefail
. "$(dirname "$0")/house.sh"
cd "${1:-$root}" || exit 1
good=0
bad=0
rule() { # NAME FINDINGS
  if [ -z "$2" ]; then
    good=$((good + 1))
  else
    bad=$((bad + 1))
    printf '%s:\n%s\n' "$1" "$2"
  fi
}
sources() { git ls-files -co --exclude-standard -- "$@"; }
# Without a list of files every rule below would be content.
[ -n "$(sources)" ] || fail "cannot lint $PWD" "git lists no file here (its word is above, if any)" "Run it in a git checkout that belongs to you (git config --global --add safe.directory $PWD)"

# Which folders each folder may include: arrows point down only. `proto` and `sync` stand here before their first file.
may_include() {
  case $1 in
  base) echo base ;;
  world) echo world base ;;
  proto) echo proto base ;;
  netchannel) echo netchannel world proto base ;;
  sync) echo sync proto base ;;
  regional_node) echo regional_node netchannel sync world proto base ;;
  cli) echo cli regional_node netchannel sync world proto base ;;
  console | e2e | bench) echo e2e bench cli regional_node netchannel sync world proto base ;;
  esac
}
against_arrows() {
  local folder
  for folder in base world proto netchannel sync regional_node cli e2e bench; do
    sources "$folder/*.cpp" "$folder/*.hpp" "$folder/*.h" | xargs -r awk -v allowed=" $(may_include "$folder") " '
      /^[ \t]*#[ \t]*include[ \t]*["<]/ {
        split($0, part, /["<>]/); path = part[2]; top = path; sub(/\/.*/, "", top)
        if ($0 ~ /</ && top !~ /^(base|world|proto|netchannel|sync|regional_node|cli|e2e|bench)$/) next
        if (path !~ /\//) print FILENAME ":" FNR ": include \"" path "\" by its path from the root"
        else if (index(allowed, " " top " ") == 0) print FILENAME ":" FNR ": " top "/ is not below this folder: \"" path "\""
        else if (path ~ /\.cpp$/) print FILENAME ":" FNR ": a .cpp is never included"
      }'
  done
}
rule "an include against the arrows" "$(against_arrows)"

# world and base are compiled to WebAssembly and stepped in the simulation: no clock, chance, thread, float function or I/O of the system's.
rule "the outside inside world/ or base/ (time and chance come in by argument)" "$(sources 'world/*.hpp' 'world/*.cpp' 'base/*.hpp' 'base/*.cpp' |
  grep -vE '_(test|main)\.cpp$|^base/(clock|assert)\.cpp$' |
  xargs -r grep -nE '#include <(chrono|random|thread|mutex|fstream|iostream|cmath|ctime|unistd\.h|sys/.*)>|std::(rand|sin|cos|sqrt|pow|mt19937|this_thread)' 2>/dev/null)"
# Below the shell nothing reads a clock, the environment or a global random source; a folder's testing/ is its tests' own.
rule "a clock, sleep or environment below the shell" "$(sources 'netchannel/*.cpp' 'netchannel/*.hpp' 'regional_node/tick/*' 'regional_node/systems/*' |
  grep -vE '_(test|main|fuzz)\.cpp$|/testing/|^netchannel/(transport/udp|relay/udp|crypto/keys)' |
  xargs -r grep -nE 'system_now\(|steady_clock|system_clock|clock_gettime|getenv\(|sleep_for|usleep|std::rand|random_device|std::thread' 2>/dev/null)"

mapfile -t tests < <(sources '*_test.cpp')
empty_tests() {
  [ ${#tests[@]} -eq 0 ] || awk '
    FNR == 1 { inside = 0 }
    /^(TEST|TEST_F|TEST_P|TYPED_TEST)\(/ { name = $0; at = FNR; has = 0; inside = 1 }
    inside && /(EXPECT|ASSERT)_|FAIL\(|expect_|check_/ { has = 1 }
    inside && (/^}/ || (FNR == at && /}$/)) { if (!has) print FILENAME ":" at ": " name; inside = 0 }' "${tests[@]}"
}
rule "a test without an expectation" "$(empty_tests)"
rule "an expectation that is always true" "$([ ${#tests[@]} -eq 0 ] || grep -nP '(EXPECT|ASSERT)_TRUE\(true\)|(EXPECT|ASSERT)_EQ\((\w+), *\2\)' "${tests[@]}" /dev/null)"
rule "a skipped or disabled test" "$(sources '*_test.cpp' 'e2e/*' | xargs -r grep -nE '(TEST[_A-Z]*\(.*DISABLED_|GTEST_SKIP|test\.skip|it\.skip)' 2>/dev/null)"
rule "a test that waits by sleeping (poll a condition with a deadline)" "$(sources '*_test.cpp' 'e2e/*.cpp' | xargs -r grep -nE 'sleep_for|usleep\(|sleep_until' 2>/dev/null)"
rule "a heavy header inside a header" "$(sources '*.hpp' '*.h' | xargs -r grep -nE '#include [<"](spdlog|nlohmann|CLI|valijson|grpc|google/protobuf|prometheus|libwebsockets|yaml-cpp)' 2>/dev/null)"
rule "a header without #pragma once" "$(sources '*.hpp' | xargs -r grep -L '^#pragma once' 2>/dev/null)"
rule "a file over 500 lines (one subject a file)" "$(sources '*.cpp' '*.hpp' '*.sh' dev | grep -v '_test\.cpp$' | while read -r f; do [ -f "$f" ] && n=$(wc -l <"$f") && [ "$n" -gt 500 ] && echo "$f: $n lines"; done)"
rule "a driver over 300 lines (decisions belong to the cores)" "$(for f in regional_node/node.cpp e2e/simulation/run.cpp e2e/simulation/simulated_node.cpp; do [ -f "$f" ] && n=$(wc -l <"$f") && [ "$n" -ge 300 ] && echo "$f: $n lines"; done)"
rule "a machine's absolute path or a package registry's host" "$(sources | grep -vE '^(scripts/lint(_test)?\.sh)$' | xargs -r grep -nIE '/(home|root|farm)/[a-z]|/work/(main|shared)|registry\.npm|deb\.debian|pypi\.org' 2>/dev/null)"
rule "a script that nobody can run (chmod +x)" "$(sources dev '*.sh' .ci/run | while read -r f; do [ ! -f "$f" ] || [ -x "$f" ] || grep -q 'Sourced by' "$f" || echo "$f"; done)"
if command -v shellcheck >/dev/null; then
  rule "shellcheck" "$(sources dev '*.sh' .ci/run | xargs -r shellcheck -x -f gcc 2>&1)"
else
  rule "shellcheck" "not installed: ./dev bootstrap"
fi
if command -v clang-format-19 >/dev/null; then
  rule "layout (./dev fmt mends it)" "$(sources '*.cpp' '*.hpp' | xargs -r clang-format-19 --dry-run -Werror 2>&1 | grep -E 'error:' | cut -d: -f1 | sort | uniq -c | awk '{print $2 ": " $1 " places"}')"
else
  rule "layout" "clang-format-19 is not installed: ./dev bootstrap"
fi
echo "lint: $good passed, $bad failed"
[ "$bad" -eq 0 ]
