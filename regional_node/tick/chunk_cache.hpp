// Compressed chunks by revision, so that a crowd that joins gets one encoding. Compressing costs 30-60 us, so there is a limit a tick; who
// finds it reached is served in a later one.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "base/bytes.hpp"
#include "world/chunk/chunks.hpp"

namespace meridian {

class ChunkCache {
 public:
  static constexpr std::size_t kMaxEntries = 4096;           // about 1 kB each; a slice in use by crowds is far smaller
  static constexpr std::uint32_t kCompressionsPerTick = 64;  // at most 4 ms of a tick

  void begin_tick() { compressed_ = 0; }
  // The chunk message with serial 0; empty when this tick's compressions are used up. Lives until the next call.
  Bytes message(ChunkCoord at, const Chunk& chunk);

 private:
  struct Entry {
    std::uint32_t revision = 0;
    std::vector<std::uint8_t> message;
  };
  std::unordered_map<ChunkCoord, Entry> entries_;  // looked up only, never walked
  std::uint32_t compressed_ = 0;
};

}  // namespace meridian
