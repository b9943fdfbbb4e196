// Chance of a run: one stream for each purpose and actor, derived from the run's seed, so that dropping a fault does not reshuffle the
// rest.
#pragma once

#include <array>
#include <cstdint>

#include "base/chance.hpp"
#include "base/siphash.hpp"

namespace meridian::sim {

enum class Purpose : std::uint64_t { plan = 1, link_up, link_down, client_keys, client_play, node_keys, gate, attacker, world };

inline SeededChance stream(std::uint64_t seed, Purpose purpose, std::uint64_t actor = 0) {
  std::array<std::uint8_t, 24> bytes{};
  ByteWriter out(bytes);
  out.u64(seed);
  out.u64(static_cast<std::uint64_t>(purpose));
  out.u64(actor);
  return SeededChance(siphash24(bytes));
}

// The fold of everything that happened: equal for the same seed in any process and on any compiler.
class TraceHash {
 public:
  void add(std::uint64_t a, std::uint64_t b, std::uint64_t c) {
    std::array<std::uint8_t, 32> bytes{};
    ByteWriter out(bytes);
    out.u64(value_);
    out.u64(a);
    out.u64(b);
    out.u64(c);
    value_ = siphash24(bytes);
  }
  std::uint64_t value() const { return value_; }

 private:
  std::uint64_t value_ = 0;
};

}  // namespace meridian::sim
