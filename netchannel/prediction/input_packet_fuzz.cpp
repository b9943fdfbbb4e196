// The boundary: lane 0, what a player's own client sends sealed sixty times a second. Accepted packets must keep their meaning when written
// and read again, and an InputBuffer fed with them must keep its promises: one input a tick, margins in range, ages of at most 63.
#include "base/assert.hpp"
#include "netchannel/prediction/input_buffer.hpp"

using namespace meridian;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // Packets of a length byte each; between two of them the node runs the ticks that the length's high bits say.
  InputBuffer buffer;
  Tick next{1'000};
  std::int64_t now_us = 0;
  Bytes rest(data, size);
  while (!rest.empty()) {
    const std::size_t length = rest[0] & 0x3F, ticks = rest[0] >> 6;
    rest = rest.subspan(1);
    const Bytes bytes = rest.first(std::min(length, rest.size()));
    rest = rest.subspan(bytes.size());
    if (const auto packet = read_input_packet(bytes)) {
      std::array<std::uint8_t, kMaxInputPacketBytes> room;
      const auto again = read_input_packet(write_input_packet(*packet, room));
      MRD_ASSERT(again && again->inputs == packet->inputs && again->own_hash16 == packet->own_hash16 && again->count == packet->count);
      const auto added = buffer.add(*packet, next, now_us, now_us + 10'000, 50'000);
      MRD_ASSERT(added.fresh + added.late + added.refused <= packet->count);
    }
    for (std::size_t i = 0; i < ticks; ++i) {
      const TakenInput taken = buffer.take(next);
      MRD_ASSERT(!taken.substituted || !taken.own_hash16);
      ++next;
      now_us += 50'000;
    }
    if (const auto margin = buffer.take_margin()) MRD_ASSERT(margin->sixteenths != -128);
    MRD_ASSERT(buffer.input_age(next) <= 63);
  }
  return 0;
}
