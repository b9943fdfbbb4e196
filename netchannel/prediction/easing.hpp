// How a correction is shown (`netcode.md` 8.3): the body is where the rules say at once, the picture follows. Shown = true + offset; at a
// correction the offset takes up the difference, so nothing jumps, and dies away as e^(-3t/T), T = 150 ms + 50 ms a block, at most 250 ms.
// More than 2 blocks, or a teleport, is cut. For eyes only: no rule reads an eased place.
#pragma once

#include <cstdint>

namespace meridian {

struct PlaceBlocks {
  double x = 0, y = 0;
  friend bool operator==(const PlaceBlocks&, const PlaceBlocks&) = default;
};
double distance_blocks(PlaceBlocks a, PlaceBlocks b);

inline constexpr std::uint16_t kLeastEasing_ms = 60, kMostEasing_ms = 300;  // the player's setting between quick and smooth
inline constexpr double kCutBlocks = 2;

class Easing {
 public:
  // `setting_ms` = T for a small correction; held within 60-300.
  explicit Easing(std::uint16_t setting_ms = 150);

  PlaceBlocks shown(PlaceBlocks truth, std::int64_t now_us) const;
  // The truth moved from under what was shown.
  void corrected(PlaceBlocks shown_before, PlaceBlocks true_after, bool teleport, std::int64_t now_us);
  void cut() { offset_ = {}; }

 private:
  double setting_us_, lasts_us_ = 1;
  PlaceBlocks offset_{};
  std::int64_t since_us_ = 0;
};

}  // namespace meridian
