#include "world/chunk/noise.hpp"

#include <algorithm>
#include <cstdlib>
#include <gtest/gtest.h>

namespace meridian {
namespace {

TEST(Noise, Stays_in_its_documented_range_around_zero) {
  for (const int period_log2 : {1, 4, 6, 8, 12}) {
    std::int64_t sum = 0;
    std::int32_t least = 0, greatest = 0;
    Noise noise(77, period_log2);
    const std::int32_t stride = std::max((1 << period_log2) / 5, 1);
    for (std::int32_t y = -100; y < 100; ++y) {
      for (std::int32_t x = -100; x < 100; ++x) {
        const std::int32_t n = noise.at(x * stride, y * stride);
        sum += n;
        least = std::min(least, n);
        greatest = std::max(greatest, n);
      }
    }
    EXPECT_LT(std::abs(sum / 40'000), 700) << period_log2;
    EXPECT_LT(greatest, 36'000) << period_log2;
    EXPECT_GT(least, -36'000) << period_log2;
    EXPECT_GT(greatest - least, 20'000) << period_log2;
  }
}

TEST(Noise, Is_smooth_at_every_lattice_line_and_below_zero) {
  Noise noise(5, 8);
  for (std::int32_t x = -3 * 256; x < 3 * 256; ++x) {
    for (const std::int32_t y : {-300, -1, 0, 17}) {
      EXPECT_LT(std::abs(noise.at(x + 1, y) - noise.at(x, y)), 700) << x << "," << y;
      EXPECT_LT(std::abs(noise.at(y, x + 1) - noise.at(y, x)), 700) << y << "," << x;
    }
  }
}

TEST(Noise, Differs_by_key_and_is_pinned) {
  EXPECT_EQ(place_hash(1, -2, 3), 3496554039535016459u);
  EXPECT_EQ(Noise(1, 6).at(-20, 30), -7'162);
  EXPECT_EQ(LayeredNoise(1, 6, 4).at(-20, 30), -1'445);
  EXPECT_NE(Noise(1, 6).at(-20, 30), Noise(2, 6).at(-20, 30));
  EXPECT_EQ(Noise(1, 12).at(INT32_MIN, INT32_MAX), -2) << "the ends of the world overflow nothing";
}

TEST(Noise, Says_the_same_whatever_it_was_asked_before) {
  Noise walks(9, 4);
  for (const std::int32_t x : {0, 1, 40, 15, 16, -1, -17, 40, 1'000'000, 0}) EXPECT_EQ(walks.at(x, -x), Noise(9, 4).at(x, -x)) << x;
}

}  // namespace
}  // namespace meridian
