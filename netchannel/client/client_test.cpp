// The SDK against a scripted node: real handshake, seals and lanes, an impaired link, simulated time.
#include "netchannel/client/client.hpp"

#include <algorithm>
#include <gtest/gtest.h>
#include <string>

#include "base/siphash.hpp"
#include "netchannel/client/scripted_node.hpp"

namespace meridian {
namespace {

using scripted::kGrass;
using scripted::kMap;
using scripted::kWall;
using scripted::Rig;

constexpr std::int64_t kSecond_us = 1'000'000;
const BlockPlace kHere{kMap, {12, 10}, Layer::active};

// Turns about once a second, walks, runs, and pushes now and then; the wall along x = 20 is in the way.
Input wander(Tick tick) {
  const auto turn = static_cast<std::uint8_t>(tick.value / 20 * 37);
  return {.heading = turn,
          .gait = tick.value / 20 % 5 == 0 ? Gait::stand
                  : tick.value % 40 < 20   ? Gait::walk
                                           : Gait::run,
          .buttons = static_cast<std::uint8_t>(tick.value % 50 == 0 ? kButtonPush : 0),
          .aim = 0};
}

TEST(Client, Enters_the_world_and_says_so_in_order) {
  Rig rig;
  EXPECT_EQ(rig.client->self(rig.now), nullptr);
  EXPECT_EQ(rig.client->ticks_due(rig.now), 0);
  rig.client->connect(rig.now);
  ASSERT_TRUE(rig.run_until<Entered>(3 * kSecond_us));
  std::vector<LinkState> states;
  for (const ClientEvent& event : rig.events) {
    if (const auto* link = std::get_if<LinkChanged>(&event)) states.push_back(link->state);
  }
  EXPECT_EQ(states, (std::vector<LinkState>{LinkState::probing, LinkState::connecting, LinkState::up}));
  EXPECT_EQ(rig.last<Entered>().info.map, kMap);
  EXPECT_EQ(rig.client->chunks().block(kMap, {20, 5}, Layer::active), kWall);
  const SelfView* self = rig.client->self(rig.now);
  ASSERT_NE(self, nullptr);
  EXPECT_EQ(self->body.x_q8, 10 * 256);
  EXPECT_GT(self->tick, rig.node->next) << "ahead of the node";
  EXPECT_EQ(rig.client->stats(rig.now).tickets, 1u);
}

struct LinkCase {
  const char* name;
  ImpairmentSettings link;
  bool may_correct;
};

TEST(Client, Predicts_what_the_node_says_and_every_correction_has_a_cause) {
  const LinkCase cases[] = {
      {"clean, no way at all", {}, false},
      {"clean, 120 ms round trip", {.delay_ms = 60}, false},
      {"20 ms of jitter", {.delay_ms = 60, .jitter_ms = 20}, false},
      {"5 % loss", {.delay_ms = 60, .jitter_ms = 20, .loss_per_million = 50'000}, true},
      {"20 % loss", {.delay_ms = 60, .jitter_ms = 20, .loss_per_million = 200'000}, true},
      {"reordered and doubled",
       {.delay_ms = 30, .jitter_ms = 10, .duplicate_per_million = 100'000, .reorder_per_million = 100'000, .reorder_ms = 70},
       true},
  };
  for (const LinkCase& row : cases) {
    Rig rig(row.link, 11);
    rig.input = wander;
    rig.client->connect(rig.now);
    ASSERT_TRUE(rig.run_until<Entered>(10 * kSecond_us)) << row.name;
    rig.run_for(3 * kSecond_us);
    const ClientStats before = rig.client->stats(rig.now);
    const std::uint64_t matched_before = rig.node->matched;
    rig.run_for(30 * kSecond_us);
    const ClientStats stats = rig.client->stats(rig.now);
    EXPECT_EQ(stats.link, LinkState::up) << row.name;
    EXPECT_EQ(stats.disconnects, 0u) << row.name;
    EXPECT_EQ(stats.corrections_without_cause, 0u) << row.name;
    EXPECT_NE(stats.verdict, Verdict::diverging) << row.name;
    EXPECT_EQ(stats.snapshots_malformed + stats.messages_malformed, 0u) << row.name;
    EXPECT_GT(rig.node->matched - matched_before, 300u) << row.name << ": of 600 ticks";
    if (!row.may_correct) {
      EXPECT_EQ(stats.corrections - before.corrections, 0u) << row.name;
      EXPECT_EQ(stats.inputs_late - before.inputs_late, 0u) << row.name;
      EXPECT_EQ(stats.verdict, Verdict::matched) << row.name;
    }
    // What the client holds for confirmed is what the node had: stand still, and both are at one place.
    rig.input = [](Tick) { return Input{}; };
    rig.run_for(3 * kSecond_us);
    EXPECT_EQ(rig.client->confirmed().own, rig.node->body) << row.name;
    EXPECT_EQ(rig.client->self(rig.now)->body, rig.node->body) << row.name;
  }
}

TEST(Client, A_push_by_another_is_a_correction_with_a_cause_and_is_eased) {
  Rig rig;
  rig.client->connect(rig.now);
  ASSERT_TRUE(rig.run_until<Entered>(3 * kSecond_us));
  rig.run_for(kSecond_us);
  bool pushed = false;
  rig.node->at_tick = [&](scripted::Node& node, Tick) {
    if (std::exchange(pushed, true)) return;
    node.cause();
    node.body.push_ticks = kPushTicks;
    node.body.heading = 64;
    node.body.speed = kPushSpeed_q8;
  };
  ASSERT_TRUE(rig.run_until<Corrected>(kSecond_us));
  EXPECT_TRUE(rig.last<Corrected>().has_cause);
  EXPECT_EQ(rig.last<Corrected>().actual.push_ticks, kPushTicks);
  const SelfView* self = rig.client->self(rig.now);
  EXPECT_GT(self->body.y_q8, 10 * 256);
  EXPECT_LT(self->shown_y, self->body.y_q8 / 256.0) << "the picture follows";
  rig.run_for(kSecond_us);
  self = rig.client->self(rig.now);
  EXPECT_EQ(self->body.y_q8, 10 * 256 + kPushTicks * kPushSpeed_q8);
  EXPECT_NEAR(self->shown_y, self->body.y_q8 / 256.0, 1e-3);
  EXPECT_EQ(rig.client->stats(rig.now).corrections, 1u);
}

TEST(Client, A_correction_without_a_cause_is_called_diverging) {
  Rig rig;
  rig.client->connect(rig.now);
  ASSERT_TRUE(rig.run_until<Entered>(3 * kSecond_us));
  rig.run_for(kSecond_us * 4);
  bool moved = false;
  rig.node->at_tick = [&](scripted::Node& node, Tick) {
    if (!std::exchange(moved, true)) node.body.x_q8 += 3;
  };
  ASSERT_TRUE(rig.run_until<Corrected>(kSecond_us));
  EXPECT_FALSE(rig.last<Corrected>().has_cause);
  EXPECT_NEAR(rig.last<Corrected>().error_blocks, 3.0 / 256, 1e-9);
  EXPECT_EQ(rig.client->stats(rig.now).verdict, Verdict::diverging);
  const Tick first = rig.last<Corrected>().tick;
  moved = false;
  rig.run_for(kSecond_us);
  rig.node.reset();
  rig.restart_node();
  rig.run_for(5 * kSecond_us);
  ASSERT_TRUE(rig.client->first_divergence()) << "kept for a report, also over another session";
  EXPECT_EQ(rig.client->first_divergence()->tick, first);
}

TEST(Client, A_report_names_every_register_and_both_values_where_they_differ) {
  const BodyState predicted{.x_q8 = 2560, .y_q8 = -5, .heading = 64, .speed = 51, .cooldown_ticks = 9};
  BodyState actual = predicted;
  actual.x_q8 = 2563;
  actual.cooldown_ticks = 10;
  EXPECT_EQ(
      report_text({.tick = Tick{81'231}, .error_blocks = 3.0 / 256, .has_cause = false, .predicted = predicted, .actual = actual}, 0xAB),
      "tick 81231, rules 00000000000000ab, 0.01 blocks off: x_q8 2560 -> 2563 y_q8 -5 layer 1 heading 64 speed 51 push_ticks 0 "
      "cooldown_ticks 9 -> 10");
}

TEST(Client, An_input_that_is_lost_comes_with_the_next_ones_in_time) {
  Rig rig({.delay_ms = 60, .loss_per_million = 200'000}, 5);
  rig.input = wander;
  rig.client->connect(rig.now);
  ASSERT_TRUE(rig.run_until<Entered>(10 * kSecond_us));
  rig.run_for(5 * kSecond_us);  // the lead has grown with the loss
  const std::uint64_t before = rig.node->substituted;
  rig.run_for(60 * kSecond_us);
  EXPECT_LT(rig.node->substituted - before, 36u) << "of 1,200 ticks, a fifth of whose packets were lost: 240 without copies";
}

TEST(Client, A_light_client_predicts_and_is_checked_like_any_other) {
  Rig rig({.delay_ms = 30}, 1, true);
  rig.input = wander;
  rig.client->connect(rig.now);
  ASSERT_TRUE(rig.run_until<Entered>(3 * kSecond_us));
  rig.run_for(30 * kSecond_us);
  EXPECT_GT(rig.node->matched, 550u) << "of 600 ticks";
  EXPECT_EQ(rig.node->differed, 0u);
}

TEST(Client, A_step_ends_though_datagrams_never_do) {
  struct Flood final : Transport {
    std::span<const Datagram> receive() override {
      return ++batches > 1'000 ? std::span<const Datagram>{} : std::span<const Datagram>(all);
    }
    void send(const DatagramBatch&) override {}
    std::array<std::uint8_t, 1200> junk{};
    std::vector<Datagram> all{64, Datagram{*Address::parse("127.0.0.1:7777"), junk}};
    int batches = 0;
  } flood;
  SeededChance chance(1);
  const BlockKinds kinds = scripted::kinds();
  ClientOptions options;
  options.ticket = []() -> std::expected<Ticket, Error> { return std::unexpected(Error{"no ticket", "none needed", "none"}); };
  options.kinds = &kinds;
  Client client(std::move(options), flood, chance);
  client.step({.mono_us = 1'000'000, .wall_ms = 1});
  EXPECT_LE(flood.batches, 16);
}

// ---- block edits

TEST(Client, A_placed_block_is_shown_at_once_and_stands_when_the_node_says_so) {
  Rig rig;
  rig.node->judge = [](const Action&) { return Refusal::none; };
  rig.client->connect(rig.now);
  ASSERT_TRUE(rig.run_until<Entered>(3 * kSecond_us));
  const auto id = rig.client->place_block(rig.now, kHere, kWall);
  ASSERT_TRUE(id);
  EXPECT_EQ(*id, 1);
  EXPECT_EQ(rig.client->chunks().block(kMap, kHere.at, Layer::active), kWall);
  ASSERT_TRUE(rig.run_until<ActionDone>(2 * kSecond_us));
  EXPECT_EQ(rig.last<ActionDone>().id, 1);
  EXPECT_EQ(rig.last<ActionDone>().refusal, Refusal::none);
  rig.run_for(kSecond_us);
  EXPECT_EQ(rig.client->chunks().block(kMap, kHere.at, Layer::active), kWall);
  EXPECT_EQ(rig.node->actions.size(), 1u);
  ASSERT_TRUE(rig.client->break_block(rig.now, kHere));
  EXPECT_EQ(rig.client->chunks().block(kMap, kHere.at, Layer::active), kAir);
  rig.run_for(kSecond_us);
  EXPECT_EQ(rig.node->chunks().block(kMap, kHere.at, Layer::active), kAir);
}

TEST(Client, A_refused_block_is_taken_back_with_the_reason) {
  Rig rig;
  rig.node->judge = [](const Action&) { return Refusal::too_fast; };
  rig.client->connect(rig.now);
  ASSERT_TRUE(rig.run_until<Entered>(3 * kSecond_us));
  ASSERT_TRUE(rig.client->place_block(rig.now, kHere, kWall));
  ASSERT_TRUE(rig.run_until<ActionDone>(2 * kSecond_us));
  EXPECT_EQ(rig.last<ActionDone>().refusal, Refusal::too_fast);
  EXPECT_EQ(rig.client->chunks().block(kMap, kHere.at, Layer::active), kAir);
  EXPECT_EQ(rig.last<BlocksChanged>().chunk, (ChunkCoord{kMap, 0, 0}));
}

TEST(Client, A_block_without_an_answer_is_pending_and_then_taken_back_with_a_notice) {
  Rig rig;
  rig.client->connect(rig.now);
  ASSERT_TRUE(rig.run_until<Entered>(3 * kSecond_us));
  ASSERT_TRUE(rig.client->place_block(rig.now, kHere, kWall));
  std::vector<BlockPlace> pending;
  rig.client->pending_blocks(rig.now, pending);
  EXPECT_TRUE(pending.empty());
  rig.run_for(kSecond_us);
  rig.client->pending_blocks(rig.now, pending);
  EXPECT_EQ(pending, std::vector<BlockPlace>{kHere});
  EXPECT_EQ(rig.count<NoticeShown>(), 0u);
  rig.run_for(2'100'000);
  EXPECT_EQ(rig.count<NoticeShown>(), 1u);
  EXPECT_EQ(rig.client->chunks().block(kMap, kHere.at, Layer::active), kAir);
}

TEST(Client, Refuses_a_33rd_edit_that_waits_and_edits_outside_the_world) {
  Rig rig;
  EXPECT_FALSE(rig.client->place_block(rig.now, kHere, kWall));
  rig.client->connect(rig.now);
  ASSERT_TRUE(rig.run_until<Entered>(3 * kSecond_us));
  EXPECT_FALSE(rig.client->place_block(rig.now, kHere, BlockId{500})) << "no such kind";
  for (int i = 0; i < 32; ++i) ASSERT_TRUE(rig.client->place_block(rig.now, {kMap, {i % 16, i / 16}, Layer::active}, kWall)) << i;
  const auto refused = rig.client->place_block(rig.now, kHere, kWall);
  ASSERT_FALSE(refused);
  EXPECT_FALSE(refused.error().what_to_do.empty());
  EXPECT_EQ(rig.client->chunks().block(kMap, kHere.at, Layer::active), kAir);
}

TEST(Client, Walking_against_an_own_block_that_the_node_refuses_is_a_correction_with_a_cause) {
  Rig rig;
  rig.node->judge = [](const Action&) { return Refusal::too_fast; };
  rig.client->connect(rig.now);
  ASSERT_TRUE(rig.run_until<Entered>(3 * kSecond_us));
  rig.input = [](Tick) { return Input{.heading = 0, .gait = Gait::run}; };
  rig.run_for(kSecond_us / 2);
  const std::int32_t x = rig.client->self(rig.now)->body.x_q8 >> 8;
  ASSERT_TRUE(rig.client->place_block(rig.now, {kMap, {x + 1, 10}, Layer::active}, kWall));
  ASSERT_TRUE(rig.run_until<Corrected>(kSecond_us));
  rig.run_for(kSecond_us);
  EXPECT_EQ(rig.client->stats(rig.now).corrections_without_cause, 0u);
  EXPECT_EQ(rig.client->self(rig.now)->body.x_q8, 20 * 256 - kBodyHalfSide_q8) << "through the refused block, up to the wall";
}

// ---- chunks

TEST(Client, A_missing_delta_is_asked_for_again_and_the_new_full_mends_it) {
  Rig rig;
  rig.client->connect(rig.now);
  ASSERT_TRUE(rig.run_until<Entered>(3 * kSecond_us));
  rig.node->change({5, 5}, kWall, true);  // counted, never sent
  rig.node->change({6, 5}, kWall);
  rig.run_for(900'000);
  EXPECT_TRUE(rig.node->asks.empty());
  EXPECT_EQ(rig.client->chunks().block(kMap, {6, 5}, Layer::active), kAir) << "it waits for the one before it";
  rig.run_for(2'000'000);
  ASSERT_GE(rig.node->asks.size(), 2u);
  EXPECT_LE(rig.node->asks.size(), 3u) << "once a second";
  EXPECT_EQ(rig.node->asks[0].serial, 1);
  rig.node->full(2);
  rig.run_for(kSecond_us);
  const std::size_t asked = rig.node->asks.size();
  EXPECT_EQ(rig.client->chunks().block(kMap, {5, 5}, Layer::active), kWall);
  EXPECT_EQ(rig.client->chunks().block(kMap, {6, 5}, Layer::active), kWall);
  rig.run_for(2 * kSecond_us);
  EXPECT_EQ(rig.node->asks.size(), asked);
}

TEST(Client, Blocks_that_come_before_the_world_is_named_wait_for_it) {
  Rig rig;
  rig.node->info_from = Tick{1060};
  rig.client->connect(rig.now);
  rig.run_for(2 * kSecond_us);
  EXPECT_EQ(rig.client->stats(rig.now).link, LinkState::up);
  EXPECT_EQ(rig.client->chunks().size(), 0u);
  ASSERT_TRUE(rig.run_until<Entered>(3 * kSecond_us));
  EXPECT_EQ(rig.client->chunks().block(kMap, {20, 5}, Layer::active), kWall);
}

TEST(Client, No_tick_is_due_before_the_ground_under_the_body_is_here) {
  Rig rig;
  rig.node->send_chunk = false;
  rig.client->connect(rig.now);
  rig.run_for(2 * kSecond_us);
  EXPECT_EQ(rig.count<Entered>(), 0u);
  EXPECT_EQ(rig.node->inputs, 0u);
  rig.node->send_chunk = true;
  ASSERT_TRUE(rig.run_until<Entered>(kSecond_us));
}

// ---- time

TEST(Client, A_stalled_caller_goes_on_from_what_the_node_says_and_never_has_more_than_eight_ticks_due) {
  struct Row {
    const char* name;
    std::int64_t stall_us;
    bool unheard;  // the node's snapshots were lost meanwhile
    int most_due;
    std::uint64_t steps;
  };
  for (const Row& row :
       {Row{"0.3 s: the own states that waited are newer than the prediction", 300'000, false, 2, 0}, Row{"2 s", 2'000'000, false, 2, 0},
        Row{"0.3 s, nothing heard", 300'000, true, 7, 0}, Row{"2 s, nothing heard: it steps", 2'000'000, true, 1, 1}}) {
    Rig rig;
    rig.input = wander;
    rig.client->connect(rig.now);
    ASSERT_TRUE(rig.run_until<Entered>(3 * kSecond_us));
    rig.run_for(3 * kSecond_us);
    rig.most_due = 0;
    rig.stalled_until_us = rig.now.mono_us + row.stall_us;
    rig.down.cut = row.unheard;
    rig.run_for(row.stall_us + 5'000);
    rig.down.cut = false;
    rig.run_for(3 * kSecond_us);
    EXPECT_LE(rig.most_due, row.most_due) << row.name;
    EXPECT_EQ(rig.client->stats(rig.now).clock_steps, row.steps) << row.name;
    EXPECT_EQ(rig.client->stats(rig.now).corrections_without_cause, 0u) << row.name;
    EXPECT_EQ(rig.client->stats(rig.now).disconnects, 0u) << row.name;
    rig.input = [](Tick) { return Input{}; };
    rig.run_for(3 * kSecond_us);
    EXPECT_EQ(rig.client->self(rig.now)->body, rig.node->body) << row.name;
  }
}

// ---- others

TEST(Client, Others_are_drawn_in_the_past_and_known_as_told_and_a_light_client_draws_the_newest) {
  for (const bool light : {false, true}) {
    Rig rig({.delay_ms = 30}, 1, light);
    VisibleEntity walker{.id = EntityId::make(NodeId{1}, 9), .x_q8 = 2 * 256, .y_q8 = 3 * 256, .heading = 0, .speed = 51};
    VisibleEntity self{.id = EntityId::make(NodeId{1}, 42), .x_q8 = 10 * 256, .y_q8 = 10 * 256};
    rig.node->at_tick = [&](scripted::Node& node, Tick tick) {
      walker.x_q8 = 2 * 256 + 51 * static_cast<std::int32_t>(tick.value - 1000) % (8 * 256);
      node.visible = {walker, self};
    };
    rig.client->connect(rig.now);
    ASSERT_TRUE(rig.run_until<Entered>(3 * kSecond_us));
    rig.run_for(kSecond_us);
    std::vector<EntityView> seen;
    rig.client->entities(rig.now, seen);
    ASSERT_EQ(seen.size(), 1u) << "without ourselves";
    EXPECT_EQ(seen[0].id, walker.id);
    EXPECT_FALSE(seen[0].stale);
    const ConfirmedView confirmed = rig.client->confirmed();
    ASSERT_EQ(confirmed.entities.size(), 2u);
    const double told_x = confirmed.entities[0].x_q8 / 256.0;
    if (light) {
      EXPECT_EQ(seen[0].x, told_x);
    } else {
      EXPECT_LT(seen[0].x, told_x) << "at least a tick behind";
      EXPECT_GT(seen[0].x, told_x - 1) << "and no more than a few";
    }
    rig.down.cut = true;
    rig.run_for(1'200'000);
    rig.client->entities(rig.now, seen);
    ASSERT_EQ(seen.size(), 1u);
    EXPECT_TRUE(seen[0].stale);
    rig.down.cut = false;
    rig.node->at_tick = [&](scripted::Node& node, Tick) { node.visible = {self}; };
    rig.run_for(kSecond_us);
    rig.client->entities(rig.now, seen);
    EXPECT_TRUE(seen.empty());
  }
}

TEST(Client, One_who_stands_still_is_not_taken_for_one_unheard_of) {
  Rig rig({.delay_ms = 30});
  const VisibleEntity sitter{.id = EntityId::make(NodeId{1}, 9), .x_q8 = 2 * 256, .y_q8 = 3 * 256};
  rig.node->at_tick = [&](scripted::Node& node, Tick) { node.visible = {sitter}; };
  rig.client->connect(rig.now);
  ASSERT_TRUE(rig.run_until<Entered>(3 * kSecond_us));
  rig.run_for(5 * kSecond_us);
  std::vector<EntityView> seen;
  rig.client->entities(rig.now, seen);
  ASSERT_EQ(seen.size(), 1u);
  EXPECT_FALSE(seen[0].stale) << "the node says only what changed: while its snapshots come, silence about somebody means as before";
}

// One seed is one run: what the client does depends on time, chance and the transport alone.
std::uint64_t trace(std::uint64_t seed) {
  Rig rig({.delay_ms = 40, .jitter_ms = 15, .loss_per_million = 100'000}, seed);
  rig.input = wander;
  rig.node->judge = [](const Action&) { return Refusal::none; };
  rig.client->connect(rig.now);
  std::vector<std::uint8_t> seen;
  for (int i = 0; i < 200; ++i) {
    rig.run_for(50'000);
    if (i % 30 == 0) (void)rig.client->place_block(rig.now, {kMap, {i / 10, 2}, Layer::active}, kWall);
    if (const SelfView* self = rig.client->self(rig.now)) {
      for (const std::uint8_t byte : pack_own_state(self->body)) seen.push_back(byte);
      seen.push_back(static_cast<std::uint8_t>(self->tick.value));
    }
    seen.push_back(static_cast<std::uint8_t>(rig.client->stats(rig.now).bytes_out));
    seen.push_back(static_cast<std::uint8_t>(rig.events.size()));
  }
  return siphash24(seen);
}
TEST(Client, The_same_seed_gives_the_same_run) {
  EXPECT_EQ(trace(5), trace(5));
  EXPECT_NE(trace(5), trace(6));
}

}  // namespace
}  // namespace meridian
