#include "regional_node/tick/spawn_ground.hpp"

#include <algorithm>
#include <set>

namespace meridian {
namespace {

constexpr std::array<BlockCoord, 4> kSides = {{{1, 0}, {0, 1}, {-1, 0}, {0, -1}}};

// Breadth first, so the result is in the order of walking distance.
std::vector<BlockCoord> flood(const World& world, MapId map, BlockCoord from, std::size_t limit) {
  std::vector<BlockCoord> found = {from};
  std::set<BlockCoord> seen = {from};
  for (std::size_t next = 0; next < found.size() && found.size() < limit; ++next) {
    for (const BlockCoord side : kSides) {
      const BlockCoord at{found[next].x + side.x, found[next].y + side.y};
      if (free_cell(world, map, at) && seen.insert(at).second) found.push_back(at);
    }
  }
  found.resize(std::min(found.size(), limit));
  return found;
}

// Squares around `middle`, from the inside out, until `look` says that it has seen enough.
template <typename Look>
void outward(BlockCoord middle, Look look) {
  for (std::int32_t ring = 0; ring <= SpawnGround::kSearchBlocks; ++ring) {
    for (std::int32_t y = -ring; y <= ring; ++y) {
      const std::int32_t step = y == -ring || y == ring ? 1 : 2 * ring;
      for (std::int32_t x = -ring; x <= ring; x += step)
        if (look(BlockCoord{middle.x + x, middle.y + y})) return;
    }
  }
}

BodyState standing_in(BlockCoord at) {
  BodyState body;
  body.x_q8 = at.x * kBlock_q8 + kBlock_q8 / 2;
  body.y_q8 = at.y * kBlock_q8 + kBlock_q8 / 2;
  return body;
}

}  // namespace

bool free_cell(const World& world, MapId map, BlockCoord at) {
  const Chunk* chunk = world.chunks.find(chunk_of(map, at));
  if (!chunk) return false;
  const std::uint16_t cell = cell_of(at);
  return world.kinds.walkable(chunk->at(Layer::floor, cell)) && !world.kinds.solid(chunk->at(Layer::active, cell));
}

SpawnGround::SpawnGround(const World& world, MapId map, BlockCoord spawn) : map_(map), spawn_(spawn) {
  std::set<BlockCoord> tried;
  outward(spawn, [&](BlockCoord at) {
    if (tried.contains(at) || !free_cell(world, map, at)) return false;
    std::vector<BlockCoord> ground = flood(world, map, at, kGroundCells);
    tried.insert(ground.begin(), ground.end());
    if (ground.size() > cells_.size()) cells_ = std::move(ground);
    return cells_.size() >= kGroundCells;
  });
}

std::optional<BodyState> SpawnGround::place(const World& world, std::uint64_t character) const {
  const std::size_t start = cells_.empty() ? 0 : character % std::min(cells_.size(), kStartCells);
  for (std::size_t i = 0; i < cells_.size(); ++i) {
    const BlockCoord at = cells_[(start + i) % cells_.size()];
    if (free_cell(world, map_, at)) return standing_in(at);
  }
  // All built over since: whoever stands near may not decide who enters.
  std::optional<BodyState> body;
  outward(spawn_, [&](BlockCoord at) {
    if (free_cell(world, map_, at)) body = standing_in(at);
    return body.has_value();
  });
  return body;
}

}  // namespace meridian
