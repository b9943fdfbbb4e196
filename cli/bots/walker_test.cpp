#include "cli/bots/walker.hpp"

#include <gtest/gtest.h>
#include <set>

#include "world/motion/movement.hpp"

namespace meridian {
namespace {

constexpr BlockId kGrass{1}, kWall{2}, kRock{3};

BlockKinds test_kinds() {
  BlockKind grass, wall, rock;
  grass.name = "grass", grass.layer = Layer::floor;
  wall.name = "wall", wall.solid = true, wall.placeable = true, wall.breakable = true;
  rock.name = "rock", rock.solid = true;
  return BlockKinds({grass, wall, rock});
}

// A field of 4 x 4 chunks of grass with a wall of rock at x = 64, and a bot in its middle.
struct Field {
  BlockKinds kinds = test_kinds();
  Chunks chunks;
  BodyState body;
  Field() {
    for (std::int32_t y = 0; y < 4; ++y)
      for (std::int32_t x = 0; x < 4; ++x) chunks.load({MapId{}, x, y}).cells[0].fill(kGrass);
    for (std::int32_t y = 0; y < 128; ++y) chunks.write({MapId{}, {64, y}, Layer::active}, kRock);
    body.x_q8 = 60 * 256 + 128, body.y_q8 = 60 * 256 + 128;
  }
  WalkerIntent tick(Walker& walker) {
    const WalkerIntent intent = walker.tick({body, chunks, kinds, MapId{}});
    step_body(body, intent.input, chunks, kinds, MapId{});
    return intent;
  }
};

TEST(Walker, Turns_about_once_in_its_period_and_uses_all_headings) {
  Field field;
  Walker walker({.turn_ticks = 20, .build_ticks = 0, .push_ticks = 0}, field.kinds, 1);
  std::set<std::uint8_t> headings;
  int turns = 0;
  Input last;
  for (int i = 0; i < 20'000; ++i) {
    field.body.x_q8 = 30 * 256 + (i & 1) * 64;  // held in the open, yet never stuck
    field.body.y_q8 = 60 * 256;
    const Input now = field.tick(walker).input;
    turns += now.heading != last.heading;
    headings.insert(now.heading);
    last = now;
  }
  EXPECT_GT(turns, 850);
  EXPECT_LT(turns, 1'100);
  EXPECT_GT(headings.size(), 200u);
}

TEST(Walker, Walks_along_a_wall_it_ran_into_instead_of_standing_there) {
  int ticks_at_wall = 0, moved_at_wall = 0;
  std::uint64_t ticks_along = 0;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    Field field;
    field.body.x_q8 = 64 * 256 - kBodyHalfSide_q8 - 20;
    Walker walker({.turn_ticks = 20, .build_ticks = 0, .push_ticks = 0}, field.kinds, seed);
    for (int i = 0; i < 400; ++i) {
      const std::int32_t y_before = field.body.y_q8;
      field.tick(walker);
      if (field.body.x_q8 != 64 * 256 - kBodyHalfSide_q8) continue;
      ++ticks_at_wall;
      moved_at_wall += field.body.y_q8 != y_before;
    }
    ticks_along += walker.ticks_along_walls();
  }
  EXPECT_GT(ticks_at_wall, 300);
  EXPECT_GT(moved_at_wall * 2, ticks_at_wall);  // most of them sliding
  // The bot counts what it is about to do, of the ticks in which it got on: about the same.
  EXPECT_GT(ticks_along * 2, static_cast<std::uint64_t>(moved_at_wall));
  EXPECT_LT(ticks_along, static_cast<std::uint64_t>(2 * moved_at_wall));
}

TEST(Walker, Builds_only_on_free_ground_beside_itself_and_breaks_only_what_may_be_broken) {
  Field field;
  Walker walker({.turn_ticks = 20, .build_ticks = 5, .push_ticks = 0}, field.kinds, 3);
  int placed = 0, broken = 0;
  for (int i = 0; i < 4'000; ++i) {
    const BodyState before = field.body;
    const WalkerIntent intent = field.tick(walker);
    if (!intent.build) continue;
    const BlockId there = field.chunks.block(MapId{}, intent.build->at, Layer::active);
    if (intent.block == kAir) {
      EXPECT_EQ(there, kWall);
      ++broken;
    } else {
      EXPECT_EQ(there, kAir);
      EXPECT_EQ(intent.block, kWall);
      EXPECT_FALSE(body_touches(before, intent.build->at));
      ++placed;
    }
    field.chunks.write(*intent.build, intent.block);
  }
  EXPECT_GT(placed, 100);
  EXPECT_GT(broken, 20);
}

TEST(Walker, Pushes_about_once_in_its_period_or_never) {
  Field field;
  Walker often({.turn_ticks = 20, .build_ticks = 0, .push_ticks = 50}, field.kinds, 3);
  Walker never({.turn_ticks = 20, .build_ticks = 0, .push_ticks = 0}, field.kinds, 3);
  int pushes = 0;
  for (int i = 0; i < 5'000; ++i) {
    pushes += field.tick(often).push;
    EXPECT_FALSE(field.tick(never).push);
  }
  EXPECT_GT(pushes, 80);
  EXPECT_LT(pushes, 125);
}

TEST(Walker, The_same_seed_walks_the_same_way_and_another_does_not) {
  const auto path = [](std::uint64_t seed) {
    Field field;
    Walker walker({}, field.kinds, seed);
    std::vector<std::int32_t> places;
    for (int i = 0; i < 500; ++i) {
      field.tick(walker);
      places.push_back(field.body.x_q8);
      places.push_back(field.body.y_q8);
    }
    return places;
  };
  EXPECT_EQ(path(9), path(9));
  EXPECT_NE(path(9), path(10));
}

}  // namespace
}  // namespace meridian
