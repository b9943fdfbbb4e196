#include "netchannel/prediction/predictor.hpp"

#include <gtest/gtest.h>
#include <vector>

#include "base/chance.hpp"
#include "world/motion/movement.hpp"

namespace meridian {
namespace {

// A floor of 32 x 32 blocks with a wall along x = 20.
class PredictorTest : public testing::Test {
 protected:
  PredictorTest() {
    Chunk& chunk = chunks_.load({MapId{0}, 0, 0});
    chunk.cells[0].fill(BlockId{1});
    for (int y = 0; y < 32; ++y) chunk.cells[1][static_cast<std::size_t>(y * 32 + 20)] = BlockId{2};
  }
  static BodyState at(int x_q8, int y_q8) { return {.x_q8 = x_q8, .y_q8 = y_q8}; }
  Ground ground() { return {chunks_, kinds_, MapId{0}}; }
  // What the node has after the same inputs from the same start.
  BodyState node_after(BodyState body, const std::vector<Input>& inputs) {
    for (const Input& input : inputs) step_body(body, input, chunks_, kinds_, MapId{0});
    return body;
  }
  void walk(Predictor& predictor, int ticks, Input input = {.heading = 0, .gait = Gait::walk}) {
    for (int i = 0; i < ticks; ++i) {
      predictor.predict(input, ground());
      predictor.claim();
    }
  }

  BlockKinds kinds_{{{.name = "grass", .layer = Layer::floor}, {.name = "wall", .layer = Layer::active, .solid = true}}};
  Chunks chunks_;
  BodyState start_ = at(5 * 256, 5 * 256);
};

TEST_F(PredictorTest, Says_what_the_rule_says) {
  Predictor predictor;
  predictor.start(Tick{100}, start_);
  walk(predictor, 3);
  EXPECT_EQ(predictor.newest().value, 103u);
  EXPECT_EQ(predictor.body().x_q8, start_.x_q8 + 3 * 51);
  EXPECT_EQ(predictor.body_before().x_q8, start_.x_q8 + 2 * 51);
  EXPECT_TRUE(predictor.has(Tick{101}));
  EXPECT_FALSE(predictor.has(Tick{100})) << "nobody gave the input that led to the start";
  EXPECT_EQ(predictor.input(Tick{101}).gait, Gait::walk);
}

TEST_F(PredictorTest, A_body_at_another_place_is_restored_and_every_later_tick_run_again) {
  Predictor predictor;
  predictor.start(Tick{100}, start_);
  walk(predictor, 8);
  BodyState actual = node_after(start_, std::vector<Input>(3, {.heading = 0, .gait = Gait::walk}));
  EXPECT_EQ(predictor.own_full(Tick{103}, actual, kNoCauseAge, ground()).what, Predictor::Own::equal);
  actual = node_after(actual, {{.heading = 0, .gait = Gait::stand}});  // tick 104 was not ours: the node let it stand
  const auto outcome = predictor.own_full(Tick{104}, actual, 0, ground());
  ASSERT_EQ(outcome.what, Predictor::Own::corrected);
  EXPECT_EQ(outcome.correction.tick.value, 104u);
  EXPECT_DOUBLE_EQ(outcome.correction.error_blocks, 51.0 / 256);
  EXPECT_EQ(outcome.correction.actual, actual);
  EXPECT_EQ(outcome.correction.predicted.x_q8, start_.x_q8 + 4 * 51);
  EXPECT_EQ(predictor.body().x_q8, start_.x_q8 + 7 * 51) << "seven of eight ticks walked";
  EXPECT_EQ(predictor.body_before().x_q8, start_.x_q8 + 6 * 51);
  EXPECT_EQ(predictor.newest().value, 108u);
  // The history is now the node's: what it says of a later tick agrees.
  actual = node_after(actual, {{.heading = 0, .gait = Gait::walk}});
  EXPECT_EQ(predictor.own_full(Tick{105}, actual, 1, ground()).what, Predictor::Own::equal);
}

TEST_F(PredictorTest, A_replay_meets_the_walls_again) {
  Predictor predictor;
  predictor.start(Tick{100}, at(19 * 256, start_.y_q8));
  walk(predictor, 10);
  const std::int32_t flush_x_q8 = 20 * 256 - kBodyHalfSide_q8;
  EXPECT_EQ(predictor.body().x_q8, flush_x_q8);
  const BodyState actual = node_after(at(19 * 256 - 30, start_.y_q8 + 10), {{.heading = 0, .gait = Gait::walk}});
  ASSERT_EQ(predictor.own_full(Tick{101}, actual, 0, ground()).what, Predictor::Own::corrected);
  EXPECT_EQ(predictor.body().x_q8, flush_x_q8);
  EXPECT_EQ(predictor.body().y_q8, start_.y_q8 + 10);
}

struct OrderCase {
  const char* name;
  std::uint64_t tick;
  Predictor::Own expected;
};
TEST_F(PredictorTest, Takes_own_state_only_where_it_is_newer_and_within_the_ring) {
  const OrderCase cases[] = {
      {"older than the newest read", 119, Predictor::Own::ignored},
      {"the newest read again", 120, Predictor::Own::equal},
      {"newer", 121, Predictor::Own::corrected},
      {"the newest predicted", 140, Predictor::Own::corrected},
      {"not predicted yet", 141, Predictor::Own::restarted},
  };
  for (const OrderCase& row : cases) {
    Predictor predictor;
    predictor.start(Tick{100}, start_);
    walk(predictor, 40);
    const BodyState at_120 = node_after(start_, std::vector<Input>(20, {.heading = 0, .gait = Gait::walk}));
    ASSERT_EQ(predictor.own_full(Tick{120}, at_120, kNoCauseAge, ground()).what, Predictor::Own::equal);
    const BodyState said = row.tick == 120 ? at_120 : at(9 * 256, 9 * 256);
    EXPECT_EQ(predictor.own_full(Tick{row.tick}, said, 0, ground()).what, row.expected) << row.name;
    if (row.expected == Predictor::Own::restarted) {
      EXPECT_EQ(predictor.newest().value, row.tick);
      EXPECT_EQ(predictor.body(), said);
    }
  }
  Predictor predictor;
  predictor.start(Tick{100}, start_);
  walk(predictor, 40);
  EXPECT_EQ(predictor.own_full(Tick{108}, at(0, 0), 0, ground()).what, Predictor::Own::ignored) << "32 back: out of the ring";
  EXPECT_EQ(predictor.confirmed()->tick.value, 108u) << "yet it is what the node said last";
  EXPECT_EQ(predictor.own_full(Tick{109}, at(0, 0), 0, ground()).what, Predictor::Own::corrected) << "the oldest of the ring";
}

struct CauseCase {
  const char* name;
  std::uint64_t known_equal;  // by own_full, after a start at tick 100
  std::uint64_t tick;
  std::uint8_t cause_age;
  bool has_cause;
};
TEST_F(PredictorTest, A_correction_has_a_cause_by_the_rule_of_8_8) {
  const CauseCase cases[] = {
      {"caused in the tick itself", 119, 120, 0, true},
      {"caused in the first tick after the equal one", 110, 120, 9, true},
      {"the cause was known equal already", 110, 120, 10, false},
      {"no cause at all", 110, 120, 63, false},
      {"the oldest cause that can be told, and known equal since", 110, 120, 62, false},
      {"62 back without a cause", 110, 172, 63, false},
      {"63 back: nobody can tell any more", 110, 173, 63, true},
  };
  for (const CauseCase& row : cases) {
    Predictor predictor;
    predictor.start(Tick{100}, start_);
    walk(predictor, static_cast<int>(row.known_equal - 100) + 5, {});
    ASSERT_EQ(predictor.own_full(Tick{row.known_equal}, start_, kNoCauseAge, ground()).what, Predictor::Own::equal) << row.name;
    walk(predictor, static_cast<int>(row.tick - predictor.newest().value) + 3, {});
    const auto outcome = predictor.own_full(Tick{row.tick}, at(6 * 256, 5 * 256), row.cause_age, ground());
    ASSERT_EQ(outcome.what, Predictor::Own::corrected) << row.name;
    EXPECT_EQ(outcome.correction.has_cause, row.has_cause) << row.name;
  }
}

TEST_F(PredictorTest, An_unanswered_edit_nearby_is_a_cause_for_the_ticks_predicted_with_it) {
  struct Row {
    const char* name;
    int unsure_from, unsure_to;
    bool has_cause;
  };
  for (const Row& row : {Row{"in the corrected tick", 105, 105, true}, Row{"between the last equal one and it", 103, 104, true},
                         Row{"before the last equal one", 101, 102, false}, Row{"only later", 106, 108, false}}) {
    Predictor predictor;
    predictor.start(Tick{100}, start_);
    for (int tick = 101; tick <= 108; ++tick) predictor.predict({}, ground(), tick >= row.unsure_from && tick <= row.unsure_to);
    ASSERT_EQ(predictor.own_full(Tick{102}, start_, kNoCauseAge, ground()).what, Predictor::Own::equal);
    const auto outcome = predictor.own_full(Tick{105}, at(6 * 256, 5 * 256), kNoCauseAge, ground());
    ASSERT_EQ(outcome.what, Predictor::Own::corrected);
    EXPECT_EQ(outcome.correction.has_cause, row.has_cause) << row.name;
  }
}

TEST_F(PredictorTest, Ticks_run_again_on_ground_that_was_not_there_in_their_time_do_not_diverge) {
  for (const bool told : {true, false}) {
    Predictor predictor;
    predictor.start(Tick{100}, at(17 * 256, start_.y_q8));
    walk(predictor, 8);
    chunks_.write({MapId{0}, {18, 5}, Layer::active}, BlockId{2});
    if (told) predictor.ground_changed();
    // A correction of tick 102 with a cause; 103-108 are run again and now stop at the new wall, which the node did not have yet.
    const BodyState actual = at(17 * 256 + 52, start_.y_q8);
    ASSERT_EQ(predictor.own_full(Tick{102}, actual, 0, ground()).what, Predictor::Own::corrected);
    chunks_.write({MapId{0}, {18, 5}, Layer::active}, kAir);
    const auto outcome =
        predictor.own_full(Tick{108}, node_after(actual, std::vector<Input>(6, {.heading = 0, .gait = Gait::walk})), 6, ground());
    ASSERT_EQ(outcome.what, Predictor::Own::corrected);
    EXPECT_EQ(outcome.correction.has_cause, told);
  }
}

// Found by the simulation (seed 102236): the node carried a body back onto a place where its own player had asked for a block meanwhile.
TEST_F(PredictorTest, Ticks_run_again_beside_an_own_unanswered_edit_do_not_diverge) {
  for (const bool edit_near : {true, false}) {
    Predictor predictor;
    predictor.start(Tick{100}, at(17 * 256, start_.y_q8));
    walk(predictor, 8);
    chunks_.write({MapId{0}, {18, 5}, Layer::active}, BlockId{2});  // shown, not yet answered
    const BodyState actual = at(17 * 256 + 52, start_.y_q8);
    ASSERT_EQ(predictor.own_full(Tick{102}, actual, 0, ground(), edit_near).what, Predictor::Own::corrected);
    chunks_.write({MapId{0}, {18, 5}, Layer::active}, kAir);  // refused
    const auto outcome =
        predictor.own_full(Tick{108}, node_after(actual, std::vector<Input>(6, {.heading = 0, .gait = Gait::walk})), 6, ground());
    ASSERT_EQ(outcome.what, Predictor::Own::corrected);
    EXPECT_EQ(outcome.correction.has_cause, edit_near);
  }
}

TEST_F(PredictorTest, A_match_counts_as_known_equal_only_while_the_history_is_what_was_claimed) {
  for (const bool corrected_between : {false, true}) {
    Predictor predictor;
    predictor.start(Tick{100}, start_);
    walk(predictor, 10);
    if (corrected_between) {
      ASSERT_EQ(predictor.own_full(Tick{101}, at(7 * 256, 7 * 256), 0, ground()).what, Predictor::Own::corrected);
    }
    EXPECT_EQ(predictor.own_match(Tick{106}), !corrected_between);
    EXPECT_EQ(predictor.confirmed()->tick.value, corrected_between ? 101u : 106u);
    // A cause at tick 104: before the match, so no excuse for tick 108 where the match counted.
    const auto outcome = predictor.own_full(Tick{108}, at(9 * 256, 9 * 256), 4, ground());
    ASSERT_EQ(outcome.what, Predictor::Own::corrected);
    EXPECT_EQ(outcome.correction.has_cause, corrected_between);
  }
}

TEST_F(PredictorTest, A_match_for_a_tick_without_a_claim_says_nothing) {
  Predictor predictor;
  predictor.start(Tick{100}, start_);
  predictor.predict({.heading = 0, .gait = Gait::walk}, ground());
  EXPECT_FALSE(predictor.own_match(Tick{101}));
  EXPECT_FALSE(predictor.own_match(Tick{500}));
  EXPECT_EQ(predictor.confirmed()->tick.value, 100u);
}

TEST_F(PredictorTest, Ticks_without_an_input_are_made_up_as_the_node_makes_them_up) {
  Predictor predictor;
  predictor.start(Tick{100}, start_);
  predictor.predict({.heading = 64, .gait = Gait::walk, .buttons = kButtonPush, .aim = 5}, ground());
  predictor.run_to(Tick{110}, ground());
  EXPECT_EQ(predictor.newest().value, 110u);
  EXPECT_EQ(predictor.body().y_q8, start_.y_q8 + 6 * 51) << "one walked, five repeated, then stands";
  EXPECT_EQ(predictor.body().speed, 0);
  EXPECT_EQ(predictor.input(Tick{103}).buttons, 0) << "a button is an edge, never repeated";
  EXPECT_EQ(predictor.body().cooldown_ticks, kPushCooldownTicks - 9);
  predictor.run_to(Tick{100'000}, ground());
  EXPECT_EQ(predictor.newest().value, 100'000u);
  EXPECT_EQ(predictor.body().cooldown_ticks, 0);
}

// The same inputs on both sides: the states and the hashes are equal at every tick, through walls, pushes and turns.
TEST_F(PredictorTest, Never_corrects_itself_against_a_node_with_the_same_inputs) {
  SeededChance chance(7);
  Predictor predictor;
  predictor.start(Tick{100}, start_);
  BodyState node = start_;
  for (std::uint64_t tick = 101; tick < 2000; ++tick) {
    const Input input{.heading = static_cast<std::uint8_t>(chance.below(256)),
                      .gait = static_cast<Gait>(chance.below(4)),
                      .buttons = static_cast<std::uint8_t>(chance.below(8) == 0 ? kButtonPush : 0),
                      .aim = 0};
    predictor.predict(input, ground());
    step_body(node, input, chunks_, kinds_, MapId{0});
    ASSERT_EQ(predictor.claim(), own_state_hash16(node));
    if (tick % 20 == 0) {
      ASSERT_EQ(predictor.own_full(Tick{tick}, node, kNoCauseAge, ground()).what, Predictor::Own::equal);
    }
  }
}

}  // namespace
}  // namespace meridian
