// Whole chunks on lane 5: type 1 | x i32 | y i32 | serial u16 | one zstd frame of 6,144 B.
// A stranger's frame must say its size and say 6,144: nothing is decompressed, and nothing allocated for it, before that is known.
#include <zstd.h>

#include "base/assert.hpp"
#include "netchannel/wire/messages.hpp"

namespace meridian {
namespace {

constexpr std::uint8_t kChunkType = 1;
constexpr std::size_t kChunkHeadBytes = 11;
constexpr std::size_t kSerialAt = 9;
constexpr std::size_t kRawBytes = std::size_t{kLayers} * kCellsPerLayer * 2;  // 6,144
constexpr int kLevel = 3;  // zstd's own default: a chunk is encoded once a revision and sent many times

bool in_range(std::int32_t at) { return at >= -kMaxChunkCoord && at < kMaxChunkCoord; }

}  // namespace

std::vector<std::uint8_t> write_chunk(const ChunkHead& head, const Chunk& chunk) {
  MRD_ASSERT(in_range(head.x) && in_range(head.y));
  std::array<std::uint8_t, kRawBytes> raw;
  ByteWriter cells(raw);
  for (const auto& layer : chunk.cells) {
    for (const BlockId block : layer) cells.u16(block.value);
  }
  std::vector<std::uint8_t> message(kChunkHeadBytes + ZSTD_compressBound(kRawBytes));
  ByteWriter out(message);
  out.u8(kChunkType);
  out.u32(static_cast<std::uint32_t>(head.x));
  out.u32(static_cast<std::uint32_t>(head.y));
  out.u16(head.serial);
  const std::size_t size =
      ZSTD_compress(message.data() + kChunkHeadBytes, message.size() - kChunkHeadBytes, raw.data(), raw.size(), kLevel);
  MRD_ASSERT(!ZSTD_isError(size));  // the room is compressBound: only an exhausted machine gets here
  message.resize(kChunkHeadBytes + size);
  return message;
}

void set_chunk_serial(MutableBytes message, std::uint16_t serial) {
  MRD_ASSERT(message.size() >= kChunkHeadBytes);
  ByteWriter(message.subspan(kSerialAt, 2)).u16(serial);
}

std::expected<void, WireError> read_chunk(Bytes bytes, ReadChunk& out) {
  ByteReader in(bytes);
  const std::uint8_t type = in.u8();
  ChunkHead head{};
  head.x = static_cast<std::int32_t>(in.u32());
  head.y = static_cast<std::int32_t>(in.u32());
  head.serial = in.u16();
  const Bytes frame = in.rest();
  if (in.failed()) return std::unexpected(WireError::truncated);
  if (type != kChunkType || !in_range(head.x) || !in_range(head.y)) return std::unexpected(WireError::out_of_range);
  if (frame.size() > ZSTD_compressBound(kRawBytes)) return std::unexpected(WireError::out_of_range);

  if (ZSTD_getFrameContentSize(frame.data(), frame.size()) != kRawBytes) return std::unexpected(WireError::out_of_range);
  const std::size_t frame_bytes = ZSTD_findFrameCompressedSize(frame.data(), frame.size());
  if (ZSTD_isError(frame_bytes)) return std::unexpected(WireError::malformed);
  if (frame_bytes != frame.size()) return std::unexpected(WireError::trailing);  // a second frame, or anything else behind
  std::array<std::uint8_t, kRawBytes> raw;
  if (ZSTD_decompress(raw.data(), raw.size(), frame.data(), frame.size()) != kRawBytes) return std::unexpected(WireError::malformed);

  out.head = head;
  ByteReader cells(raw);
  for (auto& layer : out.cells) {
    for (BlockId& block : layer) block.value = cells.u16();
  }
  return {};
}

}  // namespace meridian
