// All chunks of all maps that this process holds. A node holds its slice whole; a client holds what it was sent.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

#include "world/chunk/block_kinds.hpp"
#include "world/chunk/coords.hpp"

namespace meridian {

struct Chunk {
  std::array<std::array<BlockId, kCellsPerLayer>, kLayers> cells{};  // [layer][cell], 6 KiB
  std::uint32_t revision = 0;                                        // +1 at each change; names the state a serialized form was made from

  BlockId at(Layer layer, std::uint16_t cell) const { return cells[static_cast<std::size_t>(layer)][cell]; }
};

class Chunks {
 public:
  // nullptr where this process holds no chunk. The pointer lives until the chunk is erased.
  const Chunk* find(const ChunkCoord& at) const {
    const auto it = map_.find(at);
    return it == map_.end() ? nullptr : it->second.get();
  }
  // kAir in FLOOR reads as void; also where no chunk is held.
  BlockId block(MapId map, BlockCoord at, Layer layer) const {
    const Chunk* chunk = find(chunk_of(map, at));
    return chunk ? chunk->at(layer, cell_of(at)) : kAir;
  }
  std::size_t size() const { return map_.size(); }
  // In (map, y, x) order: the same on every machine, whatever the hash map does.
  std::vector<ChunkCoord> coords() const;

  // Loading only (generator, storage, a client's received chunks). In a running world every change goes through ChangeLog.
  Chunk& load(const ChunkCoord& at);
  void erase(const ChunkCoord& at) { map_.erase(at); }
  // False where no chunk is held or nothing changed. For ChangeLog, the reducer and clients; nobody else writes blocks.
  bool write(BlockPlace place, BlockId block);

 private:
  std::unordered_map<ChunkCoord, std::unique_ptr<Chunk>> map_;
};

}  // namespace meridian
