#include "netchannel/prediction/easing.hpp"

#include <algorithm>
#include <cmath>

namespace meridian {
namespace {

constexpr double kPerBlock_us = 50'000;
constexpr double kLongest_us = 250'000;  // a setting beyond it lasts as long as it says

}  // namespace

double distance_blocks(PlaceBlocks a, PlaceBlocks b) { return std::hypot(a.x - b.x, a.y - b.y); }

Easing::Easing(std::uint16_t setting_ms) : setting_us_(1000.0 * std::clamp(setting_ms, kLeastEasing_ms, kMostEasing_ms)) {}

PlaceBlocks Easing::shown(PlaceBlocks truth, std::int64_t now_us) const {
  if (offset_ == PlaceBlocks{}) return truth;
  const double left = std::exp(-3.0 * static_cast<double>(now_us - since_us_) / lasts_us_);
  return {truth.x + offset_.x * left, truth.y + offset_.y * left};
}

void Easing::corrected(PlaceBlocks shown_before, PlaceBlocks true_after, bool teleport, std::int64_t now_us) {
  const double blocks = distance_blocks(shown_before, true_after);
  if (teleport || blocks > kCutBlocks) return cut();
  offset_ = {shown_before.x - true_after.x, shown_before.y - true_after.y};
  lasts_us_ = std::min(setting_us_ + kPerBlock_us * blocks, std::max(kLongest_us, setting_us_));
  since_us_ = now_us;
}

}  // namespace meridian
