// The simulation of one node: a pure, single-threaded state machine. Session events in, an outbox out, once a tick; no socket, clock or
// chance of its own.
//
//   order of a tick: sessions and inputs in -> block actions -> everybody moves -> pushes -> change log closed -> chunks and block deltas
//   -> snapshots
//
// The driver (the shell, or the simulation) does: connections.step -> core.step(tick, {now, events, rooms}) -> connections.clear_events ->
// connections.send(outbox).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "base/tick.hpp"
#include "netchannel/connection/session_event.hpp"
#include "world/change/change_log.hpp"
#include "world/world.hpp"

namespace meridian {

struct NodeCoreSettings {
  NodeId node;
  MapId map;
  std::uint16_t tick_hz = 20;
  std::uint16_t max_players = 1000;
  std::uint16_t view_blocks = 64;          // radius of entities and chunks shown
  std::uint16_t nearest = 48;              // entities a viewer, at most kMaxSlots - 8
  BlockCoord spawn;                        // players appear on free ground near it
  std::uint64_t first_entity_counter = 1;  // ids are never reused: the shell takes it from the wall clock until there is a registry
  std::uint16_t link_dead_s = 30;          // a silent player's body stays this long
};

struct NodeInputs {
  Now now;                  // at the tick's start
  std::int64_t due_us = 0;  // monotonic moment the tick was due
  std::span<const SessionEvent> events;
  std::span<const SessionRoom> rooms;
  std::string_view stop_notice;  // not empty: shown to every player (Notice kind 1), <= 200 B; the driver closes the sessions after
};

struct NodeCounters {
  std::uint64_t ticks = 0, inputs = 0, inputs_late = 0, inputs_refused = 0, inputs_substituted = 0, inputs_malformed = 0;
  std::uint64_t actions_done = 0, actions_refused = 0, pushes = 0, pushes_refused = 0, messages_malformed = 0;
  std::uint64_t own_match = 0, own_full = 0, snapshots = 0, snapshot_bytes = 0, snapshot_records = 0, snapshots_skipped = 0;
  std::uint64_t chunks_sent = 0, chunk_bytes = 0, deltas_sent = 0, chunks_asked_again = 0, chunks_asks_refused = 0;
  std::uint64_t changes_blocks = 0, changes_motion = 0, entered = 0, left = 0, queue_full = 0;
  std::uint32_t players = 0, link_dead = 0, entities = 0, chunks = 0;
};

class NodeCore {
 public:
  NodeCore(NodeCoreSettings settings, World world);
  ~NodeCore();

  // Ticks run in order without a gap. The outbox lives until the next step.
  const TickOutbox& step(Tick tick, const NodeInputs& inputs);

  const World& world() const;
  const TickChanges& changes() const;  // of the last step
  const NodeCounters& counters() const;
  // A player's entity, for checkers and status; nullopt when this session is not in the world.
  std::optional<EntityId> entity_of(SessionId session) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace meridian
