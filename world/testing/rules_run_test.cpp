#include "world/testing/rules_run.hpp"

#include <gtest/gtest.h>

namespace meridian {
namespace {

// The same on every compiler that runs this test; the million steps and WebAssembly: world/check_rules_hash.sh. A change of the rules
// changes it, and then clients of before and after must not meet.
TEST(Rules_run, Hash_after_20000_steps_is_pinned) {
  const RulesRun run = run_rules(20261, 20'000);
  EXPECT_EQ(run.hash, 15'854'414'899'045'355'809u);
  EXPECT_EQ(run.replica_off, 0u) << "the change log tells all that happened";
}

TEST(Rules_run, Meets_what_it_is_there_for) {
  const RulesRun run = run_rules(7, 20'000);
  EXPECT_GE(run.steps, 20'000u);
  EXPECT_GT(run.blocked, 500u);
  EXPECT_GT(run.pushes, 200u);
  EXPECT_GT(run.edits, 300u);
  EXPECT_NE(run.hash, run_rules(8, 20'000).hash);
}

}  // namespace
}  // namespace meridian
