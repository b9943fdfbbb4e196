// Where players appear: connected free ground near the spawn point, found once at start. Which cell a character gets depends on the
// character and on what has been built since alone, so the same run gives the same places. Bodies do not block bodies, so two may start in
// one cell.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "world/motion/body.hpp"
#include "world/world.hpp"

namespace meridian {

// A body's centre may stand in the middle of this cell: FLOOR walkable, ACTIVE not solid.
bool free_cell(const World& world, MapId map, BlockCoord at);

class SpawnGround {
 public:
  // Looks within kSearchBlocks of `spawn` for a piece of connected free ground of kGroundCells, nearest first; the largest found when there
  // is none.
  SpawnGround(const World& world, MapId map, BlockCoord spawn);

  // A body standing on free ground: on one of cells(), or, when all are built over, in the free cell nearest to the spawn point. nullopt
  // when there is none within kSearchBlocks.
  std::optional<BodyState> place(const World& world, std::uint64_t character) const;

  const std::vector<BlockCoord>& cells() const { return cells_; }

  static constexpr std::int32_t kSearchBlocks = 96;
  static constexpr std::size_t kGroundCells = 256;
  static constexpr std::size_t kStartCells = 48;  // characters are spread over the nearest so many

 private:
  MapId map_;
  BlockCoord spawn_;
  std::vector<BlockCoord> cells_;  // nearest on foot first
};

}  // namespace meridian
