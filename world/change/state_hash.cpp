#include "world/change/state_hash.hpp"

#include <array>
#include <vector>

#include "base/assert.hpp"
#include "base/bytes.hpp"
#include "base/siphash.hpp"

namespace meridian {
namespace {

constexpr std::size_t kChunkBytes = 2 + 4 + 4 + kLayers * kCellsPerLayer * 2;
constexpr std::size_t kEntityBytes = 26;
static_assert(kChunkBytes == 6154);

}  // namespace

std::uint64_t chunk_hash(ChunkCoord at, const Chunk& chunk) {
  std::array<std::uint8_t, kChunkBytes> bytes;
  ByteWriter out(bytes);
  out.u16(at.map.value);
  out.u32(static_cast<std::uint32_t>(at.x));
  out.u32(static_cast<std::uint32_t>(at.y));
  for (const auto& layer : chunk.cells) {
    for (const BlockId block : layer) out.u16(block.value);
  }
  MRD_ASSERT(out.size() == bytes.size() && !out.full());
  return siphash24(bytes);
}

std::uint64_t entity_hash(const Entities& entities, Row row) {
  const BodyState body = entities.body(row);
  std::array<std::uint8_t, kEntityBytes> bytes;
  ByteWriter out(bytes);
  out.u64(entities.ids()[row].bits);
  out.u32(static_cast<std::uint32_t>(body.x_q8));
  out.u32(static_cast<std::uint32_t>(body.y_q8));
  out.u16(entities.maps()[row].value);
  out.u16(entities.looks()[row].appearance);
  out.u8(static_cast<std::uint8_t>(entities.kinds()[row]));
  out.u8(body.layer);
  out.u8(body.heading);
  out.u8(body.speed);
  out.u8(body.push_ticks);
  out.u8(body.cooldown_ticks);
  MRD_ASSERT(out.size() == bytes.size() && !out.full());
  return siphash24(bytes);
}

std::uint64_t entities_hash(const Entities& entities) {
  std::uint64_t sum = 0;
  for (Row row = 0; row < entities.size(); ++row) sum += entity_hash(entities, row);
  return sum;
}

std::uint64_t state_hash(const World& world) {
  std::vector<std::uint8_t> bytes((world.chunks.size() + 1) * 8);
  ByteWriter out(bytes);
  for (const ChunkCoord at : world.chunks.coords()) out.u64(chunk_hash(at, *world.chunks.find(at)));
  out.u64(entities_hash(world.entities));
  return siphash24(bytes);
}

}  // namespace meridian
