// What people left behind: a hall or a round tower here and there, half fallen down. At most one in each square of kRuinSpacing blocks,
// well inside it, so that a place asks one square only.
#pragma once

#include <cstdint>
#include <optional>

#include "world/chunk/coords.hpp"

namespace meridian {

inline constexpr std::int32_t kRuinSpacing = 96;

struct Ruin {
  BlockCoord centre;
  std::int32_t half_width = 0, half_height = 0;  // blocks from the centre to the outer wall
  bool round = false;
  std::uint64_t key = 0;  // its own chance: doors and what has fallen
};

enum class RuinPart : std::uint8_t { none, rubble, stone, planks, wall };  // rubble: a fallen piece of wall, stone floor left

// The ruin whose square holds the place, whether or not it reaches there.
std::optional<Ruin> ruin_near(std::uint64_t key, BlockCoord at);
RuinPart ruin_part(const Ruin& ruin, BlockCoord at);

}  // namespace meridian
