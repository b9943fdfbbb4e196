#include "base/chance.hpp"

#include <cstddef>

namespace meridian {

void SeededChance::fill(std::span<std::uint8_t> bytes) {
  for (std::size_t i = 0; i < bytes.size();) {
    state_ += 0x9E3779B97F4A7C15u;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    z ^= z >> 31;
    for (int b = 0; b < 8 && i < bytes.size(); ++b, ++i) bytes[i] = static_cast<std::uint8_t>(z >> (8 * b));
  }
}

}  // namespace meridian
