#include "regional_node/tick/own_state.hpp"

#include <gtest/gtest.h>

namespace meridian {
namespace {

// Found by the simulation (seed 102242): a pushed body's hash16 happened to be the one that its player had claimed for the unpushed one.
TEST(Own_state, An_equal_hash_is_no_match_where_the_player_could_not_have_foreseen_the_tick) {
  for (const bool pushed : {false, true}) {
    OwnState own(Tick{1}, 20);
    BodyState body;
    body.x_q8 = 1000;
    TakenInput taken;
    taken.own_hash16 = own_state_hash16(body);
    own.moved(Tick{100}, taken);
    if (pushed) own.pushed(Tick{100});
    own.settle(Tick{100}, body, {});
    InputBuffer inputs;
    const SnapshotHead head = own.head(Tick{100}, body, inputs);
    EXPECT_EQ(head.own_match, !pushed);
    if (pushed) {
      EXPECT_TRUE(head.own_full.has_value());
    }
  }
}

// Found by the simulation (seed 304221): after a cut a clock had stepped eight ticks ahead, and what it had predicted by then outlived the
// cause.
TEST(Own_state, A_block_change_stays_a_cause_for_as_far_as_the_player_has_predicted_already) {
  for (const int ahead : {0, 12}) {
    OwnState own(Tick{1}, 20);
    const BodyState body;
    own.block_changed(Tick{100}, {0, 0});
    int last_caused = 0;
    for (int tick = 100; tick < 140; ++tick) {
      own.settle(Tick{static_cast<std::uint64_t>(tick)}, body,
                 {.deltas_acked = tick > 101, .rtt_us = 50'000, .ahead_ticks = static_cast<std::uint8_t>(ahead)});
      InputBuffer inputs;
      if (own.head(Tick{static_cast<std::uint64_t>(tick)}, body, inputs).cause_age == 0) last_caused = tick;
    }
    EXPECT_EQ(last_caused, 102 + 2 + (ahead == 0 ? 5 : ahead + 2));
  }
}

}  // namespace
}  // namespace meridian
