// Fragments and message ids as a peer with a client of its own may send them: any id, index, count and size, in any order and mix. Why
// here: this is the only place where a stranger's numbers decide where bytes are stored. Whatever is delivered must be whole, right and
// once.
//
// Input: 5 bytes a frame: lane and kind | id | index | count | size. Every frame is a packet of its own, so that each is judged by what
// came before it.
#include <algorithm>
#include <array>
#include <set>
#include <vector>

#include "base/assert.hpp"
#include "netchannel/reliability/receive_lanes.hpp"

using namespace meridian;

namespace {

constexpr Lane kLanes[] = {Lane::action, Lane::chat, Lane::event, Lane::chunk, Lane::system};

// Each fragment says whose it is, so that a delivered message proves where its bytes came from.
void fill(MutableBytes bytes, std::uint8_t lane, std::uint8_t id, std::uint8_t index) {
  std::fill(bytes.begin(), bytes.end(), static_cast<std::uint8_t>(id * 5 + index * 3 + lane));
  if (!bytes.empty()) bytes[0] = id;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1 || size > 4096) return 0;
  const Side self = (data[0] & 1) != 0 ? Side::server : Side::client;
  const std::size_t bound = max_reliable_bytes(self == Side::server ? Side::client : Side::server);
  ReceiveLanes lanes(self);
  std::set<std::pair<Lane, std::uint8_t>> delivered;
  std::vector<Delivered> messages;
  std::int64_t now_us = 0;
  const auto give = [&](const Frame& frame, std::size_t bytes, std::size_t number) {
    std::array<std::uint8_t, 1400> room;
    FrameWriter out(room);
    const auto id = static_cast<std::uint8_t>(*frame.id);
    fill(out.add(frame, bytes), frame.lane, id, frame.index);
    const Bytes packet = out.finish();
    if (packet.size() > kMaxDatagramBytes - kTagBytes) return true;
    if (lanes.check(packet) != ReceiveLanes::Verdict::good) return true;
    messages.clear();
    PacketNews news;
    const Reason broken = lanes.take(packet, number, now_us, messages, news);
    MRD_ASSERT(broken == Reason::none || broken == Reason::reassembly);
    MRD_ASSERT(lanes.held_bytes() <= bound);
    for (const Delivered& message : messages) {
      if (message.bytes.empty()) continue;
      const std::uint8_t of = message.bytes[0];
      MRD_ASSERT(delivered.insert({message.lane, of}).second);
      for (std::size_t i = 0; i < message.bytes.size(); ++i) {
        const auto index = static_cast<std::uint8_t>(i / kFragmentBytes);
        const auto expected = static_cast<std::uint8_t>(of * 5 + index * 3 + static_cast<int>(message.lane));
        MRD_ASSERT(message.bytes[i] == (i % kFragmentBytes == 0 ? of : expected));
      }
    }
    if (broken != Reason::none) return false;  // the session ends here
    (void)lanes.stuck(now_us);
    return true;
  };
  std::size_t number = 0;
  for (std::size_t at = 1; at + 5 <= size; at += 5) {
    Frame frame{
        .lane = static_cast<std::uint8_t>(kLanes[data[at] % 5]), .fragment = (data[at] & 0x80) != 0, .id = data[at + 1], .bytes = {}};
    const std::size_t bytes = data[at + 4] == 0 ? kFragmentBytes : data[at + 4] * 5u;
    frame.index = frame.fragment ? data[at + 2] % 66 : 0;
    frame.count = frame.fragment ? data[at + 3] % 66 : 1;
    now_us += (data[at] & 0x20) != 0 ? 3'000'000 : 1'000;
    const bool rest = frame.fragment && (data[at] & 0x10) != 0;  // and all of the message behind it
    do {
      const bool as_the_rules_want = frame.fragment && frame.index + 1 < frame.count && (data[at] & 0x40) == 0;
      if (!give(frame, as_the_rules_want ? kFragmentBytes : std::min(bytes, kFragmentBytes + 1), ++number)) return 0;
    } while (rest && ++frame.index < frame.count);
  }
  return 0;
}
