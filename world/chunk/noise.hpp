// Chance spread over the plane, for terrain: the same number for the same key and place on every compiler. Integers only.
#pragma once

#include <cstdint>

namespace meridian {

// A number for a place, mixed by SplitMix64's finaliser (Steele, Lea, Flood, OOPSLA 2014).
std::uint64_t place_hash(std::uint64_t key, std::int32_t x, std::int32_t y);

// Gradient noise (Perlin, SIGGRAPH 1985) in fixed point: smooth, 0 on average, about -20,000 to 20,000, hills about one period apart.
// Period = 2^period_log2 blocks, 1 to 12.
std::int32_t noise(std::uint64_t key, std::int32_t x, std::int32_t y, int period_log2);

// `octaves` of it, each with half the period and half the height of the one before; period_log2 >= octaves.
std::int32_t layered_noise(std::uint64_t key, std::int32_t x, std::int32_t y, int period_log2, int octaves);

}  // namespace meridian
