#include "netchannel/wire/packet_header.hpp"

#include "base/assert.hpp"

namespace meridian {
namespace {

constexpr std::uint16_t kHandshake = 0x8000;
constexpr std::uint16_t kPhase = 0x4000;
constexpr std::uint16_t kIdFollows = 0x2000;
constexpr std::uint16_t kNumberMask = (1u << kPacketNumberBits) - 1;

}  // namespace

std::expected<PacketHeader, WireError> read_packet_header(Bytes packet) {
  ByteReader in(packet);
  const std::uint16_t word = in.u16_be();
  if (in.failed()) return std::unexpected(WireError::truncated);
  if ((word & kHandshake) != 0) return std::unexpected(WireError::not_data);
  PacketHeader header{.phase = (word & kPhase) != 0, .number_low = static_cast<std::uint16_t>(word & kNumberMask), .connection_id = {}};
  if ((word & kIdFollows) != 0) header.connection_id = in.u16();
  if (in.failed()) return std::unexpected(WireError::truncated);
  return header;
}

void write_packet_header(ByteWriter& out, const PacketHeader& header) {
  MRD_ASSERT(header.number_low <= kNumberMask);
  out.u16_be(static_cast<std::uint16_t>((header.phase ? kPhase : 0) | (header.connection_id ? kIdFollows : 0) | header.number_low));
  if (header.connection_id) out.u16(*header.connection_id);
}

}  // namespace meridian
