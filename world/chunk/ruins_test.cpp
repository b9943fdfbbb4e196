#include "world/chunk/ruins.hpp"

#include <cstdlib>
#include <gtest/gtest.h>

namespace meridian {
namespace {

TEST(Ruins, Stand_whole_inside_their_square) {
  int halls = 0, towers = 0, none = 0;
  for (std::int32_t square_y = -10; square_y < 10; ++square_y) {
    for (std::int32_t square_x = -10; square_x < 10; ++square_x) {
      const BlockCoord corner{square_x * kRuinSpacing, square_y * kRuinSpacing};
      const auto ruin = ruin_near(3, corner);
      if (!ruin) {
        ++none;
        continue;
      }
      ++(ruin->round ? towers : halls);
      EXPECT_GE(ruin->centre.x - ruin->half_width, corner.x);
      EXPECT_GE(ruin->centre.y - ruin->half_height, corner.y);
      EXPECT_LT(ruin->centre.x + ruin->half_width, corner.x + kRuinSpacing);
      EXPECT_LT(ruin->centre.y + ruin->half_height, corner.y + kRuinSpacing);
      const auto same = ruin_near(3, {corner.x + kRuinSpacing - 1, corner.y + kRuinSpacing - 1});
      ASSERT_TRUE(same) << "every place of a square names the same ruin";
      EXPECT_EQ(same->centre, ruin->centre);
      EXPECT_EQ(same->key, ruin->key);
    }
  }
  EXPECT_GT(halls, 60);
  EXPECT_GT(towers, 30);
  EXPECT_GT(none, 150);
}

TEST(Ruins, Have_walls_a_floor_and_a_gate_two_wide) {
  int seen = 0;
  for (std::int32_t square = 0; square < 60; ++square) {
    const auto ruin = ruin_near(9, {square * kRuinSpacing, 0});
    if (!ruin) continue;
    ++seen;
    int walls = 0, floors = 0, outside = 0, gate = 0;
    for (std::int32_t dy = -12; dy <= 12; ++dy) {
      for (std::int32_t dx = -12; dx <= 12; ++dx) {
        const RuinPart part = ruin_part(*ruin, {ruin->centre.x + dx, ruin->centre.y + dy});
        walls += part == RuinPart::wall;
        floors += part == RuinPart::planks || part == RuinPart::stone;
        outside += part != RuinPart::none && (std::abs(dx) > ruin->half_width || std::abs(dy) > ruin->half_height);
        gate += (dx == 0 || dx == 1) && std::abs(dy) == ruin->half_height && part == RuinPart::stone;
      }
    }
    EXPECT_GE(walls, 8) << square;
    EXPECT_GE(floors, 10) << square;
    EXPECT_EQ(outside, 0) << square;
    EXPECT_GE(gate, 2) << square;
  }
  EXPECT_GT(seen, 15);
}

}  // namespace
}  // namespace meridian
