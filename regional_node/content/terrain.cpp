#include "regional_node/content/terrain.hpp"

#include <algorithm>
#include <fmt/format.h>

#include "regional_node/tick/spawn_ground.hpp"

namespace meridian {

World make_terrain(const RegionSettings& s, const BlockKinds& kinds, const GeneratorKinds& of_generator) {
  World world{.kinds = kinds, .chunks = {}, .entities = {}};
  const Generator generator(s.seed, of_generator);
  for (std::int32_t y = s.min_y >> 5; y <= s.max_y >> 5; ++y)
    for (std::int32_t x = s.min_x >> 5; x <= s.max_x >> 5; ++x) {
      const ChunkCoord at{MapId{0}, x, y};
      generator.fill(at, world.chunks.load(at));
    }
  return world;
}

std::optional<std::string> spawn_problem(const RegionSettings& s, const BlockKinds& kinds, const GeneratorKinds& of_generator) {
  RegionSettings near = s;
  near.min_x = std::max(s.min_x, s.spawn.x - SpawnGround::kSearchBlocks);
  near.max_x = std::min(s.max_x, s.spawn.x + SpawnGround::kSearchBlocks);
  near.min_y = std::max(s.min_y, s.spawn.y - SpawnGround::kSearchBlocks);
  near.max_y = std::min(s.max_y, s.spawn.y + SpawnGround::kSearchBlocks);
  if (!SpawnGround(make_terrain(near, kinds, of_generator), MapId{0}, s.spawn).cells().empty()) return std::nullopt;
  return fmt::format(
      "nobody could enter: within {} blocks of 'world.spawn' [{}, {}] the slice has no ground to stand on; choose a place on land, "
      "or another 'world.seed'",
      SpawnGround::kSearchBlocks, s.spawn.x, s.spawn.y);
}

}  // namespace meridian
