// The simulated network: datagrams between one node and its clients, each link and direction with its own Impairment and its own chance.
// What has been sent waits in one heap by (time, order of sending); who may be told what a datagram has been through is the checkers.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <queue>
#include <vector>

#include "e2e/simulation/coverage.hpp"
#include "e2e/simulation/faults.hpp"
#include "netchannel/relay/impairment.hpp"
#include "netchannel/transport/transport.hpp"

namespace meridian::sim {

// A datagram on its way, with its story.
struct Parcel {
  std::int64_t at_us = 0;
  std::uint64_t order = 0;
  bool to_node = false;
  int client = 0;  // the link
  Address from, to;
  std::vector<std::uint8_t> bytes;
  std::uint64_t sent_id = 0;  // of the datagram that was sent: all true copies share it, an attacker's too; 0 = nobody's
  bool flipped = false;       // a bit is not what was sent
};

class Network {
 public:
  Network(const Plan& plan, Coverage& coverage);

  static Address node_address();
  // A client's socket; `generation` counts its restarts and second logins.
  static Address client_address(int client, int generation);

  void send(std::int64_t now_us, bool to_node, int client, const Address& from, const Address& to, Bytes bytes);
  // Carried at once, by nobody's link.
  // `sent_id` = of the datagram that `bytes` are a true copy of, from the address it came from; 0 = anything else.
  void forge(std::int64_t now_us, int client, const Address& from, const Address& to, Bytes bytes, std::uint64_t sent_id);
  // The due time of the next parcel; INT64_MAX when none travels.
  std::int64_t next_us() const { return heap_.empty() ? INT64_MAX : heap_.front().at_us; }
  Parcel take();
  // What an attacker on the path of this client could have written down: the last 32 datagrams upward.
  struct Captured {
    Address from;
    std::vector<std::uint8_t> bytes;
    std::uint64_t sent_id;
  };
  const std::vector<Captured>& captured(int client) const { return captured_[static_cast<std::size_t>(client)]; }
  // Its last 4 CONNECTs, kept apart: they are few, and worth more.
  const std::vector<Captured>& captured_connects(int client) const { return captured_connects_[static_cast<std::size_t>(client)]; }

 private:
  struct Link {
    Link(std::uint64_t seed_up, std::uint64_t seed_down) : up({}, seed_up), down({}, seed_down) {}
    Impairment up, down;
  };
  void put(Parcel parcel);

  const Plan& plan_;
  Coverage& coverage_;
  std::vector<Link> links_;
  std::vector<std::vector<Captured>> captured_, captured_connects_;
  std::vector<Parcel> heap_;
  std::vector<Passage> passages_;
  std::uint64_t order_ = 0, sent_ids_ = 0;
};

// A client's socket in the simulation: the second implementation of the seam.
class SimulatedSocket final : public Transport {
 public:
  SimulatedSocket(Network& network, int client) : network_(network), client_(client) {}
  void begin(std::int64_t now_us) { now_us_ = now_us; }
  void rebind(const Address& address) {
    address_ = address;
    inbox_.clear();
  }
  const Address& address() const { return address_; }
  void deliver(Parcel parcel) { inbox_.push_back(std::move(parcel)); }

  std::span<const Datagram> receive() override;
  void send(const DatagramBatch& batch) override;

 private:
  Network& network_;
  int client_;
  Address address_;
  std::int64_t now_us_ = 0;
  std::vector<Parcel> inbox_, reading_;
  std::vector<Datagram> batch_;
};

}  // namespace meridian::sim
