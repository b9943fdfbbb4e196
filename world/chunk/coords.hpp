// Where things are: blocks in chunks of 32 x 32 x 3 layers, chunks in maps. Block coordinates are signed; a chunk holds [32 c, 32 c + 31].
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>

#include "base/ids.hpp"

namespace meridian {

inline constexpr int kChunkBlocks = 32;  // a side; also the cell of the spatial index, so that subscription and interest share one key
inline constexpr int kCellsPerLayer = kChunkBlocks * kChunkBlocks;
inline constexpr int kLayers = 3;

enum class Layer : std::uint8_t { floor = 0, active = 1, ceiling = 2 };

struct ChunkCoord {
  MapId map;
  std::int32_t x = 0, y = 0;  // in chunks
  friend auto operator<=>(const ChunkCoord&, const ChunkCoord&) = default;
};

// A block column on a map.
struct BlockCoord {
  std::int32_t x = 0, y = 0;  // in blocks
  friend auto operator<=>(const BlockCoord&, const BlockCoord&) = default;
};

// One register of the block world: (map, chunk, layer, cell) named by its block coordinates.
struct BlockPlace {
  MapId map;
  BlockCoord at;
  Layer layer = Layer::active;
  friend auto operator<=>(const BlockPlace&, const BlockPlace&) = default;
};

constexpr ChunkCoord chunk_of(MapId map, BlockCoord at) { return {map, at.x >> 5, at.y >> 5}; }
// 0-1023: row by row (y * 32 + x) within the chunk.
constexpr std::uint16_t cell_of(BlockCoord at) { return static_cast<std::uint16_t>(((at.y & 31) << 5) | (at.x & 31)); }
constexpr BlockCoord block_at(ChunkCoord chunk, std::uint16_t cell) { return {chunk.x * 32 + (cell & 31), chunk.y * 32 + (cell >> 5)}; }

}  // namespace meridian

template <>
struct std::hash<meridian::ChunkCoord> {
  std::size_t operator()(const meridian::ChunkCoord& c) const noexcept {
    const std::uint64_t xy = (std::uint64_t{static_cast<std::uint32_t>(c.x)} << 32) | static_cast<std::uint32_t>(c.y);
    return static_cast<std::size_t>((xy ^ (std::uint64_t{c.map.value} << 48)) * 0x9E3779B97F4A7C15u >> 7);
  }
};
