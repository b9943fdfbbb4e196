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

// A column's value; of a new type: another of these, and its bytes in the header.
void put(ByteWriter& out, std::uint8_t value) { out.u8(value); }
void put(ByteWriter& out, std::int32_t value) { out.u32(static_cast<std::uint32_t>(value)); }
void put(ByteWriter& out, EntityId id) { out.u64(id.bits); }
void put(ByteWriter& out, EntityKind kind) { out.u8(static_cast<std::uint8_t>(kind)); }
void put(ByteWriter& out, MapId map) { out.u16(map.value); }
void put(ByteWriter& out, Look look) { out.u16(look.appearance); }

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
  std::array<std::uint8_t, kEntityBytes> bytes;
  ByteWriter out(bytes);
  entities.each_column([&]<typename C>(const C& column) {
    if constexpr (ReplicationOf<typename C::Of>::kind != Replication::local) put(out, column.rows[row]);
  });
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
