#include "world/chunk/noise.hpp"

namespace meridian {
namespace {

constexpr std::int32_t kOne_q12 = 1 << 12;

std::uint64_t finalise(std::uint64_t z) {
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return z ^ (z >> 31);
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

void Noise::look_at(std::int32_t left, std::int32_t top) {
  if (looked_ && left == left_ && top == top_) return;
  for (std::int32_t i = 0; i < 4; ++i) {
    const std::uint64_t hash = place_hash(key_, left + (i & 1), top + (i >> 1));
    corners_[static_cast<std::size_t>(i)] = {static_cast<std::int32_t>(hash & 0xFF) - 128,
                                             static_cast<std::int32_t>((hash >> 8) & 0xFF) - 128};
  }
  looked_ = true;
  left_ = left;
  top_ = top;
}

// How much a corner adds at the offset (dx, dy) from it.
std::int32_t Noise::Slope::rise(std::int32_t dx_q12, std::int32_t dy_q12) const {
  return (x * dx_q12 + y * dy_q12) >> 4;  // at most 2 x 128 x 4,096 / 16 = 65,536
}

std::int32_t Noise::at(std::int32_t x, std::int32_t y) {
  // Gradient noise is 0 on its lattice; shifted by the key, so that the zeros of several layers do not meet on chunk corners.
  const std::uint32_t mask = (1u << period_log2_) - 1;
  const auto sx = static_cast<std::int32_t>(static_cast<std::uint32_t>(x) + (static_cast<std::uint32_t>(key_) & mask));
  const auto sy = static_cast<std::int32_t>(static_cast<std::uint32_t>(y) + (static_cast<std::uint32_t>(key_ >> 32) & mask));
  look_at(sx >> period_log2_, sy >> period_log2_);
  const std::int32_t u = static_cast<std::int32_t>((static_cast<std::uint32_t>(sx) & mask) << 12) >> period_log2_;
  const std::int32_t v = static_cast<std::int32_t>((static_cast<std::uint32_t>(sy) & mask) << 12) >> period_log2_;
  const std::int32_t right = u - kOne_q12, below = v - kOne_q12, across = eased(u);
  const std::int32_t upper = between(corners_[0].rise(u, v), corners_[1].rise(right, v), across);
  const std::int32_t lower = between(corners_[2].rise(u, below), corners_[3].rise(right, below), across);
  return between(upper, lower, eased(v));
}

LayeredNoise::LayeredNoise(std::uint64_t key, int period_log2, int octaves) : octaves_(octaves) {
  for (int i = 0; i < octaves; ++i)
    layers_[static_cast<std::size_t>(i)] = Noise(finalise(key + static_cast<std::uint64_t>(i)), period_log2 - i);
}

std::int32_t LayeredNoise::at(std::int32_t x, std::int32_t y) {
  std::int32_t sum = 0;
  for (int i = 0; i < octaves_; ++i) sum += layers_[static_cast<std::size_t>(i)].at(x, y) >> i;
  return sum;
}

}  // namespace meridian
