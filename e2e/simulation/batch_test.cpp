#include "e2e/simulation/batch.hpp"

#include <gtest/gtest.h>

namespace meridian::sim {
namespace {

// A run that met every kind of fault but `but`, and one cell of the session table `cell` times.
RunReport run_without(FaultKind but, std::uint64_t cell) {
  RunReport report;
  for (std::size_t i = 0; i < kFaultKinds; ++i)
    if (static_cast<FaultKind>(i) != but) report.coverage.reached(static_cast<FaultKind>(i));
  report.coverage.cell("session up x silence", cell);
  return report;
}

Batch batch_of(const RunReport& first, const RunReport& others, bool narrow = false) {
  Batch batch{.narrow = narrow};
  batch.add(first);
  for (int i = 1; i < 300; ++i) batch.add(others);
  return batch;
}

TEST(Batch, Fails_when_a_kind_of_fault_never_had_its_effect) {
  const RunReport never = run_without(FaultKind::silence, 1), once = run_without(FaultKind::loss, 0);
  EXPECT_EQ(batch_of(never, never).never_reached(), std::vector<std::string>{"fault silence"});
  EXPECT_FALSE(batch_of(never, never).good());
  EXPECT_TRUE(batch_of(once, never).good()) << "one run of it is enough";
}

TEST(Batch, Fails_when_a_cell_of_the_session_table_was_never_met) {
  const RunReport run = run_without(FaultKind::silence, 0), other = run_without(FaultKind::loss, 0);
  EXPECT_EQ(batch_of(run, other).never_reached(), std::vector<std::string>{"session up x silence"});
  EXPECT_FALSE(batch_of(run, other).good());
}

TEST(Batch, Of_one_mix_or_of_few_runs_need_not_have_been_everywhere) {
  const RunReport run = run_without(FaultKind::silence, 0);
  EXPECT_TRUE(batch_of(run, run, true).good());
  Batch few;
  few.add(run);
  EXPECT_TRUE(few.good());
}

TEST(Batch, Fails_with_one_failing_run) {
  RunReport failing = run_without(FaultKind::silence, 1);
  failing.violations.push_back({0, "something"});
  EXPECT_FALSE(batch_of(failing, run_without(FaultKind::loss, 1)).good());
}

}  // namespace
}  // namespace meridian::sim
