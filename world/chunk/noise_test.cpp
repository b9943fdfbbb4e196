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
    const std::int32_t stride = std::max((1 << period_log2) / 5, 1);
    for (std::int32_t y = -100; y < 100; ++y) {
      for (std::int32_t x = -100; x < 100; ++x) {
        const std::int32_t n = noise(77, x * stride, y * stride, period_log2);
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
  for (std::int32_t x = -3 * 256; x < 3 * 256; ++x) {
    for (const std::int32_t y : {-300, -1, 0, 17}) {
      EXPECT_LT(std::abs(noise(5, x + 1, y, 8) - noise(5, x, y, 8)), 700) << x << "," << y;
      EXPECT_LT(std::abs(noise(5, y, x + 1, 8) - noise(5, y, x, 8)), 700) << y << "," << x;
    }
  }
}

TEST(Noise, Differs_by_key_and_is_pinned) {
  EXPECT_EQ(place_hash(1, -2, 3), 3496554039535016459u);
  EXPECT_EQ(noise(1, -20, 30, 6), -7'162);
  EXPECT_EQ(layered_noise(1, -20, 30, 6, 4), -1'445);
  EXPECT_NE(noise(1, -20, 30, 6), noise(2, -20, 30, 6));
  EXPECT_EQ(noise(1, INT32_MIN, INT32_MAX, 12), -2) << "the ends of the world overflow nothing";
}

}  // namespace
}  // namespace meridian
