#include "netchannel/prediction/interpolation.hpp"

#include <gtest/gtest.h>

#include "base/chance.hpp"

namespace meridian {
namespace {

constexpr std::int64_t kTick_us = 50'000;
constexpr std::int64_t kStart_us = 1'000'000'000;

struct DelayCase {
  const char* name;
  std::int64_t jitter_us;  // each snapshot this much later at the most, uniformly
  int lose_one_in;         // 0 = none
  double expected_ms, give_ms;
};

TEST(Interpolation, The_delay_is_a_tick_and_the_jitter_and_a_tick_for_loss) {
  const DelayCase cases[] = {
      {"a clean link", 0, 0, 50, 1},           {"20 ms of jitter", 20'000, 0, 69, 3},
      {"one in 20 lost", 0, 20, 100, 1},       {"one in 100 lost is nothing", 0, 100, 50, 1},
      {"jitter and loss", 40'000, 10, 138, 5}, {"at most 250 ms", 400'000, 10, 250, 1},
  };
  for (const DelayCase& row : cases) {
    SeededChance chance(3);
    ServerTime server;
    server.start(Tick{100}, kStart_us, kTick_us, 0);
    RenderDelay delay;
    std::int64_t now_us = kStart_us, last_render_us = 0;
    for (std::uint64_t i = 1; i <= 600; ++i) {
      const std::int64_t due_us = kStart_us + static_cast<std::int64_t>(i) * kTick_us;
      if (row.lose_one_in != 0 && i % static_cast<std::uint64_t>(row.lose_one_in) == 0) continue;
      now_us = due_us + (row.jitter_us == 0 ? 0 : static_cast<std::int64_t>(chance.below(static_cast<std::uint64_t>(row.jitter_us))));
      server.heard(Tick{100 + i}, now_us);
      delay.heard(Tick{100 + i}, now_us, server);
      const std::int64_t render_us = delay.render_us(due_us + 400'000, server);
      ASSERT_GE(render_us, last_render_us) << row.name << ": what is drawn never runs backwards";
      last_render_us = render_us;
    }
    EXPECT_NEAR(static_cast<double>(delay.target_us(now_us, server)) / 1000, row.expected_ms, row.give_ms) << row.name;
  }
}

TEST(Interpolation, The_delay_grows_by_five_and_shrinks_by_one_per_cent_of_real_time) {
  ServerTime server;
  server.start(Tick{100}, kStart_us, kTick_us, 0);
  RenderDelay delay;
  std::uint64_t tick = 100;
  std::int64_t now_us = kStart_us;
  const auto run = [&](int ticks, std::int64_t late_us) {
    for (int i = 0; i < ticks; ++i) {
      now_us += kTick_us;
      const std::int64_t arrival_us = now_us + (i % 2 == 0 ? late_us : 0);
      server.heard(Tick{++tick}, arrival_us);
      delay.heard(Tick{tick}, arrival_us, server);
      delay.render_us(now_us, server);
    }
    return delay.delay_us(now_us, server);
  };
  EXPECT_EQ(run(60, 0), 50'000);
  const std::int64_t starts_us = run(10, 100'000);  // five late of 60: the 95th percentile has moved
  EXPECT_NEAR(static_cast<double>(run(10, 100'000) - starts_us), 500'000 / 20, 1'000) << "half a second: 25 ms more";
  EXPECT_EQ(run(100, 100'000), 150'000);
  run(64, 0);  // the late ones leave the window
  const std::int64_t before_us = delay.delay_us(now_us, server);
  EXPECT_NEAR(static_cast<double>(before_us - run(20, 0)), 1'000'000 / 100, 1'000);
}

TEST(Interpolation, Who_looks_before_the_first_snapshot_does_not_make_the_delay_a_long_one) {
  ServerTime server;
  server.start(Tick{100}, kStart_us, kTick_us, 0);
  RenderDelay delay;
  for (std::int64_t t = 0; t < kTick_us; t += 5'000) EXPECT_EQ(delay.delay_us(kStart_us + t, server), 250'000);
  server.heard(Tick{101}, kStart_us + kTick_us);
  delay.heard(Tick{101}, kStart_us + kTick_us, server);
  EXPECT_EQ(delay.delay_us(kStart_us + kTick_us, server), 50'000);
}

// Grass from (0, 0) to (31, 31), a wall along x = 20.
class TrackTest : public testing::Test {
 protected:
  TrackTest() {
    Chunk& chunk = chunks_.load({MapId{0}, 0, 0});
    chunk.cells[0].fill(BlockId{1});
    for (int y = 0; y < 32; ++y) chunk.cells[1][static_cast<std::size_t>(y * 32 + 20)] = BlockId{2};
  }
  DrawnBody at(const EntityTrack& track, double tick) {
    return track.at(static_cast<std::int64_t>(tick * kTick_us), kTick_us, {chunks_, kinds_, MapId{0}});
  }
  static TrackPoint point(std::uint64_t tick, double x, double y, std::uint8_t speed = 51) {
    return {.tick = Tick{tick},
            .x_q8 = static_cast<std::int32_t>(x * 256),
            .y_q8 = static_cast<std::int32_t>(y * 256),
            .heading = 0,
            .speed = speed};
  }
  BlockKinds kinds_{{{.name = "grass", .layer = Layer::floor}, {.name = "wall", .layer = Layer::active, .solid = true}}};
  Chunks chunks_;
};

TEST_F(TrackTest, Is_drawn_between_the_places_told) {
  EntityTrack track;
  track.add(point(100, 5, 5));
  track.add(point(101, 5.2, 5));
  track.add(point(104, 5.2, 5.6));
  track.add(point(103, 9, 9));  // late: not taken
  struct Row {
    double tick, x, y;
  };
  for (const Row& row : {Row{100, 5, 5}, {100.5, 5.1, 5}, {101, 5.2, 5}, {102.5, 5.2, 5.3}, {99, 5, 5}}) {
    EXPECT_NEAR(at(track, row.tick).place.x, row.x, 0.01) << row.tick;
    EXPECT_NEAR(at(track, row.tick).place.y, row.y, 0.01) << row.tick;
  }
}

TEST_F(TrackTest, Goes_on_for_250_ms_with_collision_and_then_holds) {
  EntityTrack track;
  track.add(point(100, 5, 5));
  EXPECT_NEAR(at(track, 100.5).place.x, 5 + 51.0 / 512, 0.001);
  EXPECT_NEAR(at(track, 103).place.x, 5 + 3 * 51.0 / 256, 0.001);
  EXPECT_NEAR(at(track, 105).place.x, 5 + 5 * 51.0 / 256, 0.001);
  EXPECT_EQ(at(track, 130).place, at(track, 105).place) << "holds";
  EntityTrack at_wall;
  at_wall.add(point(100, 19.5, 5));
  EXPECT_NEAR(at(at_wall, 105).place.x, 20 - 96.0 / 256, 0.001) << "flush";
  EntityTrack standing;
  standing.add(point(100, 5, 5, 0));
  EXPECT_EQ(at(standing, 105).place.x, 5);
}

TEST_F(TrackTest, Who_stood_in_silence_starts_a_tick_before_the_node_speaks_of_him_again) {
  EntityTrack track;
  track.add(point(100, 5, 5, 0));
  track.add(point(140, 5.2, 5));
  track.add(point(141, 5.4, 5));
  struct Row {
    double tick, x;
  };
  for (const Row& row : {Row{101, 5}, {139, 5}, {139.5, 5.1}, {140, 5.2}, {140.5, 5.3}})
    EXPECT_NEAR(at(track, row.tick).place.x, row.x, 0.01) << row.tick;
  EntityTrack at_once;
  at_once.add(point(100, 5, 5, 0));
  at_once.add(point(101, 5.2, 5));
  EXPECT_NEAR(at(at_once, 100.5).place.x, 5.1, 0.01);
}

TEST_F(TrackTest, A_place_farther_than_the_rules_reach_holds_still) {
  for (const std::int32_t far_q8 : {kFarthest_q8 + 16, ((1 << 27) - 1) * 16, -((1 << 27) - 1) * 16}) {
    for (int heading = 0; heading < 256; heading += 64) {
      EntityTrack track;
      track.add({.tick = Tick{100}, .x_q8 = far_q8, .y_q8 = -far_q8, .heading = static_cast<std::uint8_t>(heading), .speed = 51});
      EXPECT_EQ(at(track, 105).place.x, far_q8 / 256.0) << heading;
      EXPECT_EQ(at(track, 105).place.y, -far_q8 / 256.0) << heading;
    }
  }
}

TEST_F(TrackTest, A_step_of_more_than_three_blocks_is_cut) {
  EntityTrack track;
  track.add(point(100, 5, 5));
  track.add(point(101, 8.1, 5));
  EXPECT_EQ(at(track, 100.9).place.x, 5);
  EXPECT_NEAR(at(track, 101).place.x, 8.1, 0.01);
}

TEST_F(TrackTest, Keeps_enough_of_the_past_for_the_longest_delay) {
  EntityTrack track;
  for (std::uint64_t tick = 100; tick < 200; ++tick) track.add(point(tick, 5 + 0.01 * static_cast<double>(tick - 100), 5));
  EXPECT_NEAR(at(track, 190.5).place.x, 5.905, 0.01);
  EXPECT_EQ(track.newest().tick.value, 199u);
}

}  // namespace
}  // namespace meridian
