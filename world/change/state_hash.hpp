// What "the same state" means. SipHash-2-4 with key 0 everywhere; chunks in (map, y, x) order and cells in (layer, cell) order; entities as an
// order-free sum (mod 2^64) of each one's hash, so that rows may stand in any order.
#pragma once

#include <cstdint>

#include "world/world.hpp"

namespace meridian {

std::uint64_t chunk_hash(ChunkCoord at, const Chunk& chunk);
std::uint64_t entities_hash(const Entities& entities);
// All of it: chunk hashes in order, then the entities' sum.
std::uint64_t state_hash(const World& world);

}  // namespace meridian
