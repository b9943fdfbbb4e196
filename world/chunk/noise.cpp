#include "world/chunk/noise.hpp"

namespace meridian {
namespace {

constexpr std::int32_t kOne_q12 = 1 << 12;

std::uint64_t finalise(std::uint64_t z) {
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return z ^ (z >> 31);
}

// How much a lattice corner adds at the offset (dx, dy) from it: the dot product with the corner's own slope.
std::int32_t slope_at(std::uint64_t key, std::int32_t corner_x, std::int32_t corner_y, std::int32_t dx_q12, std::int32_t dy_q12) {
  const std::uint64_t hash = place_hash(key, corner_x, corner_y);
  const auto slope_x = static_cast<std::int32_t>(hash & 0xFF) - 128, slope_y = static_cast<std::int32_t>((hash >> 8) & 0xFF) - 128;
  return (slope_x * dx_q12 + slope_y * dy_q12) >> 4;  // at most 2 x 128 x 4,096 / 16 = 65,536
}

std::int32_t eased(std::int32_t t_q12) {  // 3t^2 - 2t^3
  const std::int64_t t = t_q12;
  return static_cast<std::int32_t>((t * t * (3 * kOne_q12 - 2 * t)) >> 24);
}

std::int32_t between(std::int32_t a, std::int32_t b, std::int32_t t_q12) {
  return a + static_cast<std::int32_t>((std::int64_t{b - a} * t_q12) >> 12);
}

}  // namespace

std::uint64_t place_hash(std::uint64_t key, std::int32_t x, std::int32_t y) {
  return finalise(key + static_cast<std::uint32_t>(x) * 0x9E3779B97F4A7C15u + static_cast<std::uint32_t>(y) * 0xC2B2AE3D27D4EB4Fu);
}

std::int32_t noise(std::uint64_t key, std::int32_t x, std::int32_t y, int period_log2) {
  // Gradient noise is 0 on its lattice; shifted by the key, so that the zeros of several layers do not meet on chunk corners.
  const std::uint32_t mask = (1u << period_log2) - 1;
  const auto sx = static_cast<std::int32_t>(static_cast<std::uint32_t>(x) + (static_cast<std::uint32_t>(key) & mask));
  const auto sy = static_cast<std::int32_t>(static_cast<std::uint32_t>(y) + (static_cast<std::uint32_t>(key >> 32) & mask));
  const std::int32_t left = sx >> period_log2, top = sy >> period_log2;
  const std::int32_t u = static_cast<std::int32_t>((static_cast<std::uint32_t>(sx) & mask) << 12) >> period_log2;
  const std::int32_t v = static_cast<std::int32_t>((static_cast<std::uint32_t>(sy) & mask) << 12) >> period_log2;
  const std::int32_t upper = between(slope_at(key, left, top, u, v), slope_at(key, left + 1, top, u - kOne_q12, v), eased(u));
  const std::int32_t lower =
      between(slope_at(key, left, top + 1, u, v - kOne_q12), slope_at(key, left + 1, top + 1, u - kOne_q12, v - kOne_q12), eased(u));
  return between(upper, lower, eased(v));
}

std::int32_t layered_noise(std::uint64_t key, std::int32_t x, std::int32_t y, int period_log2, int octaves) {
  std::int32_t sum = 0;
  for (int i = 0; i < octaves; ++i) sum += noise(finalise(key + static_cast<std::uint64_t>(i)), x, y, period_log2 - i) >> i;
  return sum;
}

}  // namespace meridian
