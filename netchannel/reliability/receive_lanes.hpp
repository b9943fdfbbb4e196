// The receiving side of all lanes: what a packet's frames bring, each lane's promise kept. A packet is judged whole (check) before anything
// of it is taken (take), so a bad frame anywhere drops all of it and leaves no trace.
//
//   reliable lanes, per id   nothing --> assembling --> whole --> done      ordered: whole waits until every id before it is done
#pragma once

#include <array>
#include <cstdint>
#include <expected>
#include <optional>
#include <vector>

#include "netchannel/reliability/channel.hpp"
#include "netchannel/reliability/fragments.hpp"
#include "netchannel/reliability/index_ring.hpp"
#include "netchannel/reliability/lane_rules.hpp"
#include "netchannel/wire/control.hpp"
#include "netchannel/wire/frame.hpp"

namespace meridian {

// What the frames of one packet say beside their messages.
struct PacketNews {
  bool eliciting = false;  // something that the sender waits for an ack of: any message, or a PING
  bool bulk = false;
  std::optional<Ping> ping;
  std::optional<Pong> pong;
  std::optional<Close> close;  // its text lies in the packet
};

class ReceiveLanes {
 public:
  explicit ReceiveLanes(Side self);

  // Judges the frames of a packet against every rule. Not good: drop the packet; flood: end the session as well.
  enum class Verdict : std::uint8_t { good, malformed, flood };
  Verdict check(Bytes frames) const;
  // Takes the frames of a packet that check() found good. Messages point into `frames` or into this; both last until the next take().
  // reassembly: the bound of held messages is passed, the session must end.
  Reason take(Bytes frames, std::uint64_t packet, std::int64_t now_us, std::vector<Delivered>& messages, PacketNews& news);
  // A fragmented message has not moved for 10 s.
  bool stuck(std::int64_t now_us) const { return held_.stuck(now_us); }
  std::size_t held_bytes() const { return held_.used_bytes(); }

 private:
  enum class Slot : std::uint8_t { nothing, assembling, whole, done };
  struct Place {
    Slot slot = Slot::nothing;
    std::uint32_t handle = 0;  // in held_, while assembling or whole
  };
  struct LaneState {
    std::uint64_t next = 0;           // the lowest id not done; nothing below is alive
    std::uint64_t end = 0;            // one past the greatest id seen
    std::uint64_t newest_packet = 0;  // sequenced: of the packet last delivered
    IndexRing<Place> places{8};
  };
  // A walk over a packet's frames. Ids are rebuilt from where the lanes stood before the packet, so both walks read the same.
  struct Walk {
    ByteReader in;
    std::uint16_t has_id = 0;  // bit = lane: `last_id` is of this packet
    std::array<std::uint64_t, 8> expected{}, last_id{};
  };
  Walk start(Bytes frames) const;
  struct Item {
    Frame frame;
    const LaneRule* rule = nullptr;
    std::uint64_t id = 0;
  };
  static std::expected<Item, WireError> next_item(Walk& walk);
  Verdict check_reliable(const Item& item) const;
  bool same_count_elsewhere(Bytes frames, const Item& item) const;
  Reason take_reliable(const Item& item, std::int64_t now_us, std::vector<Delivered>& messages);
  void finish(LaneState& lane, const LaneRule& rule, std::uint64_t id, Lane which, std::vector<Delivered>& messages);
  void deliver_held(Place& place, Lane which, std::vector<Delivered>& messages);

  Side self_;
  std::array<LaneState, 8> lanes_;
  HeldMessages held_;
  std::vector<std::uint8_t> delivered_;  // copies of held messages; never grows while spans point into it
};

}  // namespace meridian
