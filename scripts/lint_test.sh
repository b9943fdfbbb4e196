#!/usr/bin/env bash
# The lint is a checker, so it has planted defects: a scratch checkout for each, which the lint must refuse, and a clean one that it must accept.
set -uo pipefail
. "$(dirname "$0")/house.sh"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
good=0
bad=0
clean() {
  rm -rf "$scratch/tree"
  mkdir -p "$scratch/tree/base" "$scratch/tree/world" "$scratch/tree/netchannel" "$scratch/tree/e2e"
  git -C "$scratch/tree" init -q
  printf '#pragma once\n\nint answer();\n' >"$scratch/tree/base/answer.hpp"
  printf '#include "base/answer.hpp"\n\nint answer() { return 42; }\n' >"$scratch/tree/base/answer.cpp"
  cp "$root/.clang-format" "$scratch/tree/"
}
expect() { # NAME accepted|refused WORDS
  local out rc=0
  out=$("$root/scripts/lint.sh" "$scratch/tree" 2>&1) || rc=1
  if { [ "$2" = accepted ] && [ $rc -eq 0 ]; } || { [ "$2" = refused ] && [ $rc -ne 0 ] && grep -qF "$3" <<<"$out"; }; then
    good=$((good + 1))
  else
    bad=$((bad + 1))
    printf 'lint_test: %s should be %s (%s):\n%s\n' "$1" "$2" "$3" "$out"
  fi
}
plant() { # NAME WORDS FILE CONTENT
  clean
  mkdir -p "$(dirname "$scratch/tree/$3")"
  printf '%b' "$4" >"$scratch/tree/$3"
  expect "$1" refused "$2"
}

clean
expect "a clean tree" accepted ""
plant "an arrow upward" "against the arrows" base/up.cpp '#include "world/world.hpp"\n'
plant "netchannel including sync" "against the arrows" netchannel/n.cpp '#include "sync/clock/hybrid_clock.hpp"\n'
plant "an arrow upward in angle brackets" "against the arrows" base/up.cpp '#include <world/world.hpp>\n'
plant "an include beside, not from the root" "against the arrows" base/up.cpp '#include "answer.hpp"\n'
plant "a clock in the world" "the outside inside" world/w.cpp '#include <chrono>\n'
plant "a clock below the shell" "below the shell" netchannel/c.cpp '#include "base/clock.hpp"\nauto t = meridian::system_now();\n'
plant "a test without an expectation" "without an expectation" base/a_test.cpp 'TEST(A, B) {\n  answer();\n}\n'
plant "one on a single line, another behind it" "without an expectation" base/a_test.cpp 'TEST(A, B) { answer(); }\nTEST(A, C) { EXPECT_EQ(answer(), 42); }\n'
plant "an expectation always true" "always true" base/a_test.cpp 'TEST(A, B) { EXPECT_TRUE(true); }\n'
plant "a skipped test" "skipped or disabled" base/a_test.cpp 'TEST(A, DISABLED_B) { EXPECT_EQ(answer(), 42); }\n'
plant "a sleeping test" "sleeping" base/a_test.cpp 'TEST(A, B) { EXPECT_EQ(usleep(5), 0); }\n'
for heavy in spdlog/spdlog.h nlohmann/json.hpp CLI/CLI.hpp grpc/grpc.h google/protobuf/message.h prometheus/counter.h libwebsockets.h yaml-cpp/yaml.h; do
  plant "$heavy in a header" "heavy header" base/h.hpp "#pragma once\\n#include <$heavy>\\n"
done
plant "no pragma once" "without #pragma once" base/h.hpp 'int h();\n'
plant "bad layout" "layout" base/l.cpp 'int   l( ){return 1;}\n'
plant "a script without its x bit" "nobody can run" base/s.sh '#!/bin/bash\necho hello\n'
plant "a careless script" "shellcheck" base/s.sh '#!/bin/bash\nrm -rf $1/*\n'
plant "a machine path" "absolute path" base/p.cpp '// see /root/notes\n'
plant "a driver too long" "over 300 lines" regional_node/node.cpp "$(printf '#include "regional_node/node.hpp"\\n'; for _ in $(seq 310); do printf '// line\\n'; done)"
plant "a file too long" "over 500 lines" base/long.hpp "$(printf '#pragma once\\n'; for _ in $(seq 510); do printf '// line\\n'; done)"
rm -rf "$scratch/tree/.git"
expect "a folder of which git knows nothing" refused "git lists no file"
echo "$good passed, $bad failed"
[ "$bad" -eq 0 ]
