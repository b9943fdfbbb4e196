// A hybrid logical clock reading: one compare gives a total order over all nodes' writes.
#pragma once

#include <compare>
#include <cstdint>

#include "base/ids.hpp"

namespace meridian {

struct Stamp {
  std::uint64_t bits = 0;  // 42: milliseconds since 2024-01-01; 12: counter within the millisecond; 10: node, so no two are equal

  static constexpr Stamp make(std::uint64_t ms_since_2024, std::uint16_t counter, NodeId node) {
    return {(ms_since_2024 << 22) | (std::uint64_t{counter & 0xFFFu} << 10) | (node.value & 0x3FFu)};
  }
  constexpr std::uint64_t ms_since_2024() const { return bits >> 22; }
  constexpr std::uint16_t counter() const { return static_cast<std::uint16_t>((bits >> 10) & 0xFFF); }
  constexpr NodeId node() const { return {static_cast<std::uint16_t>(bits & 0x3FF)}; }
  friend auto operator<=>(const Stamp&, const Stamp&) = default;
};

}  // namespace meridian
