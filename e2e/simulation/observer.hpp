// Where the checkers stand: told by the drivers what goes in and what comes out, never asked by them. A checker shares no code with what it
// checks.
#pragma once

#include <cstdint>
#include <span>

#include "base/clock.hpp"
#include "e2e/simulation/network.hpp"
#include "netchannel/connection/connections.hpp"
#include "regional_node/tick/node_core.hpp"

namespace meridian::sim {

class Observer {
 public:
  virtual ~Observer() = default;
  virtual void node_started(Now now, std::uint32_t incarnation) = 0;
  // Around the judging of one datagram.
  virtual void before_datagram(Now now, const Parcel& parcel, const Connections& connections) = 0;
  virtual void after_datagram(Now now, const Parcel& parcel, const Connections& connections, const DatagramBatch& replies) = 0;
  // After each step and each tick: each session's room, the sight of how full its lanes are.
  virtual void rooms_told(Now now, std::span<const SessionRoom> rooms) = 0;
  virtual void node_stepped(Now now, const Connections& connections) = 0;
  // Before core.step: what the tick is about to be given.
  virtual void tick_begins(Now now, Tick tick, std::span<const SessionEvent> events, const NodeCore& core) = 0;
  virtual void tick_done(Now now, Tick tick, const NodeCore& core, const TickOutbox& outbox) = 0;
};

}  // namespace meridian::sim
