#include "netchannel/prediction/easing.hpp"

#include <cmath>
#include <gtest/gtest.h>

namespace meridian {
namespace {

struct EasingCase {
  const char* name;
  std::uint16_t setting_ms;
  PlaceBlocks before, after;
  bool teleport;
  double lasts_ms;  // 0 = cut
};

TEST(Easing, Lasts_by_setting_and_distance_and_cuts_beyond_two_blocks) {
  const EasingCase cases[] = {
      {"a quarter block", 150, {10, 5}, {10.25, 5}, false, 162.5},
      {"a block, along y", 150, {10, 5}, {10, 6}, false, 200},
      {"two blocks are still eased, at most 250 ms", 150, {10, 5}, {12, 5}, false, 250},
      {"more than two are cut", 150, {10, 5}, {12.01, 5}, false, 0},
      {"a teleport is cut", 150, {10, 5}, {10.1, 5}, true, 0},
      {"the quickest setting", 10, {10, 5}, {11, 5}, false, 110},
      {"the smoothest setting", 900, {10, 5}, {11, 5}, false, 300},
  };
  for (const EasingCase& row : cases) {
    Easing easing(row.setting_ms);
    easing.corrected(row.before, row.after, row.teleport, 1'000'000);
    const PlaceBlocks at_once = easing.shown(row.after, 1'000'000);
    if (row.lasts_ms == 0) {
      EXPECT_EQ(at_once, row.after) << row.name;
      continue;
    }
    EXPECT_DOUBLE_EQ(at_once.x, row.before.x) << row.name << ": nothing jumps";
    EXPECT_DOUBLE_EQ(at_once.y, row.before.y) << row.name;
    const PlaceBlocks later = easing.shown(row.after, 1'000'000 + static_cast<std::int64_t>(row.lasts_ms * 1000));
    EXPECT_NEAR(distance_blocks(later, row.after), distance_blocks(row.before, row.after) * std::exp(-3.0), 1e-9) << row.name;
    EXPECT_NEAR(distance_blocks(easing.shown(row.after, 3'000'000), row.after), 0, 1e-8) << row.name;
  }
}

TEST(Easing, A_correction_within_a_correction_starts_from_what_is_shown) {
  Easing easing;
  easing.corrected({10, 5}, {11, 5}, false, 0);
  const PlaceBlocks shown = easing.shown({11, 5}, 50'000);
  easing.corrected(shown, {10.5, 5}, false, 50'000);
  EXPECT_DOUBLE_EQ(easing.shown({10.5, 5}, 50'000).x, shown.x);
}

}  // namespace
}  // namespace meridian
