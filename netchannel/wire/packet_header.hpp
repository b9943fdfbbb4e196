// The clear first bytes of a data packet (`netcode.md` 4). They are the seal's associated data, so a flipped bit never opens.
//
//            bit 7   6      5            4 .. 0
//   byte 0   0     | phase | id follows | number, its bits 12-8     (bit 7 set = a handshake message, not a packet)
//   byte 1   number, its bits 7-0
//   byte 2-3 connection id, little-endian; client -> server only: a NAT rebinding is invisible to the client, and without it its packets
//   are nobody's
//
// then sealed(ack | frames) | tag 16.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>

#include "base/bytes.hpp"
#include "netchannel/wire/wire_error.hpp"

namespace meridian {

inline constexpr unsigned kPacketNumberBits = 13;
inline constexpr std::size_t kHeaderDownBytes = 2;
inline constexpr std::size_t kHeaderUpBytes = 4;

struct PacketHeader {
  bool phase = false;            // key phase; always 0 until rekeying comes
  std::uint16_t number_low = 0;  // 13 bits
  std::optional<std::uint16_t> connection_id;

  std::size_t size() const { return connection_id ? kHeaderUpBytes : kHeaderDownBytes; }
  friend bool operator==(const PacketHeader&, const PacketHeader&) = default;
};

// Reads the front of `packet`; what follows is not looked at. not_data: a handshake byte. truncated: ended inside.
std::expected<PacketHeader, WireError> read_packet_header(Bytes packet);
void write_packet_header(ByteWriter& out, const PacketHeader& header);

}  // namespace meridian
