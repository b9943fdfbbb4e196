// Fragments and message ids as a peer with a client of its own may send them: any id, index, count and size, in any order and mix. Why
// here: this is the only place where a stranger's numbers decide where bytes are stored. Whatever is delivered must be whole, right and
// once.
//
// Input: 4 bytes a frame: lane and kind | id | index and count | size. Every frame is a packet of its own, so that each is judged by what
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
  for (std::size_t at = 1; at + 4 <= size; at += 4) {
    Frame frame{
        .lane = static_cast<std::uint8_t>(kLanes[data[at] % 5]), .fragment = (data[at] & 0x80) != 0, .id = data[at + 1], .bytes = {}};
    std::size_t bytes = data[at + 3] == 0 ? kFragmentBytes : data[at + 3] * 5u;
    if (frame.fragment) {
      frame.index = data[at + 2] & 15;
      frame.count = data[at + 2] >> 4;
      if (frame.index + 1 < frame.count && (data[at] & 0x40) == 0) bytes = kFragmentBytes;  // mostly what the rules want
    }
    if (bytes > 1300) bytes = kFragmentBytes + 1;
    std::array<std::uint8_t, 1400> room;
    FrameWriter out(room);
    fill(out.add(frame, bytes), frame.lane, data[at + 1], frame.index);
    const Bytes packet = out.finish();
    now_us += (data[at] & 0x20) != 0 ? 3'000'000 : 1'000;
    if (packet.size() > kMaxDatagramBytes - kTagBytes) continue;
    if (lanes.check(packet) != ReceiveLanes::Verdict::good) continue;
    messages.clear();
    PacketNews news;
    const Reason broken = lanes.take(packet, at, now_us, messages, news);
    MRD_ASSERT(broken == Reason::none || broken == Reason::reassembly);
    MRD_ASSERT(lanes.held_bytes() <= bound);
    for (const Delivered& message : messages) {
      if (message.bytes.empty()) continue;
      const std::uint8_t id = message.bytes[0];
      MRD_ASSERT(delivered.insert({message.lane, id}).second);
      for (std::size_t i = 0; i < message.bytes.size(); ++i) {
        const auto index = static_cast<std::uint8_t>(i / kFragmentBytes);
        const auto expected = static_cast<std::uint8_t>(id * 5 + index * 3 + static_cast<int>(message.lane));
        MRD_ASSERT(message.bytes[i] == (i % kFragmentBytes == 0 ? id : expected));
      }
    }
    if (broken != Reason::none) return 0;  // the session ends here
    (void)lanes.stuck(now_us);
  }
  return 0;
}
