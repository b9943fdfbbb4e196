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

}  // namespace
}  // namespace meridian
