// The names of things. Strong types, so that one cannot be passed for another.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>

namespace meridian {

// A meridian-node process, 1-1023 (10 bits: it is part of every entity id and stamp). 0 = none.
struct NodeId {
  std::uint16_t value = 0;
  friend auto operator<=>(const NodeId&, const NodeId&) = default;
};
inline constexpr std::uint16_t kMaxNodeId = 1023;

// A 2D grid of blocks. 0 = the overworld.
struct MapId {
  std::uint16_t value = 0;
  friend auto operator<=>(const MapId&, const MapId&) = default;
};

// An entity, for ever: 10-bit issuing node (high) + 54-bit counter, never reused. 0 = none.
struct EntityId {
  std::uint64_t bits = 0;
  static constexpr EntityId make(NodeId issuer, std::uint64_t counter) {
    return {(std::uint64_t{issuer.value} << 54) | (counter & ((std::uint64_t{1} << 54) - 1))};
  }
  constexpr NodeId issuer() const { return {static_cast<std::uint16_t>(bits >> 54)}; }
  constexpr std::uint64_t counter() const { return bits & ((std::uint64_t{1} << 54) - 1); }
  friend auto operator<=>(const EntityId&, const EntityId&) = default;
};

}  // namespace meridian

template <>
struct std::hash<meridian::EntityId> {
  std::size_t operator()(const meridian::EntityId& id) const noexcept { return std::hash<std::uint64_t>{}(id.bits * 0x9E3779B97F4A7C15u); }
};
