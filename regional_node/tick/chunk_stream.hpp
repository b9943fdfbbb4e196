// The chunks that one player's client holds, and how they get there and stay right (`netcode.md` 7.5, Chunks).
//
//   wanted --full sent--> held --n-th delta (1..64)--> held --64 deltas, a crowd of changes, or asked again--> wanted (keeps its old
//   serial)
//     '------------------ out of view + margin: forget -------------------'
//
// Fulls go on lane 5, nearest first, at most 8 not acked, only into the bulk window's free room; deltas and forgets on lane 4. A serial is
// new for each full of the session. What cannot be sent now is not queued here: a chunk stays wanted, and its full says all.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/tick.hpp"
#include "netchannel/connection/session_event.hpp"
#include "netchannel/wire/messages.hpp"
#include "regional_node/tick/chunk_cache.hpp"
#include "regional_node/tick/outbox.hpp"
#include "world/motion/body.hpp"

namespace meridian {

struct NodeCounters;

// What this tick changed in one chunk; the event is rewritten with each viewer's serial and n.
struct ChunkChanges {
  ChunkCoord at;
  Event delta = BlockDelta{};
  bool too_many = false;  // more cells than a delta holds: a new full instead
  std::vector<BlockDelta::Cell>& cells() { return std::get<BlockDelta>(delta).cells; }
};

class ChunkStream {
 public:
  static constexpr std::int32_t kMarginBlocks = 16;  // beyond the view, before a chunk is forgotten: no flutter at the edge
  static constexpr std::uint16_t kMaxOpen = 8;
  static constexpr std::uint16_t kMaxEventsUnacked = 192;  // of lane 4's 256; above it a changed chunk waits for a new full
  static constexpr std::size_t kMaxCellsPerDelta = 255;

  ChunkStream() = default;
  ChunkStream(MapId map, std::uint16_t view_blocks, std::uint16_t tick_hz) : map_(map), view_blocks_(view_blocks), tick_hz_(tick_hz) {}

  // Where the body stands now: decides what is wanted and what is out of view. Cheap while he stays in the same 8 blocks.
  void look(const Chunks& chunks, const BodyState& body);
  // AskChunk. False: not a chunk and serial that he holds, or sooner than a second after the last full of it.
  bool ask_again(const AskChunk& ask, Tick now);
  // Deltas, forgets and fulls of this tick.
  void send(Tick now, SessionId session, SessionRoom room, const Chunks& chunks, std::span<ChunkChanges> changed, ChunkCache& cache,
            Outbox& outbox, NodeCounters& counters);
  // Whether he may not have the blocks within two of his body as they are now: fulls on the way or waiting.
  bool under_way_near(const Chunks& chunks, const BodyState& body) const;

  std::size_t held() const { return held_.size(); }

 private:
  struct Held {
    std::int32_t x = 0, y = 0;
    std::uint32_t distance2 = 0;  // to the chunk's middle, blocks squared, when he last moved 8 blocks
    std::uint16_t serial = 0;     // of the last full sent; 0 = none yet
    std::uint8_t n = 0;           // deltas since
    bool wanted = true;           // a full is to be sent
    bool settled = false;         // surely acked
    bool forget = false;          // out of view: to be told and dropped
    Tick full_at;
  };

  Held* find(std::int32_t x, std::int32_t y);
  const Held* find(std::int32_t x, std::int32_t y) const { return const_cast<ChunkStream*>(this)->find(x, y); }
  std::uint16_t next_serial();
  void mark_settled(Tick now, const SessionRoom& room);
  void send_forgets(SessionId session, SessionRoom& room, Outbox& outbox);
  void send_deltas(SessionId session, SessionRoom& room, std::span<ChunkChanges> changed, Outbox& outbox, NodeCounters& counters);
  void send_fulls(Tick now, SessionId session, SessionRoom& room, const Chunks& chunks, ChunkCache& cache, Outbox& outbox,
                  NodeCounters& counters);

  MapId map_;
  std::int32_t view_blocks_ = 64;
  std::int64_t tick_hz_ = 20;
  std::vector<Held> held_;
  std::uint16_t last_serial_ = 0;
  std::uint32_t wanted_ = 0, unsettled_ = 0, forgets_ = 0;  // how many of each in held_
  bool looked_ = false;
  BlockCoord looked_from_;  // in steps of 8 blocks
};

}  // namespace meridian
