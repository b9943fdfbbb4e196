// Terrain from a seed: coast, rivers, woods, rocks, a ruin or two. Integers only, so every compiler makes the same world.
#pragma once

#include <cstdint>
#include <vector>

#include "base/error.hpp"
#include "world/chunk/chunks.hpp"

namespace meridian {

inline constexpr std::uint32_t kGeneratorVersion = 1;  // a change of output is a new version: recorded worlds name it

// The kinds that the generator places; all must exist in the content, found by name once.
struct GeneratorKinds {
  BlockId deep_water, water, sand, grass, meadow, dirt, stone_floor, plank_floor;  // FLOOR
  BlockId tree, pine, bush, rock, wall;                                            // ACTIVE
};

class Generator {
 public:
  Generator(std::uint64_t seed, const GeneratorKinds& kinds) : seed_(seed), kinds_(kinds) {}
  // Fills one chunk; depends on (seed, version, coordinates) alone, never on neighbours being present.
  void fill(ChunkCoord at, Chunk& chunk) const;

 private:
  std::uint64_t seed_;
  GeneratorKinds kinds_;
};

}  // namespace meridian
