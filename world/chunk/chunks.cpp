#include "world/chunk/chunks.hpp"

#include <algorithm>
#include <tuple>

namespace meridian {

std::vector<ChunkCoord> Chunks::coords() const {
  std::vector<ChunkCoord> all;
  all.reserve(map_.size());
  for (const auto& [at, chunk] : map_) all.push_back(at);
  std::sort(all.begin(), all.end(),
            [](const ChunkCoord& a, const ChunkCoord& b) { return std::tie(a.map, a.y, a.x) < std::tie(b.map, b.y, b.x); });
  return all;
}

Chunk& Chunks::load(const ChunkCoord& at) {
  std::unique_ptr<Chunk>& chunk = map_[at];
  if (!chunk) chunk = std::make_unique<Chunk>();
  return *chunk;
}

bool Chunks::write(BlockPlace place, BlockId block) {
  const auto it = map_.find(chunk_of(place.map, place.at));
  if (it == map_.end()) return false;
  Chunk& chunk = *it->second;
  BlockId& cell = chunk.cells[static_cast<std::size_t>(place.layer)][cell_of(place.at)];
  if (cell == block) return false;
  cell = block;
  ++chunk.revision;
  return true;
}

}  // namespace meridian
