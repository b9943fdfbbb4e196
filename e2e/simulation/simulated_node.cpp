#include "e2e/simulation/simulated_node.hpp"

#include <algorithm>

#include "base/siphash.hpp"
#include "world/change/state_hash.hpp"

namespace meridian::sim {

World make_world(const Content& content) {
  World world;
  world.kinds = content.kinds;
  for (const ChunkCoord at : content.chunks.coords()) world.chunks.load(at) = *content.chunks.find(at);
  return world;
}

SimulatedNode::SimulatedNode(const Plan& plan, const Content& content, Network& network, Observer& observer, TraceHash& trace)
    : plan_(plan),
      content_(content),
      network_(network),
      observer_(observer),
      trace_(trace),
      chance_(stream(plan.seed, Purpose::node_keys)) {
  chance_.fill(key_.bytes);
}

void SimulatedNode::start(Now now) {
  ++incarnation_;
  inbox_.clear();
  connections_ = std::make_unique<Connections>(ConnectionsSettings{.node = kNode,
                                                                   .incarnation = incarnation_,
                                                                   .boot_mono_us = now.mono_us,
                                                                   .token_keys = {{.id = 1, .key = key_}},
                                                                   .max_players = 64,
                                                                   .offer_aes = false},
                                               chance_);
  // Entity ids are never reused: each life has its own block of them.
  core_ = std::make_unique<NodeCore>(NodeCoreSettings{.node = kNode,
                                                      .max_players = 64,
                                                      .view_blocks = kViewBlocks,
                                                      .nearest = 48,
                                                      .spawn = content_.spawn,
                                                      .first_entity_counter = std::uint64_t{incarnation_} << 32,
                                                      .link_dead_s = 5},
                                     make_world(content_));
  next_tick_ = Tick{1000 * std::uint64_t{incarnation_}};
  next_due_us_ = now.mono_us + kTick_us;
  connections_->set_tick(next_tick_.value, next_due_us_);
  observer_.node_started(now, incarnation_);
}

void SimulatedNode::carry(Now now, const DatagramBatch& batch) {
  for (std::size_t i = 0; i < batch.size(); ++i) {
    const Address& to = batch.to(i);
    trace_.add(static_cast<std::uint64_t>(now.mono_us), to.port, siphash24(batch.bytes(i)));
    const int client = static_cast<int>(to.ip[15]) - 1;
    if (to.ip[14] == 1 && client >= 0 && client < plan_.clients)
      network_.send(now.mono_us, false, client, Network::node_address(), to, batch.bytes(i));
  }
}

void SimulatedNode::step(Now now) {
  std::vector<Parcel> arrived;
  arrived.swap(inbox_);
  for (Parcel& parcel : arrived) {
    trace_.add(static_cast<std::uint64_t>(now.mono_us), parcel.from.port, siphash24(parcel.bytes));
    const Parcel as_sent = parcel;  // opened where it lies: the observer is told what came
    const Datagram datagram{parcel.from, parcel.bytes};
    observer_.before_datagram(now, as_sent, *connections_);
    // One at a time, so that what each did can be told apart.
    const DatagramBatch& replies = connections_->step(now, {&datagram, 1});
    observer_.after_datagram(now, as_sent, *connections_, replies);
    carry(now, replies);
  }
  if (arrived.empty()) carry(now, connections_->step(now, {}));
  observer_.rooms_told(now, connections_->rooms());
  observer_.node_stepped(now, *connections_);
}

void SimulatedNode::tick(Now now) {
  const Tick tick = next_tick_;
  observer_.tick_begins(now, tick, connections_->events(), *core_);
  const std::span<const SessionRoom> rooms = connections_->rooms();
  const TickOutbox& outbox = core_->step(tick, {.now = now, .due_us = next_due_us_, .events = connections_->events(), .rooms = rooms});
  connections_->clear_events();
  ++next_tick_;
  next_due_us_ += kTick_us;
  connections_->set_tick(next_tick_.value, next_due_us_);
  observer_.tick_done(now, tick, *core_, outbox);
  carry(now, connections_->send(now, outbox));
  observer_.rooms_told(now, connections_->rooms());
  trace_.add(tick.value, core_->world().entities.size(), entities_hash(core_->world().entities));
}

}  // namespace meridian::sim
