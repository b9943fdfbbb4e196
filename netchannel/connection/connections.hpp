// All sessions of a node's port: handshake, seals, lanes, timers. A pure machine: `step(now, datagrams)` every 10 ms and just before each
// tick, commands out. Which datagram belongs to whom, who may connect, when a session ends: all decided here, by the table of
// `netcode.md` 3.
//
//   datagram -> judged by its first byte -> HELLO: CHALLENGE | CONNECT: order of judging -> WELCOME or REFUSE | packet: its Channel
//   events() upward: opened, messages, fates, closed      send(): a tick's outbox downward
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/chance.hpp"
#include "base/clock.hpp"
#include "base/ids.hpp"
#include "netchannel/connection/session_event.hpp"
#include "netchannel/connection/session_states.hpp"
#include "netchannel/crypto/connect_token.hpp"
#include "netchannel/transport/datagram.hpp"

namespace meridian {

struct TokenKey {
  std::uint8_t id = 0;
  Secret32 key;  // K_node
};

struct ConnectionsSettings {
  NodeId node;
  std::uint32_t incarnation = 1;  // counter in the state folder, +1 a start
  std::int64_t boot_mono_us = 0;  // gate tokens issued before boot - 2 s are `stale`
  std::vector<TokenKey> token_keys;
  std::uint16_t max_players = 1000;
  std::uint32_t max_used_tokens = 60'000;  // remembered until they expire; above it nobody new comes in (REFUSE busy)
  std::uint16_t tick_hz = 20;
  std::size_t max_reassembly_bytes = 64 << 20;  // what all sessions together may hold that cannot be delivered yet
  bool offer_aes = true;  // suite 2 where the machine has it; the simulation turns it off, so that traces are equal everywhere
};

// Counters by name for /metrics and /v1/status: plain integers, read by the driver after a step.
struct ConnectionsCounters {
  std::uint64_t hello = 0, challenge = 0, connect = 0, welcome = 0, welcome_again = 0, lost_hint = 0;
  std::uint64_t refused[12] = {};  // by Reason number
  std::uint64_t packets_in = 0, packets_out = 0, bytes_in = 0, bytes_out = 0;
  std::uint64_t rejected_tag = 0, rejected_replay = 0, rejected_malformed = 0, rejected_cid = 0, rejected_address = 0, rejected_rate = 0;
  std::uint64_t closed[64] = {};  // by Reason number
  std::uint64_t resends = 0, lost = 0, spurious = 0, pto = 0;
  std::uint32_t up = 0, half = 0, closing = 0, used_tokens = 0;
  std::uint32_t queued_reliable_bytes = 0, reassembly_bytes = 0;            // of all sessions together
  std::uint32_t most_queued_reliable_bytes = 0, most_reassembly_bytes = 0;  // of the session with the most
  std::uint64_t inputs_dropped = 0;  // beyond their sessions' share of the events between two ticks, while there was no other room
  // Each (state, what happened) of session_states.hpp: that a simulation has been everywhere.
  std::uint64_t cells[kSessionStates][kSessionInputs] = {};
};

class Connections {
 public:
  Connections(ConnectionsSettings settings, Chance& chance);  // chance: keys, cookies, session ids; kept by reference
  ~Connections();

  // Takes what arrived, and sends what may not wait for the next tick, once for each `now`: further batches of one moment are only taken
  // in. Timers run with send(), and here when a tick's time has passed without one, so they are late by at most a tick. The batch lives
  // until the next step() or send().
  const DatagramBatch& step(Now now, std::span<const Datagram> arrived);
  // What has happened since clear_events(), in order. Bounded: event_queue.hpp.
  std::span<const SessionEvent> events() const;
  std::span<const SessionRoom> rooms();  // of every session that is up, as of now
  void clear_events();
  // A tick's outbox: reliable messages queued, snapshots built into packets, sessions closed. Flushes every session's tick packet.
  const DatagramBatch& send(Now now, const TickOutbox& outbox);
  // The next tick's number and the moment it is due: WELCOME carries it, and clients aim by it.
  void set_tick(std::uint64_t next_tick, std::int64_t due_us);
  // No new session from now on (REFUSE draining); every session is closed with `shutdown`.
  void shut_down(Now now);
  bool empty() const;  // no session is left in any state

  const ConnectionsCounters& counters() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace meridian
