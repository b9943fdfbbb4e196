#include "netchannel/wire/ack_field.hpp"

#include "base/assert.hpp"

namespace meridian {
namespace {

constexpr std::uint8_t kExtended = 0x80;

// The exponent g of the smallest bitmap that holds every set bit.
unsigned bitmap_exponent(std::uint64_t missing) {
  unsigned g = 0;
  while (g < 3 && (missing >> (8u << g)) != 0) ++g;
  return g;
}

}  // namespace

AckField make_ack_field(std::uint64_t newest, std::uint64_t missing, std::uint64_t newest_read_by_peer) {
  if ((missing & kMissingShort) == 0 && newest - newest_read_by_peer <= 63) {
    return {.newest_low = static_cast<std::uint16_t>(newest & 0x7F), .newest_bits = 7, .missing = ~kMissingShort};
  }
  return {.newest_low = static_cast<std::uint16_t>(newest & 0x1FFF), .newest_bits = 13, .missing = missing};
}

std::expected<AckField, WireError> read_ack_field(ByteReader& in) {
  const std::uint8_t first = in.u8();
  AckField ack{.newest_low = static_cast<std::uint16_t>(first & 0x7F), .newest_bits = 7, .missing = ~kMissingShort};
  if ((first & kExtended) != 0) {
    const std::uint8_t second = in.u8();
    ack.newest_low = static_cast<std::uint16_t>(ack.newest_low | ((second & 0x3F) << 7));
    ack.newest_bits = 13;
    ack.missing = 0;
    const unsigned bitmap_bytes = 1u << (second >> 6);
    for (unsigned i = 0; i < bitmap_bytes; ++i) ack.missing |= std::uint64_t{in.u8()} << (8 * i);
  }
  if (in.failed()) return std::unexpected(WireError::truncated);
  return ack;
}

void write_ack_field(ByteWriter& out, const AckField& ack) {
  MRD_ASSERT(ack.newest_bits == 7 || ack.newest_bits == 13);
  if (ack.newest_bits == 7) {
    MRD_ASSERT(ack.newest_low <= 0x7F && (ack.missing & kMissingShort) == 0);
    return out.u8(static_cast<std::uint8_t>(ack.newest_low));
  }
  const unsigned g = bitmap_exponent(ack.missing);
  out.u8(static_cast<std::uint8_t>(kExtended | (ack.newest_low & 0x7F)));
  out.u8(static_cast<std::uint8_t>((g << 6) | (ack.newest_low >> 7)));
  for (unsigned i = 0; i < (1u << g); ++i) out.u8(static_cast<std::uint8_t>(ack.missing >> (8 * i)));
}

}  // namespace meridian
