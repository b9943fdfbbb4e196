// A whole session against a peer that seals what it likes: acks, frames and numbers of the fuzzer's choosing, rightly sealed, between ticks
// of an honest side that has messages of its own under way. Why here: everything behind the tag is reached through accept(), and the state
// that one packet leaves is what the next one meets.
//
// Input: 1 byte of set-up, then commands: 0-199 = a packet of that many bytes behind the header (the bytes follow), with the greatest
// number used + 1 unless the first of them says otherwise: 0xF0 and above = some are left out, 0xD0-0xEF = it comes late, by up to 80;
// 200-255 = time passes, things are queued, the honest side flushes.
#include <algorithm>
#include <array>
#include <set>
#include <vector>

#include "base/assert.hpp"
#include "netchannel/reliability/lane_rules.hpp"
#include "netchannel/reliability/two_channels.hpp"

using namespace meridian;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2 || size > 8192) return 0;
  static const SessionKeys keys = test_keys();
  const Side self = (data[0] & 1) != 0 ? Side::server : Side::client;
  const Side other = self == Side::server ? Side::client : Side::server;
  static const PacketSeal seals[] = {PacketSeal(keys.suite, keys.up), PacketSeal(keys.suite, keys.down)};
  Channel channel({.side = self, .connection_id = 0x1234, .trap_seed = data[0]}, keys);
  Now now{1'000'000, 0};
  std::uint64_t newest = 0;
  std::set<std::uint64_t> used;
  std::vector<Delivered> messages;
  std::vector<SnapshotFate> fates;
  DatagramBatch batch;
  const std::array<std::uint8_t, 3000> some{};
  ByteReader in({data + 1, size - 1});
  while (in.left() > 0) {
    const std::uint8_t command = in.u8();
    if (command >= 200) {
      now.mono_us += (command - 199) * 1'000;
      if (command % 4 == 0) (void)channel.queue(Lane::action, Bytes(some).first(command - 190));
      if (command % 5 == 0) (void)channel.queue(Lane::system, Bytes(some).first(command));
      if (self == Side::server && command % 3 == 0) (void)channel.queue(Lane::chunk, Bytes(some).first(command * 10u));
      if (self == Side::server)
        channel.set_snapshot(static_cast<std::uint32_t>(newest),
                             Bytes(some).first(std::min<std::size_t>(command, channel.snapshot_room())));
      batch.clear();
      channel.flush(now, command % 2 == 0, {}, batch);
      for (std::size_t i = 0; i < batch.size(); ++i) MRD_ASSERT(batch.bytes(i).size() <= kMaxDatagramBytes);
      if (command == 255) channel.close(Reason::bye, now);
      continue;
    }
    const Bytes plain = in.bytes(std::min<std::size_t>(command, in.left()));
    if (plain.empty()) continue;
    std::uint64_t number = newest + 1;
    if (plain[0] >= 0xF0) number = newest + (plain[0] - 0xE0u);
    if (const std::uint64_t late = (plain[0] - 0xD0u) * 5u / 2u + 1; plain[0] >= 0xD0 && plain[0] < 0xF0 && late < newest)
      number = newest - late;
    const bool first = used.insert(number).second, in_window = number + 64 > newest;
    newest = std::max(newest, number);
    PacketHeader header{.number_low = static_cast<std::uint16_t>(number & 0x1FFF)};
    if (other == Side::client) header.connection_id = 0x1234;
    std::vector<std::uint8_t> packet(header.size() + plain.size() + kTagBytes);
    ByteWriter out(packet);
    write_packet_header(out, header);
    out.bytes(plain);
    seals[other == Side::client ? 0 : 1].seal(packet, header.size(), number);
    std::vector<std::uint8_t> replay = packet;
    messages.clear();
    fates.clear();
    const auto accepted = channel.accept(now, packet, messages, fates);
    MRD_ASSERT((!accepted && accepted.error() == WireError::replayed) == (!first || !in_window));
    for (const Delivered& message : messages) MRD_ASSERT(rule_of(message.lane).from(other) && message.bytes.size() <= 64 * kFragmentBytes);
    MRD_ASSERT(channel.stats().reassembly_bytes <= max_reliable_bytes(other));
    MRD_ASSERT(channel.stats().in_flight_packets <= 512);
    const auto again = channel.accept(now, replay, messages, fates);
    MRD_ASSERT(!again && again.error() == WireError::replayed);
  }
  return 0;
}
