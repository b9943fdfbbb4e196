// The sending side of the reliable lanes: messages wait here until every one of their units (the message, or its fragments) is acked. Which
// unit goes next is decided here; when a packet may leave, in channel.cpp.
//
//   unit   waiting --sent--> flying --acked--> acked
//             ^-- its newest carrier lost, or a probe --'
//
// Small actions (<= 48 B on lane 2, the oldest 8) ride in one packet a tick until acked, at most 8 times; from then on they are as any
// message.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "base/bytes.hpp"
#include "netchannel/reliability/index_ring.hpp"
#include "netchannel/reliability/lane_rules.hpp"
#include "netchannel/reliability/sent_packets.hpp"

namespace meridian {

inline constexpr std::size_t kMaxRidingBytes = 48;
inline constexpr unsigned kMaxRidingAtOnce = 8;
inline constexpr unsigned kMaxRides = 8;

struct SendUnit {
  Lane lane = Lane::control;
  std::uint64_t id = 0;
  std::uint8_t index = 0, count = 1;
  std::size_t bytes = 0;

  UnitCode code() const { return UnitCode::of(static_cast<std::uint8_t>(lane), index, id); }
  std::size_t frame_bytes() const { return bytes + (count > 1 ? 2u : 0u) + (bytes < 0x80 ? 4u : 5u); }  // with its id written out
};

class SendLanes {
 public:
  SendLanes(Side side, std::uint32_t bulk_window_bytes);

  enum class Queued : std::uint8_t { taken, lane_full, session_full };
  // A reliable lane that this side may send on; at most max_fragments(side) x kFragmentBytes.
  Queued queue(Lane lane, Bytes message);

  // The unit to send next of which the frame fits `room`: interactive by deficit round robin over the lanes' weights, oldest first inside a
  // lane.
  std::optional<SendUnit> next_interactive(std::size_t room);
  std::optional<SendUnit> next_bulk(std::size_t room);
  bool interactive_waiting() const;
  bool bulk_waiting() const { return waiting_ != 0 && lane(Lane::chunk).waiting != 0; }
  std::size_t interactive_waiting_bytes(std::size_t at_most) const;
  // The actions that ride now, oldest first; returns how many.
  unsigned riding(std::array<SendUnit, kMaxRidingAtOnce>& out) const;
  void copy(const SendUnit& unit, MutableBytes out) const;

  // The unit is in packet number `packet`. True: it was sent before, and not as a rider.
  bool sent(const SendUnit& unit, std::uint64_t packet, bool rode);
  void on_fate(const UnitFate& fate);
  bool flying() const { return flying_ != 0; }
  bool idle() const { return waiting_ == 0 && flying_ == 0; }
  // Probe: the oldest flying unit of each band waits again (not those that ride: they go anyway). Returns how many units that were.
  unsigned resend_oldest();

  std::size_t queued(Lane which) const { return lane(which).unacked; }
  std::uint32_t queued_bytes() const { return held_bytes_; }
  std::uint32_t bulk_free_bytes() const;
  // Once a second: gives the bulk lane's memory back after ten calls without a chunk.
  void release_idle();

 private:
  enum class UnitState : std::uint8_t { waiting, flying, acked };
  struct Unit {
    std::uint64_t carrier : 62 = 0;  // the newest packet that held it
    std::uint64_t state : 2 = 0;
  };
  struct Message {
    std::uint64_t first_byte = 0, first_unit = 0;
    std::uint32_t size = 0;
    std::uint8_t count = 0, unacked = 0, waiting = 0, rides = 0;
  };
  struct LaneState {
    std::uint64_t oldest = 0, next = 0;  // message ids; oldest = not wholly acked yet
    std::uint64_t scan_from = 0;         // no message before it has a unit that waits
    std::uint64_t bytes_end = 0, units_end = 0;
    std::uint32_t waiting = 0, unacked = 0;  // units; messages
    std::uint32_t max_bytes = 0;
    std::int32_t deficit = 0;
    IndexRing<Message> messages{8};
    IndexRing<Unit> units{8};
    IndexRing<std::uint8_t> bytes{256};
  };
  const LaneState& lane(Lane which) const { return lanes_[place(which)]; }
  LaneState& lane(Lane which) { return lanes_[place(which)]; }
  static constexpr std::size_t place(Lane which) { return which == Lane::system ? 4 : static_cast<std::size_t>(which) - 2; }

  // Calls take(unit) for the lane's waiting units, oldest first, without the actions that ride, until it says false.
  template <class Take>
  void each_waiting(Lane which, Take take) const;
  std::optional<SendUnit> first_waiting(Lane which) const;
  bool probe(std::span<const Lane> band);
  SendUnit unit_of(Lane which, std::uint64_t id, std::uint8_t index) const;
  void free_acked(LaneState& lane);

  Side side_;
  std::array<LaneState, 5> lanes_;  // 2, 3, 4, 5, 7
  std::uint32_t held_bytes_ = 0, flying_ = 0;
  std::uint32_t waiting_ =
      0;                  // units of all lanes: mostly 0, and then no lane need be looked at (five cold cache lines a session and poll)
  std::size_t turn_ = 0;  // of the round robin
  bool credit_given_ = false;  // some lane may still have credit: it ends with the lane's messages
  unsigned idle_seconds_ = 0;
};

}  // namespace meridian
