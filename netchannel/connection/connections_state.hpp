// What Connections is made of, for its own .cpp files: connections.cpp (the face, timers, sending), connect_judge.cpp (HELLO and CONNECT),
// session_packets.cpp (what comes sealed).
#pragma once

#include <vector>

#include "netchannel/connection/connections.hpp"
#include "netchannel/connection/cookie.hpp"
#include "netchannel/connection/entered_epochs.hpp"
#include "netchannel/connection/event_queue.hpp"
#include "netchannel/connection/rate_limits.hpp"
#include "netchannel/connection/session_states.hpp"
#include "netchannel/connection/session_table.hpp"
#include "netchannel/connection/used_tokens.hpp"
#include "netchannel/wire/handshake.hpp"

namespace meridian {

struct Connections::State {
  State(ConnectionsSettings s, Chance& c);

  // connect_judge.cpp
  void on_hello(Now now, const Datagram& datagram);
  void on_connect(Now now, const Datagram& datagram);
  void challenge(Now now, const Address& peer, std::uint8_t wire, std::uint64_t client_random, std::uint64_t echo_us);
  struct Request;  // a CONNECT on its way through the judging
  void judge_token(Now now, Request& request);
  void judge_place(Now now, Request& request, Session* existing);
  void admit(Now now, Request& request, Session* in_place_of);
  bool busy() const;
  bool within_limit(bool allowed, const Request& request);
  void refuse(const Request& request, Reason reason);
  void send_welcome(const Session& session);

  // session_packets.cpp
  void on_packet(Now now, const Datagram& datagram);
  void hint_lost(Now now, const Datagram& datagram, std::uint16_t cid);
  void accept(Now now, Session& session, MutableBytes datagram);
  void go_up(Now now, Session& session);
  void deliver(Now now, Session& session);

  // connections.cpp
  void count(SessionState state, SessionInput input) { ++counters.cells[static_cast<unsigned>(state)][static_cast<unsigned>(input)]; }
  void walk(Now now, bool tick);
  void flush_awake(Now now);
  void wake(Session& session);
  void run_timer(Now now, Session& session);
  void mind_channel(Now now, Session& session);             // after its accept or flush: has it ended?
  void close(Now now, Session& session, Reason reason);     // up -> closing, with its event and CLOSE
  void leave_up(Now now, Session& session, Reason reason);  // the same without CLOSE
  void flush(Now now, Session& session, bool tick);
  void release(Session& session);
  void count_out();
  void sum_up();

  ConnectionsSettings settings;
  Chance& chance;
  std::uint32_t max_half;
  CookieJar cookies;
  UsedTokens used;
  EnteredEpochs epochs;
  SourcePaces connect_paces, lost_paces;
  Pace dh_pace;
  std::uint64_t over_limit = 0;  // 1 in 100 is told
  SessionTable sessions;
  EventQueue queue;
  DatagramBatch out;
  std::vector<SessionRoom> room_list;
  std::vector<Delivered> messages;
  std::vector<SnapshotFate> fates;
  std::uint64_t next_tick = 0;
  std::int64_t next_tick_due_us = 0;
  std::vector<std::uint16_t> awake;  // slots of the sessions that are, and of some that were
  std::int64_t stepped_us = -1;      // the moment for which what is due between ticks has been done
  std::int64_t walked_us = 0;        // when all sessions were last looked at
  bool draining = false;
  ChannelStats gone;                 // the sums of sessions that are over
  std::size_t reassembly_bytes = 0;  // held by all channels together
  ConnectionsCounters counters;
};

}  // namespace meridian
