// The checkers of a run. They know the design and the truth, not the code under test: sessions by their events, bodies by the world's
// columns, bytes by readers written from docs/protocol.md (readers/).
//
//   a datagram that was flipped, copied or forged changes nothing            every reply is no larger than what asked for it
//   the body at each tick is what the rule makes of the input that was due   every snapshot says what was true, within its grid
//   every client's confirmed state is the node's                             every correction has a cause
//   no honest session is closed for breaking rules                           every queue is within its bound
//   a cause that the node names has been: causes.hpp                         a pushed body has somebody who pushed it
//   every true packet of a session opens                                     a client takes no more packets than true ones reached it
//   10 s after healing: everybody is in and near the present tick            at the end: everybody holds the node's blocks and neighbours
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "e2e/simulation/causes.hpp"
#include "e2e/simulation/observer.hpp"
#include "e2e/simulation/readers/input_oracle.hpp"
#include "e2e/simulation/readers/snapshot_reader.hpp"
#include "e2e/simulation/simulated_client.hpp"
#include "e2e/simulation/truth.hpp"

namespace meridian::sim {

class Checks final : public Observer {
 public:
  void node_started(Now now, std::uint32_t incarnation) override;
  void before_datagram(Now now, const Parcel& parcel, const Connections& connections) override;
  void after_datagram(Now now, const Parcel& parcel, const Connections& connections, const DatagramBatch& replies) override;
  void rooms_told(Now now, std::span<const SessionRoom> rooms) override;
  void node_stepped(Now now, const Connections& connections) override;
  void tick_begins(Now now, Tick tick, std::span<const SessionEvent> events, const NodeCore& core) override;
  void tick_done(Now now, Tick tick, const NodeCore& core, const TickOutbox& outbox) override;

  // A client against the truth, at any moment.
  void client_confirmed(Now now, SimulatedClient& client);
  // 10 s after healing: in, and near the present.
  bool client_is_back(Now now, SimulatedClient& client, SimulatedNode& node);
  // At the end, when nobody builds any more: holding what the node has.
  void client_settled(Now now, SimulatedClient& client, SimulatedNode& node);

  // After each of its steps that could change it: what it holds, and that it took no more packets than true ones reached it.
  void client_stepped(Now now, SimulatedClient& client);
  // How many packets the node took whose number had passed what travels of it.
  std::uint64_t past_wire_numbers() const { return past_wire_numbers_; }

  const std::vector<Violation>& violations() const { return violations_; }
  void fail(Now now, std::string what);

 private:
  void outcome_of_suspect(Now now, const Parcel& parcel, const Connections& connections);
  void outcome_of_true_packet(Now now, const Parcel& parcel, const Connections& connections);
  void outcome_of_changed_handshake(Now now, const Parcel& parcel, const Connections& connections);
  void outcome_of_true_connect(Now now, const Parcel& parcel, const Connections& connections);
  void brought_nothing(Now now, const Parcel& parcel, const Connections& connections);
  void bound(Now now, const char* what, std::uint64_t value, std::uint64_t limit);

  // What the node was given and told of one session.
  struct Watched {
    InputOracle inputs;
    SnapshotReader snapshots;
    std::map<std::uint64_t, std::uint16_t> claims;  // hashes that the client claimed, by tick
    Causes causes;
  };
  bool has_pusher(const NodeCore& core, EntityId id, const BodyState& pushed) const;
  void bodies_obeyed(Now now, Tick tick, const NodeCore& core);
  void snapshot_true(Now now, Tick tick, const NodeCore& core, const OutgoingSnapshot& sent);

  struct Before {
    std::size_t events = 0;
    std::uint32_t up = 0, half = 0;
    std::uint64_t refused = 0, replays = 0, tags = 0, forgotten = 0, welcome = 0, welcomes_again = 0;
  };
  std::vector<Violation> violations_;
  Truth truth_;
  std::uint32_t incarnation_ = 0;
  std::uint64_t past_wire_numbers_ = 0;
  Before before_;
  std::vector<EntityView> views_;
  std::map<SessionId, Watched> watched_;
  std::map<EntityId, std::uint32_t> aims_;  // of this tick's inputs, of bodies that somebody plays
  // Of this life of the node:
  std::set<std::uint64_t> accepted_;  // sent ids of the data packets that it has taken
  struct Newest {
    std::uint32_t number = 0;
    std::uint64_t opened_by = 0;  // sent id of the packet that opened the session
  };
  std::map<std::uint64_t, Newest> newest_;        // packet taken, by session
  std::map<SessionId, std::uint64_t> opened_as_;  // the key of each in newest_
  std::map<int, std::uint64_t> asked_;            // the token of each client's last CONNECT that was welcomed anew, hashed
  std::map<Reason, std::uint64_t> closed_;        // sessions, by why
  std::set<std::uint64_t> entered_;               // tokens of sessions that came up
};

}  // namespace meridian::sim
