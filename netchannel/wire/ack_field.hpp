// What every packet says first, sealed: which of the other side's packets have arrived (`netcode.md` 4).
//
//   short     0lllllll                         l = newest received, its low 7 bits; it and the 63 before it have all been received
//   extended  1lllllll gghhhhhh | bitmap       h = its bits 12-7; the bitmap is 2^g = 1, 2, 4 or 8 B, little-endian;
//                                              bit n set = newest - 1 - n is missing; bits left out are 0
//
// The short form says nothing of newest - 64; the extended one does, by bit 63. Cost: 1 B while nothing is missing, 3-10 B after a loss.
#pragma once

#include <cstdint>
#include <expected>

#include "base/bytes.hpp"
#include "netchannel/wire/wire_error.hpp"

namespace meridian {

inline constexpr std::size_t kMaxAckBytes = 10;
// In `missing`: the 63 packets of which both forms speak.
inline constexpr std::uint64_t kMissingShort = ~(std::uint64_t{1} << 63);

struct AckField {
  std::uint16_t newest_low = 0;  // low `newest_bits` of the newest received
  std::uint8_t newest_bits = 7;  // 7 = short, 13 = extended
  std::uint64_t missing = 0;     // bit n = newest - 1 - n has not been received; bit 63 is always set in the short form: not claimed

  friend bool operator==(const AckField&, const AckField&) = default;
};

// The form to use: extended when something is missing, or when `newest` is more than 63 past the newest ack that the peer is known to have
// read.
AckField make_ack_field(std::uint64_t newest, std::uint64_t missing, std::uint64_t newest_read_by_peer);

std::expected<AckField, WireError> read_ack_field(ByteReader& in);
void write_ack_field(ByteWriter& out, const AckField& ack);

}  // namespace meridian
