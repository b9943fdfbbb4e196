// The clear header and the ack field: the first bytes that a stranger (header) and a player with an own client (ack) choose freely. What
// reads must write back to the same bytes, except that a bitmap may come wider than needed.
#include <array>
#include <cstdlib>
#include <cstring>

#include "base/assert.hpp"
#include "netchannel/wire/ack_field.hpp"
#include "netchannel/wire/packet_header.hpp"
#include "netchannel/wire/packet_number.hpp"

using namespace meridian;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto header = read_packet_header({data, size});
  if (!header) return 0;
  std::array<std::uint8_t, kHeaderUpBytes> room{};
  ByteWriter out(room);
  write_packet_header(out, *header);
  MRD_ASSERT(out.size() == header->size() && std::memcmp(room.data(), data, out.size()) == 0);

  ByteReader in({data + header->size(), size - header->size()});
  const auto ack = read_ack_field(in);
  if (!ack) return 0;
  std::array<std::uint8_t, kMaxAckBytes> ack_room{};
  ByteWriter ack_out(ack_room);
  write_ack_field(ack_out, *ack);
  ByteReader again(ack_out.written());
  const auto same = read_ack_field(again);
  MRD_ASSERT(same && again.done() && *same == *ack);

  const std::uint64_t from = in.u64() >> 8;
  const std::uint64_t newest = least_with_low_bits(from, ack->newest_low, ack->newest_bits);
  MRD_ASSERT(newest >= from && newest - from < (std::uint64_t{1} << ack->newest_bits));
  const std::uint64_t number = nearest_with_low_bits(from, header->number_low, kPacketNumberBits);
  MRD_ASSERT((number & 0x1FFF) == header->number_low && (number > from ? number - from : from - number) <= (from < 4096 ? 8192u : 4096u));
  return 0;
}
