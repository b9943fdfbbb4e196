#include "regional_node/tick/chunk_cache.hpp"

#include "netchannel/wire/messages.hpp"

namespace meridian {

Bytes ChunkCache::message(ChunkCoord at, const Chunk& chunk) {
  const auto found = entries_.find(at);
  if (found != entries_.end() && found->second.revision == chunk.revision) return found->second.message;
  if (compressed_ == kCompressionsPerTick) return {};
  ++compressed_;
  if (entries_.size() >= kMaxEntries && found == entries_.end()) entries_.clear();  // rare, and cheaper than an order of use on every hit
  Entry& entry = entries_[at];
  entry = {chunk.revision, write_chunk({at.x, at.y, 0}, chunk)};
  return entry.message;
}

}  // namespace meridian
