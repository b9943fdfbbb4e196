// Chance spread over the plane, for terrain: the same number for the same key and place on every compiler. Integers only.
#pragma once

#include <array>
#include <cstdint>

namespace meridian {

// A number for a place, mixed by SplitMix64's finaliser (Steele, Lea, Flood, OOPSLA 2014).
std::uint64_t place_hash(std::uint64_t key, std::int32_t x, std::int32_t y);

// Gradient noise (Perlin, SIGGRAPH 1985) in fixed point: smooth, 0 on average, about -20,000 to 20,000, hills about one period apart.
// Period = 2^period_log2 blocks, 1 to 12. Remembers the square of the lattice it was last asked about: ask neighbours one after the other.
class Noise {
 public:
  Noise() = default;
  Noise(std::uint64_t key, int period_log2) : key_(key), period_log2_(period_log2) {}
  std::int32_t at(std::int32_t x, std::int32_t y);

 private:
  struct Slope {
    std::int32_t x = 0, y = 0;
    std::int32_t rise(std::int32_t dx_q12, std::int32_t dy_q12) const;
  };
  void look_at(std::int32_t left, std::int32_t top);

  std::uint64_t key_ = 0;
  int period_log2_ = 1;
  bool looked_ = false;
  std::int32_t left_ = 0, top_ = 0;
  std::array<Slope, 4> corners_;  // left and right above, left and right below
};

// `octaves` (at most 6) of it, each with half the period and half the height of the one before; period_log2 >= octaves.
class LayeredNoise {
 public:
  LayeredNoise() = default;
  LayeredNoise(std::uint64_t key, int period_log2, int octaves);
  std::int32_t at(std::int32_t x, std::int32_t y);

 private:
  std::array<Noise, 6> layers_;
  int octaves_ = 0;
};

}  // namespace meridian
