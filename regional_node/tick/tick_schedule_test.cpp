#include "regional_node/tick/tick_schedule.hpp"

#include <gtest/gtest.h>

namespace meridian {
namespace {

TEST(Tick_schedule, Runs_one_tick_a_period) {
  TickSchedule schedule(Tick{10}, 1'000'000, 20);
  EXPECT_FALSE(schedule.due(999'999));
  EXPECT_TRUE(schedule.due(1'000'000));
  schedule.begin(1'000'000);
  EXPECT_EQ(schedule.next(), Tick{11});
  EXPECT_EQ(schedule.due_us(), 1'050'000);
  EXPECT_EQ(schedule.overruns(), 0u);
}

TEST(Tick_schedule, Catches_up_without_skipping_a_number_and_counts_what_was_late) {
  TickSchedule schedule(Tick{10}, 0, 20);
  const std::int64_t now_us = 200'000;  // ticks 10 to 14 are due
  int ran = 0;
  while (schedule.due(now_us)) {
    schedule.begin(now_us);
    ++ran;
  }
  EXPECT_EQ(ran, 5);
  EXPECT_EQ(schedule.next(), Tick{15});
  EXPECT_EQ(schedule.overruns(), 4u);
  EXPECT_EQ(schedule.due_us(), 250'000) << "the schedule itself did not move";
}

TEST(Tick_schedule, Moves_when_it_is_far_behind) {
  TickSchedule schedule(Tick{10}, 0, 20);
  schedule.begin(30'000'000);
  EXPECT_EQ(schedule.next(), Tick{11});
  EXPECT_EQ(schedule.due_us(), 30'050'000);
  EXPECT_EQ(schedule.moved(), 1u);
  EXPECT_EQ(schedule.overruns(), 1u) << "the worst stall of all counts too";
}

TEST(Tick_schedule, Does_not_drift_where_a_period_is_no_whole_number) {
  TickSchedule schedule(Tick{0}, 0, 60);
  for (int i = 0; i < 3600; ++i) schedule.begin(schedule.due_us());
  EXPECT_EQ(schedule.due_us(), 60'000'000);
}

}  // namespace
}  // namespace meridian
