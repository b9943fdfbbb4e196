// A step of a node's simulation. Counts on over restarts; 64 bits inside, fewer on wires.
#pragma once

#include <compare>
#include <cstdint>

namespace meridian {

struct Tick {
  std::uint64_t value = 0;

  constexpr Tick& operator++() {
    ++value;
    return *this;
  }
  friend auto operator<=>(const Tick&, const Tick&) = default;
  friend constexpr Tick operator+(Tick t, std::uint64_t n) { return {t.value + n}; }
  friend constexpr Tick operator-(Tick t, std::uint64_t n) { return {t.value - n}; }
  // Signed distance: how many ticks `a` is after `b`.
  friend constexpr std::int64_t operator-(Tick a, Tick b) { return static_cast<std::int64_t>(a.value - b.value); }
};

// The tick nearest to `near` whose low bits are `low` (RFC 9000 A.3 for packet numbers; the same for ticks of 16 bits on the wire).
constexpr Tick nearest_tick(Tick near, std::uint16_t low) {
  const auto delta = static_cast<std::int16_t>(static_cast<std::uint16_t>(low - static_cast<std::uint16_t>(near.value)));
  return {near.value + static_cast<std::uint64_t>(static_cast<std::int64_t>(delta))};
}

}  // namespace meridian
