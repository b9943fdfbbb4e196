#include "regional_node/tick/wake.hpp"

#include <gtest/gtest.h>

namespace meridian {
namespace {

TEST(Wake, Comes_at_the_poll_or_just_before_the_tick_or_at_the_tick) {
  const TickSchedule schedule(Tick{10}, 1'000'000, 20);
  EXPECT_EQ(wait_ms(schedule, 950'000), 10) << "a poll";
  EXPECT_EQ(wait_ms(schedule, 989'700), 10) << "9.8 ms, in whole milliseconds: half a millisecond before the tick";
  EXPECT_EQ(wait_ms(schedule, 990'000), 10) << "the tick itself";
  EXPECT_EQ(wait_ms(schedule, 999'500), 1);
}

TEST(Wake, Leaves_signals_their_turn_however_late_the_ticks_are) {
  const TickSchedule schedule(Tick{10}, 1'000'000, 20);
  EXPECT_EQ(wait_ms(schedule, 1'000'000), 1);
  EXPECT_EQ(wait_ms(schedule, 1'900'000), 1);
}

TEST(Wake, Reads_a_flood_for_five_milliseconds_and_no_longer) {
  EXPECT_TRUE(may_read_on(1'000'000, 1'000'000));
  EXPECT_TRUE(may_read_on(1'000'000, 1'004'999));
  EXPECT_FALSE(may_read_on(1'000'000, 1'005'000));
}

}  // namespace
}  // namespace meridian
