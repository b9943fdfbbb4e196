// The simulated driver of the node's two machines: what the shell does with sockets and timers, done with parcels and simulated time, in
// the same order.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "e2e/simulation/network.hpp"
#include "e2e/simulation/observer.hpp"
#include "e2e/simulation/seeds.hpp"
#include "netchannel/connection/connections.hpp"
#include "regional_node/tick/node_core.hpp"
#include "world/world.hpp"

namespace meridian::sim {

inline constexpr std::int64_t kTick_us = 50'000;
inline constexpr NodeId kNode{1};
inline constexpr std::uint16_t kViewBlocks = 32;  // short, so that walkers come and go

// What every life of the node begins from: made once, copied.
struct Content {
  BlockKinds kinds;
  Chunks chunks;
  BlockCoord spawn;
};
World make_world(const Content& content);

class SimulatedNode {
 public:
  SimulatedNode(const Plan& plan, const Content& content, Network& network, Observer& observer, TraceHash& trace);

  void start(Now now);  // also: start again, from the seed, with the next incarnation
  void deliver(Parcel parcel) { inbox_.push_back(std::move(parcel)); }
  void step(Now now);  // every 10 ms
  void tick(Now now);  // every 50 ms, after step

  const Secret32& key() const { return key_; }
  std::uint32_t incarnation() const { return incarnation_; }
  NodeCore& core() { return *core_; }
  Connections& connections() { return *connections_; }
  Tick next_tick() const { return next_tick_; }

 private:
  void carry(Now now, const DatagramBatch& batch);

  const Plan& plan_;
  const Content& content_;
  Network& network_;
  Observer& observer_;
  TraceHash& trace_;
  SeededChance chance_;
  Secret32 key_;
  std::uint32_t incarnation_ = 0;
  std::unique_ptr<Connections> connections_;
  std::unique_ptr<NodeCore> core_;
  Tick next_tick_{};
  std::int64_t next_due_us_ = 0;
  std::vector<Parcel> inbox_;
};

}  // namespace meridian::sim
