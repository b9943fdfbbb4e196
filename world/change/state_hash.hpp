// What "the same state" means. This is a protocol: replay and the checkers of the simulation compute it again from these lines alone.
// SipHash-2-4 with key 0 everywhere; all numbers little-endian, signed ones in two's complement; nothing between the fields.
//
//   chunk_hash     = SipHash of 6,154 bytes: map u16 | chunk x i32 | chunk y i32 | 3 x 1,024 block ids u16: layers FLOOR, ACTIVE, CEILING,
//                    each cell by cell, cell = (y & 31) * 32 + (x & 31). The revision is not part of it.
//   entity_hash    = SipHash of 26 bytes: id u64 | x_q8 i32 | y_q8 i32 | map u16 | appearance u16 | kind u8 | layer u8 | heading u8 |
//                    speed u8 | push_ticks u8 | cooldown_ticks u8; the columns of component.hpp, but for local ones
//   entities_hash  = sum of all entity_hash, modulo 2^64, so that rows may stand in any order; 0 for none
//   state_hash     = SipHash of: chunk_hash u64 of every chunk in (map, y, x) order (each compared as a signed number) | entities_hash u64
#pragma once

#include <cstdint>

#include "world/world.hpp"

namespace meridian {

std::uint64_t chunk_hash(ChunkCoord at, const Chunk& chunk);
std::uint64_t entity_hash(const Entities& entities, Row row);
std::uint64_t entities_hash(const Entities& entities);
std::uint64_t state_hash(const World& world);

}  // namespace meridian
