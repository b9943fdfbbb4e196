// What passes between Connections and the tick: events upward, outputs downward. Plain values; the bytes live in the giver's arena until
// its next `clear_events` (events) or `step` (outputs).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "netchannel/wire/lane.hpp"
#include "netchannel/wire/reason.hpp"

namespace meridian {

// A session of this process: slot (low 16 bits) and use of the slot (high 16). Never reused while anyone may hold it.
struct SessionId {
  std::uint32_t bits = 0xFFFFFFFF;
  friend auto operator<=>(const SessionId&, const SessionId&) = default;
};

struct SessionIdentity {
  std::uint64_t account = 0, character = 0, epoch = 0, entitlements = 0;
};

struct SessionEvent {
  enum class Kind : std::uint8_t {
    opened,    // first sealed packet came: `who`
    closed,    // `reason`; the session id is dead after this event
    message,   // `lane`, `bytes`: lanes 0, 2, 7 up
    snapshot,  // fate of a snapshot packet: `snapshot`, `acked` (false = lost)
  };
  Kind kind = Kind::opened;
  SessionId session;
  SessionIdentity who;
  Reason reason = Reason::none;
  Lane lane = Lane::input;
  Bytes bytes;
  std::int64_t arrived_us = 0;  // monotonic, of the datagram
  std::uint32_t snapshot = 0;
  bool acked = false;
};

// How many bytes of snapshot fit beside what else waits for this session's next packet; 0-1,100. `bulk_free_bytes` of lane 5's window may
// be queued.
struct SessionRoom {
  SessionId session;
  std::uint16_t snapshot_bytes = 0;
  std::uint32_t bulk_free_bytes = 0;
  std::uint32_t rtt_us = 0;
  std::uint16_t event_unacked = 0, chunk_unacked = 0;  // messages of lanes 4 and 5 queued or sent and not yet acked (Channel::queued)
};

struct OutgoingMessage {
  SessionId session;
  Lane lane = Lane::system;
  Bytes bytes;
};
struct OutgoingSnapshot {
  SessionId session;
  std::uint32_t id = 0;  // comes back as SessionEvent::snapshot
  Bytes bytes;
};
struct OutgoingClose {
  SessionId session;
  Reason reason = Reason::none;
};

// All that one tick wants sent.
struct TickOutbox {
  std::vector<OutgoingMessage> messages;
  std::vector<OutgoingSnapshot> snapshots;
  std::vector<OutgoingClose> closings;
};

}  // namespace meridian
