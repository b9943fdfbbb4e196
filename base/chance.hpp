// Chance as an argument. Two implementations: the system's (netchannel/crypto, for keys) and a seeded one (simulation, bots, relay,
// generator).
#pragma once

#include <cstdint>
#include <span>

namespace meridian {

class Chance {
 public:
  virtual ~Chance() = default;
  virtual void fill(std::span<std::uint8_t> bytes) = 0;

  std::uint64_t next_u64() {
    std::uint8_t bytes[8];
    fill(bytes);
    std::uint64_t value = 0;
    for (int i = 0; i < 8; ++i) value |= std::uint64_t{bytes[i]} << (8 * i);
    return value;
  }
  // Uniform in [0, bound); bound > 0. Multiply-shift (Lemire 2019); its bias of bound / 2^64 is nothing here.
  std::uint64_t below(std::uint64_t bound) {
    __extension__ using wide = unsigned __int128;
    return static_cast<std::uint64_t>((static_cast<wide>(next_u64()) * bound) >> 64);
  }
  // True `per_million` times in a million.
  bool one_in(std::uint32_t per_million) { return below(1'000'000) < per_million; }
};

// The same seed gives the same stream on every compiler and machine. Not for secrets. SplitMix64 (Steele, Lea, Flood, OOPSLA 2014).
class SeededChance final : public Chance {
 public:
  explicit SeededChance(std::uint64_t seed) : state_(seed) {}
  void fill(std::span<std::uint8_t> bytes) override;

 private:
  std::uint64_t state_;
};

}  // namespace meridian
