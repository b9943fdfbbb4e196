// The boundary: lane 1, what a node sends to its clients, read by every client. Two ways in, chosen by the first byte:
//   even: the bytes are packets (u16 length each) for one decoder that starts empty.
//   odd: the bytes are a script for an honest encoder; its packets arrive changed where the script says so, and a second decoder that gets
//   only the
//        unchanged ones must never refuse one. After both: a refused packet left its update alone, and no entity is in two places at once.
#include <algorithm>
#include <set>

#include "base/assert.hpp"
#include "netchannel/snapshot/snapshot_codec.hpp"

using namespace meridian;

namespace {

// What a client keeps of the updates; each update must make sense to it.
struct Viewer {
  SnapshotDecoder decoder;
  std::set<std::uint64_t> here;

  bool read(Bytes packet, Tick near) {
    SnapshotUpdate update;
    update.tick = Tick{77};
    if (!decoder.read(packet, near, update)) {
      MRD_ASSERT(update.tick == Tick{77} && update.entities.empty() && update.left.empty());
      return false;
    }
    for (const EntityId id : update.left) MRD_ASSERT(here.erase(id.bits) == 1);
    for (const EntityUpdate& e : update.entities) {
      MRD_ASSERT(e.entered == here.insert(e.id.bits).second);
      MRD_ASSERT(e.x_q8 % 16 == 0 && e.y_q8 % 16 == 0);
    }
    MRD_ASSERT(here.size() <= kMaxSlots);
    return true;
  }
};

void strangers_packets(Bytes rest) {
  Viewer viewer;
  while (rest.size() >= 2) {
    const std::size_t length = std::min<std::size_t>(rest[0] | rest[1] << 8, rest.size() - 2);
    viewer.read(rest.subspan(2, length), Tick{1'000});
    rest = rest.subspan(2 + length);
  }
}

// Six bytes a tick: which entities are seen (two), where they are, room, fate of the packet and of an older one, what is changed in it.
void mutated_packets(Bytes rest) {
  SnapshotEncoder encoder;
  Viewer honest, lied_to;
  Tick tick{1'000};
  for (std::uint32_t id = 1; rest.size() >= 6; ++id, ++tick, rest = rest.subspan(6)) {
    std::vector<VisibleEntity> nearest;
    const std::uint32_t seen = rest[0] | std::uint32_t{rest[1]} << 8;
    for (std::uint32_t i = 0; i < 16; ++i) {
      if ((seen >> i & 1) == 0) continue;
      const std::int32_t place = static_cast<std::int32_t>(rest[2] * (i + 1) * 40'503u);
      nearest.push_back({.id = {i + 1},
                         .look = {static_cast<std::uint16_t>(rest[2] / 64)},
                         .x_q8 = place,
                         .y_q8 = -(place / 2),
                         .heading = rest[2],
                         .speed = 51});
    }
    std::array<std::uint8_t, kMaxSnapshotBytes> room;
    const std::size_t room_bytes = rest[3] * 4u;
    const MutableBytes packet = MutableBytes(room).first(encoder.encode(id, tick, {}, nearest, MutableBytes(room).first(room_bytes)));
    if (packet.empty()) continue;
    const bool arrives = (rest[4] & 1) != 0;
    if (arrives) MRD_ASSERT(honest.read(packet, tick));
    encoder.fate(id, arrives && (rest[4] & 2) != 0);
    packet[rest[5] % packet.size()] ^= static_cast<std::uint8_t>(rest[4] >> 2);
    lied_to.read(packet, tick);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const Bytes rest(data + 1, size - 1);
  if (data[0] % 2 == 0) {
    strangers_packets(rest);
  } else {
    mutated_packets(rest);
  }
  return 0;
}
