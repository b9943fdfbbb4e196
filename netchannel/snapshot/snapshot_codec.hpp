// Lane 1: what one viewer is told in one packet. This is the codec's one face; its records are absolute and quantised today, segments
// later. One SnapshotEncoder a viewer on the node, one SnapshotDecoder a client. The layout is drawn in snapshot_form1.hpp and, with all
// rules of reading, in docs/protocol.md (snapshot form 1).
//
//   node:    bytes = encoder.encode(id, tick, head, nearest, room);  ...  encoder.fate(id, true) when the packet was acked
//   client:  decoder.read(bytes, newest_tick, update)                for every lane-1 message that came, late ones too: an ack of the
//   packet is taken as
//                                                                    "the decoder has read it", so a transport that drops late ones must
//                                                                    not ack them
//
//   snapshot  tick u16 | flags 8: own_match, own_full, far, dilation, zero 4 | input age 6, cause age 6, margin s8 (1/16 tick) | [own 96] |
//   leaves | records to the end
#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/bytes.hpp"
#include "base/ids.hpp"
#include "base/tick.hpp"
#include "netchannel/wire/wire_error.hpp"
#include "world/entity/entities.hpp"

namespace meridian {

inline constexpr std::size_t kMaxSnapshotBytes = 1100;
inline constexpr std::size_t kMaxSlots = 64;  // known entities a viewer

struct SnapshotHead {
  std::uint16_t tick_low = 0;
  bool own_match = false;             // the hash claimed for this tick agreed
  std::optional<BodyState> own_full;  // when not, until acked; and once a second
  std::uint8_t input_age = 63;        // ticks since the newest input heard
  std::uint8_t cause_age = 63;        // ticks since the newest cause of a correction (8.8); 63 = older
  std::int8_t margin_sixteenths = 0;  // 8.1; -128 = nothing to report
};

// One entity as the node sees it now.
struct VisibleEntity {
  EntityId id;
  EntityKind kind = EntityKind::player;
  Look look;
  std::int32_t x_q8 = 0, y_q8 = 0;
  std::uint8_t heading = 0, speed = 0;
};

class SnapshotEncoder {
 public:
  SnapshotEncoder();
  ~SnapshotEncoder();
  SnapshotEncoder(SnapshotEncoder&&) noexcept;
  SnapshotEncoder& operator=(SnapshotEncoder&&) noexcept;
  // `nearest` = all the viewer should see now, nearest first, nobody twice, the first 64 of them; entities known to the viewer and not in
  // it get a leave notice, repeated until a packet that held it is acked. Nearest records first until the room (<= kMaxSnapshotBytes) is
  // full; what waited longest is not starved. `id` names the packet to fate(); `tick` rises from call to call. Returns the bytes written;
  // 0, and nothing changed, when not even the head fits (6 B, with own_full 18 B).
  std::size_t encode(std::uint32_t id, Tick tick, const SnapshotHead& head, std::span<const VisibleEntity> nearest, MutableBytes room);
  // Lost ones may be told or not: what no acked packet held is said again anyway. An ack after a loss was told still counts.
  void fate(std::uint32_t id, bool acked);
  // A hint that fate() and encode() come next but one or so: asks for the memory they will need.
  void prefetch() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// What a packet said about one entity.
struct EntityUpdate {
  EntityId id;
  EntityKind kind = EntityKind::player;
  Look look;
  bool entered = false;             // was not known before this packet
  std::int32_t x_q8 = 0, y_q8 = 0;  // as quantised: the grid is part of the codec
  std::uint8_t heading = 0, speed = 0;
};
struct SnapshotUpdate {
  SnapshotHead head;
  Tick tick;
  std::vector<EntityUpdate> entities;
  std::vector<EntityId> left;
};

class SnapshotDecoder {
 public:
  SnapshotDecoder();
  ~SnapshotDecoder();
  // Parsed whole into scratch, then applied; a refused packet changes nothing. `near` = any tick within 32,767 of the packet's.
  // Packets older than one already read still refresh nothing newer: an entity keeps its newest tick.
  std::expected<void, WireError> read(Bytes bytes, Tick near, SnapshotUpdate& out);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace meridian
