#include "e2e/simulation/story.hpp"

#include <csignal>
#include <gtest/gtest.h>
#include <unistd.h>

#include "base/assert.hpp"
#include "e2e/simulation/network.hpp"

namespace meridian::sim {
namespace {

TEST(Story, Of_a_failing_run_ends_with_the_line_that_replays_it) {
  const Plan plan{.seed = 7, .faults = {{.kind = FaultKind::cut, .from_us = 1'000'000, .to_us = 2'000'000, .client = 3, .up = false}}};
  RunReport report;
  report.violations.push_back({kStart_us + 36'000'000, "client 3 is stuck"});
  EXPECT_EQ(story(plan, report, ""),
            "    1.000 s  fault: cut client 3 down until 2.000 s, amount 0, extra 0\n"
            "VIOLATION seed 7 at 36.000 s: client 3 is stuck\n"
            "replay: ./dev sim --seed 7\n");
}

TEST(Story, Of_a_run_that_trips_an_assertion_is_its_seed_and_the_line_that_replays_it) {
  const auto dies = [] {
    ::dup2(STDERR_FILENO, STDOUT_FILENO);  // what a death test can read
    prepare_last_words(6, "");
    prepare_last_words(7, "leave_notice_once");
    MRD_ASSERT(false && "a planted one");
  };
  EXPECT_EXIT(dies(), testing::KilledBySignal(SIGABRT),
              "VIOLATION seed 7: the process ended\nreplay: ./dev sim --seed 7 --mix leave_notice_once\n");
}

}  // namespace
}  // namespace meridian::sim
