// The written table against libm once, here and nowhere in the rule.
#include <cmath>
#include <gtest/gtest.h>
#include <numbers>

#include "world/motion/movement.hpp"

namespace meridian {
namespace {

TEST(Directions, Are_the_rounded_circle_scaled_2_to_14) {
  for (std::size_t i = 0; i < 256; ++i) {
    const double angle = static_cast<double>(i) * 2 * std::numbers::pi / 256;
    EXPECT_EQ(kDirections[i].x, std::lround(std::cos(angle) * 16384)) << i;
    EXPECT_EQ(kDirections[i].y, std::lround(std::sin(angle) * 16384)) << i;
  }
}

TEST(Directions, Mirror_and_turn_exactly) {
  for (std::size_t i = 0; i < 256; ++i) {
    const Direction d = kDirections[i];
    const Direction quarter = kDirections[(i + 64) % 256], back = kDirections[(i + 128) % 256], mirrored = kDirections[(256 - i) % 256];
    EXPECT_TRUE(quarter.x == -d.y && quarter.y == d.x) << i;
    EXPECT_TRUE(back.x == -d.x && back.y == -d.y) << i;
    EXPECT_TRUE(mirrored.x == d.x && mirrored.y == -d.y) << i;
  }
}

TEST(Heading_of, Gives_back_each_heading_at_any_length) {
  for (int i = 0; i < 256; ++i) {
    const Direction d = kDirections[static_cast<std::size_t>(i)];
    EXPECT_EQ(heading_of(d.x, d.y), i);
    EXPECT_EQ(heading_of(d.x * 100'000, d.y * 100'000), i);
  }
}

TEST(Heading_of, Takes_the_nearest_heading) {
  for (std::int32_t dx = -60; dx <= 60; ++dx) {
    for (std::int32_t dy = -60; dy <= 60; ++dy) {
      if (dx == 0 && dy == 0) continue;
      const double exact = std::atan2(dy, dx) * 256 / (2 * std::numbers::pi);
      const double off = std::remainder(exact - heading_of(dx, dy), 256);
      EXPECT_LE(std::abs(off), 0.503) << dx << "," << dy;  // the table's own rounding moves the line between two headings by 0.003
    }
  }
}

TEST(Heading_of, Takes_any_32_bit_vector) {
  struct Case {
    std::int32_t dx, dy;
    int heading;
  };
  constexpr Case kCases[] = {
      {0, 0, 0},
      {1, 0, 0},
      {0, 1, 64},
      {-1, 0, 128},
      {0, -1, 192},
      {1, 1, 32},
      {INT32_MIN, 0, 128},
      {0, INT32_MIN, 192},
      {INT32_MAX, 1, 0},
      {INT32_MIN, INT32_MIN, 160},
      {INT32_MAX, INT32_MAX, 32},
      {INT32_MAX, -1, 0},
      {1, -100, 192},
      {100, -1, 0},
      {-100, 1, 128},
  };
  for (const Case& c : kCases) EXPECT_EQ(heading_of(c.dx, c.dy), c.heading) << c.dx << "," << c.dy;
}

}  // namespace
}  // namespace meridian
