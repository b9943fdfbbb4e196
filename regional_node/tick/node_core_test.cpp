#include "regional_node/tick/node_core.hpp"

#include <cmath>
#include <gtest/gtest.h>

#include "base/chance.hpp"
#include "regional_node/tick/core_scene.hpp"

namespace meridian {
namespace {

using testing::flat_world;
using testing::kBush;
using testing::kGrass;
using testing::kRock;
using testing::kWall;
using testing::kWater;
using testing::Scene;
using testing::scene_settings;

constexpr SessionId kAnn = Scene::session(1), kBob = Scene::session(2);
constexpr Input kEast{.heading = 0, .gait = Gait::run};

// Everybody stands well inside the scene: characters 1 and 2 start a block apart.
struct Pair : Scene {
  explicit Pair(NodeCoreSettings settings = scene_settings()) : Scene(settings) {
    open(kAnn, 1);
    open(kBob, 2);
    step();
  }
};

TEST(Node_core, Tells_a_new_player_first_who_and_where_he_is) {
  Scene scene;
  scene.open(kAnn, 1);
  scene.step();
  const testing::Told& told = scene.told(kAnn);
  ASSERT_TRUE(told.info);
  EXPECT_EQ(told.info->self, *scene.core.entity_of(kAnn));
  EXPECT_EQ(told.info->self.issuer(), NodeId{1});
  EXPECT_EQ(told.info->rules_hash, testing::scene_kinds().rules_hash());
  EXPECT_FALSE(told.info->durable);
  EXPECT_EQ(told.info->view_blocks_div8, 4);
  ASSERT_TRUE(told.snapshot.head.own_full);
  EXPECT_EQ(*told.snapshot.head.own_full, scene.body(kAnn));
  EXPECT_EQ(scene.core.counters().players, 1u);
}

TEST(Node_core, Spawns_on_free_ground_near_the_spawn_point_and_the_same_each_time) {
  Scene one, two;
  for (Scene* scene : {&one, &two}) {
    scene->open(kAnn, 1234567);
    scene->step();
  }
  EXPECT_EQ(one.body(kAnn), two.body(kAnn));
  const BodyState body = one.body(kAnn);
  EXPECT_LE(std::abs((body.x_q8 >> 8) - 48) + std::abs((body.y_q8 >> 8) - 48), 12);
}

TEST(Node_core, Shows_two_players_to_each_other_where_they_are) {
  Pair scene;
  for (int i = 0; i < 10; ++i) {
    scene.input(kAnn, kEast);
    scene.step();
    EXPECT_TRUE(scene.hashes_agree()) << i;
  }
  const EntityId ann = *scene.core.entity_of(kAnn);
  ASSERT_TRUE(scene.told(kBob).seen.contains(ann));
  const EntityUpdate& seen = scene.told(kBob).seen.at(ann);
  EXPECT_NEAR(seen.x_q8, scene.body(kAnn).x_q8, 16);
  EXPECT_NEAR(seen.y_q8, scene.body(kAnn).y_q8, 16);
  EXPECT_EQ(seen.speed, kGaitSpeed_q8[3]);
  EXPECT_FALSE(scene.told(kAnn).seen.contains(ann)) << "nobody is shown himself";
}

TEST(Node_core, Answers_one_bit_when_the_claimed_hash_agrees) {
  Pair scene;
  BodyState predicted = scene.body(kAnn);
  int fulls = 0;
  for (int i = 0; i < 40; ++i) {
    step_body(predicted, kEast, scene.core.world().chunks, scene.core.world().kinds, MapId{0});
    scene.input(kAnn, kEast, own_state_hash16(predicted));
    scene.step();
    EXPECT_TRUE(scene.told(kAnn).snapshot.head.own_match) << i;
    fulls += scene.told(kAnn).snapshot.head.own_full ? 1 : 0;
  }
  EXPECT_EQ(predicted, scene.body(kAnn));
  EXPECT_EQ(fulls, 2) << "once a second in any case";
}

TEST(Node_core, Sends_the_whole_own_state_until_a_packet_with_it_is_acked) {
  Pair scene;
  scene.steps(3);
  scene.lose_snapshots = true;
  scene.input(kAnn, kEast, static_cast<std::uint16_t>(own_state_hash16(scene.body(kAnn)) + 1));
  scene.step();
  EXPECT_FALSE(scene.told(kAnn).snapshot.head.own_match);
  for (int i = 0; i < 5; ++i) {
    scene.input(kAnn, kEast);
    scene.step();
    EXPECT_TRUE(scene.told(kAnn).snapshot.head.own_full) << i;
    EXPECT_FALSE(scene.told(kAnn).snapshot.head.own_match) << "a tick without a claim is not compared";
  }
  scene.lose_snapshots = false;
  for (int i = 0; i < 2; ++i) {
    scene.input(kAnn, kEast);
    scene.step();
  }
  EXPECT_FALSE(scene.told(kAnn).snapshot.head.own_full) << "acked";
}

TEST(Node_core, Counts_the_age_of_a_missing_input_as_a_cause) {
  Pair scene;
  for (int i = 0; i < 80; ++i) {
    scene.input(kAnn, kEast);
    scene.step();
  }
  EXPECT_EQ(scene.told(kAnn).snapshot.head.cause_age, 63);
  scene.step();
  EXPECT_EQ(scene.told(kAnn).snapshot.head.cause_age, 0);
  EXPECT_TRUE(scene.told(kAnn).snapshot.head.own_full) << "he surely predicted something else";
  for (int i = 1; i <= 3; ++i) {
    scene.input(kAnn, kEast);
    scene.step();
    EXPECT_EQ(scene.told(kAnn).snapshot.head.cause_age, i);
  }
}

TEST(Node_core, Names_a_block_change_near_a_body_as_a_cause_until_it_is_surely_known) {
  Pair scene;
  for (int i = 0; i < 80; ++i) {
    scene.input(kAnn, {});
    scene.input(kBob, {});
    scene.step();
  }
  ASSERT_EQ(scene.told(kAnn).snapshot.head.cause_age, 63);
  const BodyState body = scene.body(kAnn);
  const BlockCoord beside{(body.x_q8 >> 8), (body.y_q8 >> 8) - 2};
  scene.act(kAnn, PlaceBlock{1, {MapId{0}, beside, Layer::active}, kRock});
  scene.room.event_unacked = 1;
  for (int i = 0; i < 20; ++i) {
    scene.input(kAnn, {});
    scene.step();
    EXPECT_EQ(scene.told(kAnn).snapshot.head.cause_age, 0) << "its delta is not acked, tick " << i;
  }
  ASSERT_EQ(scene.told(kAnn).results.back().refusal, Refusal::none);
  scene.room.event_unacked = 0;
  for (int i = 0; i < 30; ++i) {
    scene.input(kAnn, {});
    scene.step();
  }
  const int age = scene.told(kAnn).snapshot.head.cause_age;
  EXPECT_GT(age, 15) << "it ended some ticks after the ack";
  EXPECT_LT(age, 30);
}

TEST(Node_core, Reports_margins_and_the_age_of_inputs) {
  Pair scene;
  scene.input(kAnn, {});  // 20 ms before it is due
  scene.step();
  EXPECT_EQ(scene.told(kAnn).snapshot.head.margin_sixteenths, 6);
  EXPECT_EQ(scene.told(kAnn).snapshot.head.input_age, 0);
  EXPECT_EQ(scene.told(kBob).snapshot.head.margin_sixteenths, -128) << "never heard of";
  scene.step();
  EXPECT_EQ(scene.told(kAnn).snapshot.head.margin_sixteenths, -16);
  EXPECT_EQ(scene.told(kAnn).snapshot.head.input_age, 1);
}

TEST(Node_core, Answers_actions_in_the_order_of_asking) {
  Pair scene;
  const BodyState body = scene.body(kAnn);
  const BlockPlace place{MapId{0}, {(body.x_q8 >> 8) + 3, body.y_q8 >> 8}, Layer::active};
  scene.act(kAnn, PlaceBlock{7, place, kRock});
  scene.act(kAnn, PlaceBlock{8, place, kRock});
  scene.act(kAnn, BreakBlock{9, place});
  scene.act(kAnn, BreakBlock{10, place});
  scene.step();
  const auto& results = scene.told(kAnn).results;
  ASSERT_EQ(results.size(), 4u);
  const std::pair<int, Refusal> expected[] = {
      {7, Refusal::none}, {8, Refusal::occupied}, {9, Refusal::nothing_there}, {10, Refusal::nothing_there}};
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(results[i].id, expected[i].first);
    EXPECT_EQ(results[i].refusal, expected[i].second) << i;
  }
  EXPECT_EQ(scene.core.changes().blocks.size(), 1u) << "one write of a place a tick";
  EXPECT_TRUE(scene.hashes_agree());
}

TEST(Node_core, Holds_actions_to_their_rate_and_lets_go_on_after) {
  Pair scene;
  const BodyState body = scene.body(kAnn);
  const BlockPlace place{MapId{0}, {(body.x_q8 >> 8) + 3, body.y_q8 >> 8}, Layer::active};
  scene.steps(20);
  for (std::uint16_t id = 1; id <= 9; ++id) scene.act(kAnn, BreakBlock{id, place});
  scene.step();
  ASSERT_EQ(scene.told(kAnn).results.size(), 9u);
  EXPECT_EQ(scene.told(kAnn).results[7].refusal, Refusal::nothing_there) << "a burst of eight";
  EXPECT_EQ(scene.told(kAnn).results[8].refusal, Refusal::too_fast);
  int done = 0;
  for (std::uint16_t i = 0; i < 200; ++i) {  // ten seconds of asking in every tick
    scene.act(kAnn, BreakBlock{static_cast<std::uint16_t>(i + 10), place});
    scene.step();
    done += scene.told(kAnn).results.back().refusal == Refusal::too_fast ? 0 : 1;
  }
  EXPECT_NEAR(done, 80, 1);
}

TEST(Node_core, Pushes_who_stands_before_him_and_says_what_became_of_it) {
  Pair scene;
  const BodyState ann = scene.body(kAnn), bob = scene.body(kBob);
  const std::uint8_t towards = heading_of(bob.x_q8 - ann.x_q8, bob.y_q8 - ann.y_q8);
  const auto aim = static_cast<std::uint16_t>(towards * 16);
  scene.steps(20);

  scene.input(kAnn, {.buttons = kButtonPush, .aim = static_cast<std::uint16_t>((aim + 2048) % 4096)});
  scene.step();
  ASSERT_EQ(scene.told(kAnn).pushes.size(), 1u);
  EXPECT_EQ(scene.told(kAnn).pushes[0].refusal, Refusal::nobody_in_reach) << "he stands behind";
  EXPECT_EQ(scene.body(kBob), bob);

  scene.input(kAnn, {.buttons = kButtonPush, .aim = aim});
  scene.step();
  ASSERT_EQ(scene.told(kAnn).pushes.size(), 2u);
  EXPECT_EQ(scene.told(kAnn).pushes[1].refusal, Refusal::cooling_down);

  for (int i = 0; i < kPushCooldownTicks; ++i) {
    scene.input(kAnn, {});
    scene.input(kBob, {});
    scene.step();
  }
  scene.input(kAnn, {.buttons = kButtonPush, .aim = aim});
  scene.input(kBob, {});
  scene.step();
  ASSERT_EQ(scene.told(kAnn).pushes.size(), 3u);
  EXPECT_EQ(scene.told(kAnn).pushes[2].refusal, Refusal::none);
  EXPECT_EQ(scene.body(kBob).push_ticks, kPushTicks);
  EXPECT_EQ(scene.body(kBob).heading, towards);
  EXPECT_EQ(scene.told(kBob).snapshot.head.cause_age, 0);
  EXPECT_TRUE(scene.told(kBob).snapshot.head.own_full);
  EXPECT_TRUE(scene.hashes_agree());
  for (int i = 0; i < 6; ++i) {
    scene.step();
    EXPECT_TRUE(scene.hashes_agree()) << i;
  }
  const BodyState after = scene.body(kBob);
  const double moved_q8 = std::hypot(after.x_q8 - bob.x_q8, after.y_q8 - bob.y_q8);
  EXPECT_NEAR(moved_q8, kPushTicks * kPushSpeed_q8, 4);
}

TEST(Node_core, Keeps_the_body_of_a_silent_player_for_a_while) {
  Pair scene;
  const EntityId bob = *scene.core.entity_of(kBob);
  scene.close(kBob, Reason::timeout);
  scene.steps(39);
  EXPECT_NE(scene.core.world().entities.row(bob), kNoRow);
  EXPECT_EQ(scene.core.counters().link_dead, 1u);
  scene.steps(3);
  EXPECT_EQ(scene.core.world().entities.row(bob), kNoRow);
  EXPECT_EQ(scene.core.counters().link_dead, 0u);
  EXPECT_FALSE(scene.told(kAnn).seen.contains(bob)) << "others are told";
  EXPECT_TRUE(scene.hashes_agree());
}

TEST(Node_core, Takes_the_body_of_who_says_goodbye_at_once) {
  Pair scene;
  const EntityId bob = *scene.core.entity_of(kBob);
  scene.act(kBob, BreakBlock{1, {MapId{0}, {48, 48}, Layer::active}});
  scene.close(kBob, Reason::bye);
  scene.step();
  EXPECT_EQ(scene.core.world().entities.row(bob), kNoRow);
  EXPECT_TRUE(scene.hashes_agree());
}

TEST(Node_core, Gives_a_link_dead_body_back_to_its_player) {
  Pair scene;
  const EntityId bob = *scene.core.entity_of(kBob);
  const BodyState body = scene.body(kBob);
  scene.close(kBob, Reason::timeout);
  scene.steps(10);
  const SessionId again = Scene::session(2, 2);
  scene.open(again, 2);
  scene.step();
  EXPECT_EQ(scene.core.entity_of(again), bob);
  EXPECT_EQ(scene.body(again), body);
  ASSERT_TRUE(scene.told(again).info);
  EXPECT_EQ(scene.told(again).info->self, bob);
  scene.steps(60);
  EXPECT_EQ(scene.core.entity_of(again), bob) << "no longer counted as link-dead";
}

TEST(Node_core, Lets_a_second_login_take_the_body_over_and_closes_the_first) {
  Pair scene;
  const EntityId ann = *scene.core.entity_of(kAnn);
  const SessionId second = Scene::session(3);
  scene.open(second, 1);
  scene.step();
  EXPECT_EQ(scene.told(kAnn).closed, Reason::epoch);
  EXPECT_EQ(scene.core.entity_of(second), ann);
  EXPECT_EQ(scene.core.entity_of(kAnn), std::nullopt);
  scene.input(kAnn, kEast);  // what was still under way from the first changes nothing
  scene.act(kAnn, BreakBlock{1, {MapId{0}, {48, 48}, Layer::floor}});
  scene.close(kAnn, Reason::epoch);
  const BodyState body = scene.body(second);
  scene.steps(3);
  EXPECT_EQ(scene.core.entity_of(second), ann);
  EXPECT_EQ(scene.body(second), body);
  EXPECT_TRUE(scene.told(kAnn).results.empty());
}

TEST(Node_core, Closes_who_sends_nonsense) {
  Pair scene;
  const std::uint8_t nonsense[] = {0xEE, 1, 2};
  for (int i = 0; i < 7; ++i) scene.message(kAnn, i % 2 == 0 ? Lane::action : Lane::system, nonsense);
  scene.step();
  EXPECT_EQ(scene.told(kAnn).closed, Reason::none);
  const std::uint8_t empty[] = {0};
  scene.message(kAnn, Lane::input, empty);
  scene.step();
  EXPECT_EQ(scene.told(kAnn).closed, Reason::malformed);
  EXPECT_EQ(scene.core.counters().messages_malformed, 8u);
  EXPECT_EQ(scene.core.counters().inputs_malformed, 1u);
}

TEST(Node_core, Shows_the_stop_notice_to_everybody) {
  Pair scene;
  scene.step("the node stops");
  for (const SessionId session : {kAnn, kBob}) EXPECT_EQ(scene.told(session).notices, std::vector<std::string>{"the node stops"});
}

TEST(Node_core, Takes_the_longest_link_dead_body_away_when_there_is_no_room) {
  NodeCoreSettings settings = scene_settings();
  settings.max_players = 1;  // so at most two bodies
  settings.link_dead_s = 100;
  Scene scene(settings);
  for (std::uint16_t i = 1; i <= 3; ++i) {
    scene.open(Scene::session(i), i);
    scene.step();
    if (i < 3) scene.close(Scene::session(i), Reason::timeout);
    scene.step();
  }
  EXPECT_EQ(scene.core.world().entities.size(), 2u);
  EXPECT_TRUE(scene.core.entity_of(Scene::session(3)));
  scene.open(Scene::session(4), 2);  // the younger of the two is still there
  scene.step();
  EXPECT_EQ(scene.core.counters().entities, 2u);
  EXPECT_TRUE(scene.hashes_agree());
}

TEST(Node_core, Refuses_a_player_when_there_is_no_ground_far_and_wide) {
  NodeCoreSettings settings = scene_settings();
  settings.spawn = {5000, 5000};
  Scene scene(settings);
  scene.open(kAnn, 1);
  scene.step();
  EXPECT_EQ(scene.told(kAnn).closed, Reason::full);
  EXPECT_EQ(scene.core.entity_of(kAnn), std::nullopt);
}

TEST(Node_core, Skips_the_snapshot_of_a_session_without_room) {
  Pair scene;
  const std::size_t before = scene.told(kAnn).snapshots;
  scene.room.snapshot_bytes = 100;
  scene.steps(3);
  EXPECT_EQ(scene.told(kAnn).snapshots, before);
  EXPECT_EQ(scene.core.counters().snapshots_skipped, 6u);
  scene.room.snapshot_bytes = 200;
  scene.step();
  EXPECT_EQ(scene.told(kAnn).snapshots, before + 1);
}

TEST(Node_core, Runs_alike_from_the_same_inputs) {
  const auto run = [] {
    Pair scene;
    SeededChance chance(5);
    for (int i = 0; i < 200; ++i) {
      for (const SessionId session : {kAnn, kBob}) {
        Input input{.heading = static_cast<std::uint8_t>(chance.below(256)), .gait = static_cast<Gait>(chance.below(4))};
        if (chance.below(10) == 0) input.buttons = kButtonPush;
        if (chance.below(10) != 0) scene.input(session, input);
        const BodyState body = scene.body(session);
        const BlockPlace place{
            MapId{0}, {(body.x_q8 >> 8) + static_cast<std::int32_t>(chance.below(9)) - 4, (body.y_q8 >> 8) + 1}, Layer::active};
        if (chance.below(4) == 0) scene.act(session, PlaceBlock{1, place, chance.below(2) == 0 ? kRock : kBush});
      }
      scene.step();
      EXPECT_TRUE(scene.hashes_agree()) << i;
    }
    return state_hash(scene.core.world());
  };
  EXPECT_EQ(run(), run());
}

TEST(Interest, Keeps_showing_somebody_eight_blocks_past_the_edge_of_the_view) {
  Pair scene;
  const EntityId ann = *scene.core.entity_of(kAnn);
  std::int32_t farthest_seen = 0, gone_at = 0;
  const std::int32_t from = scene.body(kBob).x_q8;
  for (int i = 0; i < 160 && gone_at == 0; ++i) {
    scene.input(kAnn, kEast);
    scene.step();
    const std::int32_t away = (scene.body(kAnn).x_q8 - from) / 256;
    if (scene.told(kBob).seen.contains(ann))
      farthest_seen = away;
    else
      gone_at = away;
  }
  EXPECT_EQ(farthest_seen, 39);
  EXPECT_EQ(gone_at, 40);
  for (int i = 0; i < 60 && !scene.told(kBob).seen.contains(ann); ++i) {
    scene.input(kAnn, {.heading = 128, .gait = Gait::run});
    scene.step();
  }
  EXPECT_EQ((scene.body(kAnn).x_q8 - from) / 256, 31) << "back again only inside the view";
}

TEST(Interest, Shows_the_nearest_when_more_are_in_view_than_it_may_show) {
  constexpr std::uint16_t kNearest = 4, kPlayers = 8;
  constexpr std::size_t kStays = 5;    // up to rank 1.25 k
  constexpr int kStaysFor_ticks = 20;  // or for the rest of a second
  NodeCoreSettings settings = scene_settings();
  settings.nearest = kNearest;
  Scene scene(settings);
  for (std::uint16_t i = 1; i <= kPlayers; ++i) scene.open(Scene::session(i), i);
  scene.step();
  std::map<EntityId, int> shown_since;
  int came = 0, went = 0;
  for (int tick = 0; tick < 400; ++tick) {
    for (std::uint16_t i = 2; i <= kPlayers; ++i)  // the others walk around ann, each in a square of its own size
      scene.input(Scene::session(i), {.heading = static_cast<std::uint8_t>(32 * i + 64 * (tick / (10 + 4 * i))), .gait = Gait::run});
    scene.step();
    std::vector<std::pair<std::int64_t, EntityId>> by_distance;
    for (std::uint16_t i = 2; i <= kPlayers; ++i) {
      const std::int64_t dx = scene.body(Scene::session(i)).x_q8 - scene.body(kAnn).x_q8,
                         dy = scene.body(Scene::session(i)).y_q8 - scene.body(kAnn).y_q8;
      by_distance.emplace_back(dx * dx + dy * dy, *scene.core.entity_of(Scene::session(i)));
    }
    std::ranges::sort(by_distance);
    for (std::size_t rank = 0; rank < by_distance.size(); ++rank) {
      const auto [distance, id] = by_distance[rank];
      const bool shown = scene.told(kAnn).seen.contains(id);
      const bool must = rank < kNearest && distance < by_distance[kNearest].first;
      EXPECT_TRUE(shown || !must) << "rank " << rank << ", tick " << tick;
      if (shown) {
        came += shown_since.contains(id) ? 0 : 1;
        const int since = shown_since.try_emplace(id, tick).first->second;
        const bool stays = distance <= by_distance[kStays - 1].first || tick - since < kStaysFor_ticks;
        EXPECT_TRUE(stays) << "rank " << rank << ", tick " << tick << ", shown since " << since;
      } else {
        went += static_cast<int>(shown_since.erase(id));
      }
    }
  }
  EXPECT_GT(came, kNearest + 4) << "else nobody changed places and the test says nothing";
  EXPECT_GT(went, 4);
}

}  // namespace
}  // namespace meridian
