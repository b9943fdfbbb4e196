// A client in the simulation: the SDK as it is, on a simulated socket, and somebody who plays: walks, turns, builds, pushes, all from the
// seed.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "e2e/simulation/network.hpp"
#include "e2e/simulation/seeds.hpp"
#include "e2e/simulation/simulated_node.hpp"
#include "netchannel/client/client.hpp"

namespace meridian::sim {

class SimulatedClient {
 public:
  SimulatedClient(const Plan& plan, int index, const Content& content, Network& network, SimulatedNode& node);

  void join(Now now);   // a new SDK client on a new socket, with a ticket of a new epoch
  void leave(Now now);  // says goodbye; the SDK lives on until its CLOSE has been sent
  void step(Now now);   // every few ms of its own clock
  void deliver(Parcel parcel);
  // Drift of the client's own clock, in ppm; its time and the run's meet at `now`.
  void set_drift(Now now, std::int32_t ppm);
  void build(bool allowed) { may_build_ = allowed; }

  Client& sdk() { return *client_; }
  bool joined() const { return joined_; }
  bool ever_joined() const { return generation_ > 0; }
  Address address() const { return socket_ ? socket_->address() : Address{}; }
  std::uint64_t account() const;
  std::vector<Corrected> take_corrections() { return std::exchange(corrections_, {}); }
  // Why the link last changed, in the player's words.
  const std::string& last_word() const { return last_word_; }
  // Sealed packets that reached this SDK's socket as they were sent, each once. A node sends nothing else to it.
  std::uint64_t true_packets() const { return true_packets_.size(); }
  // Whether a datagram reached it or it played since the last call: else nothing that it holds can have grown.
  bool stirred() { return std::exchange(stirred_, false); }
  int index() const { return index_; }
  Now own_time(Now now) const;

 private:
  Input choose(Now now);
  void maybe_build(Now now);

  const Plan& plan_;
  const int index_;
  const Content& content_;
  Network& network_;
  SimulatedNode& node_;
  SeededChance keys_, play_, gate_;
  std::unique_ptr<SimulatedSocket> socket_;
  std::unique_ptr<Client> client_;
  bool joined_ = false, may_build_ = true, stirred_ = false;
  int generation_ = 0;
  std::int32_t drift_ppm_ = 0;
  Now drift_since_{};
  std::int64_t drift_gained_us_ = 0;
  Now last_now_{};
  Input walking_{};
  int ticks_until_turn_ = 0;
  std::vector<Corrected> corrections_;
  std::string last_word_;
  std::set<std::uint64_t> true_packets_;  // sent ids
};

}  // namespace meridian::sim
