// A whole node, one tick of all its players: sockets read, packets opened, inputs taken, everybody moved, everybody's view found, encoded,
// sealed and sent. CPU of the node's side alone, in microseconds a player and tick; the clients run in between and are not counted. Beside
// it the bare loop: recvmmsg, open, copy as many bytes as the snapshot has, seal, sendmmsg, with the same packets' sizes and the same AEAD.
//
// What would make the figure a lie, and what is done about it:
//   - nobody in view, or nobody moving: the players are spread so that about 36 are within the view (or all stand in one square), and all
//   run and turn.
//   - clients that never disagree because nothing is compared: each claims the hash of its own prediction, and the node must have found
//   them equal.
//   - a kernel that drops: every snapshot must arrive at its client.
//   - sizes that differ: the bare loop's packets are as long as the node's were on average, in both directions.
//   - a baseline that does less: every player has keys of his own in both loops, and before any time counts each packet of the bare loop
//   must have been opened, answered and heard.
// "players a core" is computed, not tried: how many players of the measured kind fill 50 ms at the 99th percentile of the ticks' CPU.
// Sending over loopback includes the receiver's half of the kernel's work, in both loops. Time is simulated: ticks follow each other at
// once, so caches are as warm as a busy node's.
#include <algorithm>
#include <cmath>
#include <fmt/format.h>

#include "base/clock.hpp"
#include "bench/allocations.hpp"
#include "bench/benches.hpp"
#include "netchannel/connection/client_connection.hpp"
#include "netchannel/connection/connections.hpp"
#include "netchannel/prediction/input_packet.hpp"
#include "netchannel/transport/shared_udp_socket.hpp"
#include "regional_node/tick/node_core.hpp"
#include "world/motion/movement.hpp"

namespace meridian {
namespace {

constexpr std::int64_t kTick_us = 50'000;
constexpr int kPolls = 5;  // the node reads its socket every 10 ms, and Connections looks at its timers each time
constexpr NodeId kNode{1};
constexpr BlockId kGrass{1};
constexpr std::uint16_t kViewBlocks = 64;

World grass(std::int32_t chunks) {
  World world{.kinds = BlockKinds({{.name = "grass", .layer = Layer::floor}}), .chunks = {}, .entities = {}};
  for (std::int32_t y = 0; y < chunks; ++y)
    for (std::int32_t x = 0; x < chunks; ++x) world.chunks.load({MapId{0}, x, y}).cells[0].fill(kGrass);
  return world;
}

// Where a player wanders: about his own post, so that the crowd stays as spread as it was meant.
struct Walker {
  std::unique_ptr<ClientConnection> connection;
  std::int32_t post_x_q8 = 0, post_y_q8 = 0;
  std::uint8_t heading = 0;
  BodyState predicted;
  bool knows_himself = false;
  std::uint64_t snapshots = 0;
};

struct Costs {
  double us = 0, send_us = 0;  // of the node's side
  std::uint64_t allocations = 0;
};

// The node and its players in one process, on real sockets.
class Crowd {
 public:
  // `side_blocks`: the players' posts fill a square of this side.
  Crowd(const Bench& bench, std::size_t players, std::int32_t side_blocks, std::uint16_t nearest)
      : bench_(bench),
        side_blocks_(side_blocks),
        udp_(UdpTransport::open(Address::parse("127.0.0.1:0").value()).value()),
        shared_(SharedUdpSocket::open(players).value()),
        connections_(net_settings(players), chance_),
        core_(core_settings(players, side_blocks, nearest), grass((side_blocks + 127) / 32)),
        walkers_(players) {
    connect_all();
    spread();
  }

  std::size_t players() const { return walkers_.size(); }
  const NodeCounters& counters() const { return core_.counters(); }
  const UdpCounters& traffic() const { return udp_.counters(); }
  std::uint64_t snapshots_heard() const {
    std::uint64_t sum = 0;
    for (const Walker& w : walkers_) sum += w.snapshots;
    return sum;
  }

  // One tick of clients, uncounted, and one of the node.
  void tick(Costs& costs) {
    clients();
    const std::uint64_t allocations = allocations_so_far();
    const double start_us = thread_cpu_us();
    for (int poll = 0; poll < kPolls; ++poll) {
      now_.mono_us += kTick_us / kPolls;
      now_.wall_ms += kTick_us / kPolls / 1000;
      read_socket(costs);
    }
    const TickOutbox& outbox = core_.step(
        tick_, {.now = now_, .due_us = now_.mono_us, .events = connections_.events(), .rooms = connections_.rooms(), .stop_notice = {}});
    connections_.clear_events();
    ++tick_;
    connections_.set_tick(tick_.value, now_.mono_us + kTick_us);
    send(connections_.send(now_, outbox), costs);
    costs.us += thread_cpu_us() - start_us;
    costs.allocations += allocations_so_far() - allocations;
  }

 private:
  static ConnectionsSettings net_settings(std::size_t players) {
    ConnectionsSettings net;
    net.node = kNode;
    net.max_players = static_cast<std::uint16_t>(players);
    net.token_keys.push_back({1, Secret32{}});
    return net;
  }
  static NodeCoreSettings core_settings(std::size_t players, std::int32_t side_blocks, std::uint16_t nearest) {
    NodeCoreSettings core;
    core.node = kNode;
    core.max_players = static_cast<std::uint16_t>(players);
    core.view_blocks = kViewBlocks;
    core.nearest = nearest;
    core.spawn = {32 + side_blocks / 2, 32 + side_blocks / 2};
    return core;
  }

  void read_socket(Costs& costs) {
    do {
      send(connections_.step(now_, udp_.receive()), costs);
    } while (udp_.more());
  }

  void send(const DatagramBatch& batch, Costs& costs) {
    if (batch.empty()) return;
    const double start_us = thread_cpu_us();
    udp_.send(batch);
    costs.send_us += thread_cpu_us() - start_us;
  }

  Ticket ticket(std::size_t player) {
    ConnectToken token;
    token.key_id = 1;
    token.node = kNode;
    token.expires_ms = static_cast<std::uint64_t>(now_.wall_ms) + 30'000;
    token.account = token.character = player + 1;
    token.epoch = token.issued_ms = static_cast<std::uint64_t>(now_.wall_ms);
    chance_.fill(token.id);
    chance_.fill(token.secret.bytes);
    return {.node = kNode,
            .udp = udp_.local().text(),
            .token = seal_token(token, Secret32{}, chance_),
            .secret = token.secret,
            .expires_ms = token.expires_ms};
  }

  void connect_all() {
    const auto columns = static_cast<std::size_t>(std::ceil(std::sqrt(static_cast<double>(walkers_.size()))));
    for (std::size_t i = 0; i < walkers_.size(); ++i) {
      Walker& w = walkers_[i];
      w.connection = std::make_unique<ClientConnection>(ClientConnectionSettings{}, chance_);
      const double step = static_cast<double>(side_blocks_) * kBlock_q8 / static_cast<double>(columns);
      w.post_x_q8 = 32 * kBlock_q8 + static_cast<std::int32_t>((static_cast<double>(i % columns) + 0.5) * step);
      const std::size_t row = i / columns;
      w.post_y_q8 = 32 * kBlock_q8 + static_cast<std::int32_t>((static_cast<double>(row) + 0.5) * step);
    }
    Costs ignored;
    for (std::size_t i = 0; i < walkers_.size(); i += 32) {  // as many at once as may be half open
      for (std::size_t j = i; j < std::min(i + 32, walkers_.size()); ++j) walkers_[j].connection->start(ticket(j), now_);
      for (int turns = 0; turns < 4; ++turns) tick(ignored);
    }
    for (int turns = 0; turns < 40 && core_.counters().players < walkers_.size(); ++turns) tick(ignored);
    bench_.must(core_.counters().players == walkers_.size(), "not everybody came in");
  }

  // They spawn together and run to their posts.
  void spread() {
    Costs ignored;
    for (int turns = 0; turns < side_blocks_ * 3 + 60; ++turns) tick(ignored);
    for (std::size_t i = 0; i < walkers_.size(); ++i) {
      const BodyState body = body_of(i);
      bench_.must(
          std::abs(body.x_q8 - walkers_[i].post_x_q8) < 10 * kBlock_q8 && std::abs(body.y_q8 - walkers_[i].post_y_q8) < 10 * kBlock_q8,
          "somebody is not at his post");
    }
  }

  BodyState body_of(std::size_t i) const {
    const Row row = core_.world().entities.row(ids_.size() > i ? ids_[i] : EntityId{});
    return row == kNoRow ? BodyState{} : core_.world().entities.body(row);
  }

  void clients() {
    for (bool more = true; more;) {
      more = shared_.receive();
      for (std::size_t i = 0; i < walkers_.size(); ++i) listen(i);
    }
    if (ids_.size() < walkers_.size()) find_ids();
    for (std::size_t i = 0; i < walkers_.size(); ++i) speak(i);
    shared_.send();
  }

  void listen(std::size_t i) {
    Walker& w = walkers_[i];
    for (auto arrived = shared_.line(i).receive(); !arrived.empty(); arrived = shared_.line(i).receive()) {
      for (const Datagram& datagram : arrived) {
        delivered_.clear();
        w.connection->accept(now_, datagram.bytes, delivered_);
        for (const Delivered& message : delivered_) w.snapshots += message.lane == Lane::snapshot ? 1 : 0;
      }
    }
  }

  // Entities carry the character's low bits as their look.
  void find_ids() {
    const Entities& entities = core_.world().entities;
    if (entities.size() < walkers_.size()) return;
    ids_.resize(walkers_.size());
    for (Row row = 0; row < entities.size(); ++row) ids_[entities.looks()[row].appearance - 1u] = entities.ids()[row];
  }

  void speak(std::size_t i) {
    Walker& w = walkers_[i];
    const bool up = w.connection->state() == LinkState::up;
    if (up && !ids_.empty()) steer(i);
    batch_.clear();
    w.connection->flush(now_, up, batch_);
    shared_.line(i).send(batch_);
  }

  // Runs home when he is far from his post, else turns a little; predicts and claims the hash.
  void steer(std::size_t i) {
    Walker& w = walkers_[i];
    w.predicted = body_of(i);
    const std::int32_t dx = w.post_x_q8 - w.predicted.x_q8, dy = w.post_y_q8 - w.predicted.y_q8;
    if (std::abs(dx) > 3 * kBlock_q8 || std::abs(dy) > 3 * kBlock_q8)
      w.heading = heading_of(dx, dy);
    else if (chance_.below(20) == 0)
      w.heading = static_cast<std::uint8_t>(chance_.below(256));
    InputPacket packet;
    packet.newest_tick_low = static_cast<std::uint16_t>(tick_.value);
    packet.count = 1;
    packet.inputs[0] = {.heading = w.heading, .gait = Gait::run};
    step_body(w.predicted, packet.inputs[0], core_.world().chunks, core_.world().kinds, MapId{0});
    packet.own_hash16 = own_state_hash16(w.predicted);
    std::uint8_t room[kMaxInputPacketBytes];
    w.connection->channel()->set_input(write_input_packet(packet, room));
  }

  const Bench& bench_;
  std::int32_t side_blocks_;
  SeededChance chance_{8};
  UdpTransport udp_;
  SharedUdpSocket shared_;
  Connections connections_;
  NodeCore core_;
  Now now_{.mono_us = 1'000'000, .wall_ms = 1'790'000'000'000};
  Tick tick_{1000};
  std::vector<Walker> walkers_;
  std::vector<EntityId> ids_;
  std::vector<Delivered> delivered_;
  DatagramBatch batch_;
};

// The same packets without a node: read, open, copy, seal, send.
class BareLoop {
 public:
  BareLoop(std::size_t players, std::size_t in_bytes, std::size_t out_bytes)
      : players_(players),
        in_bytes_(std::max(in_bytes, kHeader + kTagBytes)),
        out_bytes_(std::max(out_bytes, kHeader + kTagBytes)),
        udp_(UdpTransport::open(Address::parse("127.0.0.1:0").value()).value()),
        shared_(SharedUdpSocket::open(players).value()),
        copied_(kMaxDatagramBytes) {
    const Suite suite = available(Suite::aes256_gcm) ? Suite::aes256_gcm : Suite::chacha20_poly1305;
    for (std::size_t i = 0; i < players; ++i) {
      DirectionKeys keys{};
      std::copy_n(reinterpret_cast<const std::uint8_t*>(&i), sizeof i, reinterpret_cast<std::uint8_t*>(&keys));
      client_seals_.emplace_back(suite, keys);
      seals_.emplace_back(suite, keys);
    }
  }

  void tick(Costs& costs) {
    clients();
    const double start_us = thread_cpu_us();
    batch_.clear();
    do {
      for (const Datagram& datagram : udp_.receive()) answer(datagram);
    } while (udp_.more());
    const double before_send_us = thread_cpu_us();
    udp_.send(batch_);
    const double end_us = thread_cpu_us();
    costs.us += end_us - start_us;
    costs.send_us += end_us - before_send_us;
  }
  std::uint64_t answered() const { return answered_; }
  std::uint64_t heard() const { return heard_; }
  // What the last tick's answers were, uncounted.
  void hear() {
    for (bool more = true; more;) {
      more = shared_.receive();
      for (std::size_t i = 0; i < players_; ++i)
        for (auto arrived = shared_.line(i).receive(); !arrived.empty(); arrived = shared_.line(i).receive())
          for (const Datagram& datagram : arrived) heard_ += client_seals_[i].open(datagram.bytes, kHeader, number_) ? 1 : 0;
    }
  }

 private:
  static constexpr std::size_t kHeader = 4;  // whose packet it is

  void clients() {
    hear();
    ++number_;
    for (std::uint32_t i = 0; i < players_; ++i) {
      client_batch_.clear();
      const MutableBytes packet = client_batch_.reserve(in_bytes_);
      std::copy_n(reinterpret_cast<const std::uint8_t*>(&i), kHeader, packet.begin());
      client_seals_[i].seal(packet, kHeader, number_);
      client_batch_.commit(udp_.local(), in_bytes_);
      shared_.line(i).send(client_batch_);
    }
    shared_.send();
  }
  void answer(const Datagram& datagram) {
    std::uint32_t player = 0;
    std::copy_n(datagram.bytes.begin(), kHeader, reinterpret_cast<std::uint8_t*>(&player));
    if (player >= players_ || !seals_[player].open(datagram.bytes, kHeader, number_)) return;
    ++answered_;
    const MutableBytes packet = batch_.reserve(out_bytes_);
    std::copy_n(copied_.begin(), out_bytes_, packet.begin());
    seals_[player].seal(packet, kHeader, number_);
    batch_.commit(datagram.peer, out_bytes_);
  }

  std::size_t players_, in_bytes_, out_bytes_;
  UdpTransport udp_;
  SharedUdpSocket shared_;
  std::vector<PacketSeal> seals_, client_seals_;
  std::vector<std::uint8_t> copied_;
  DatagramBatch batch_, client_batch_;
  std::uint64_t number_ = 0, answered_ = 0, heard_ = 0;
};

struct Case {
  const char* name;
  std::size_t players;
  std::int32_t side_blocks;  // of the square they fill
  bool of_targets;           // the targets speak of 1,000 players, 36 in view
};

// Microseconds a player-tick, sending included.
Cost measure(Bench& bench, const Case& c) {
  Crowd crowd(bench, c.players, c.side_blocks, 36);
  const int ticks = bench.quick() ? 5 : 20;
  const double player_ticks = static_cast<double>(ticks) * static_cast<double>(c.players);
  Costs warm;
  for (int i = 0; i < 40; ++i) crowd.tick(warm);

  const NodeCounters before = crowd.counters();
  const UdpCounters traffic = crowd.traffic();
  const std::uint64_t heard = crowd.snapshots_heard();
  Costs sample;
  for (int i = 0; i < 40; ++i) crowd.tick(sample);
  const double sampled = 40.0 * static_cast<double>(c.players);
  const NodeCounters after = crowd.counters();
  const double in_bytes = static_cast<double>(crowd.traffic().bytes_in - traffic.bytes_in) / sampled;
  const double out_bytes = static_cast<double>(crowd.traffic().bytes_out - traffic.bytes_out) / sampled;
  const double in_view = static_cast<double>(after.snapshot_records - before.snapshot_records) / sampled;
  bench.must(static_cast<double>(after.own_match - before.own_match) > 0.999 * sampled, "predictions and the node disagree");
  bench.must(static_cast<double>(crowd.snapshots_heard() - heard) > 0.97 * sampled, "snapshots were lost");
  bench.note(fmt::format("{}: {:.1f} in view, packets of {:.0f} B in and {:.0f} B out, ours and the tag included", c.name, in_view,
                         in_bytes, out_bytes));

  BareLoop bare(c.players, static_cast<std::size_t>(std::lround(in_bytes)), static_cast<std::size_t>(std::lround(out_bytes)));
  Costs proof;
  for (int i = 0; i < 20; ++i) bare.tick(proof);
  bare.hear();
  bench.must(bare.answered() == 20 * c.players && bare.heard() == 20 * c.players, "the bare loop lost packets");

  // by_turns mixes the loops, so that noise hits all alike.
  std::vector<double> tick_us;
  const auto round = [&](auto& loop, bool without_send, std::vector<double>* ticks_us) {
    Costs costs;
    for (int i = 0; i < ticks; ++i) {
      const double before_us = costs.us;
      loop.tick(costs);
      if (ticks_us) ticks_us->push_back(costs.us - before_us);
    }
    return (costs.us - (without_send ? costs.send_us : 0)) / player_ticks;
  };
  const std::vector<std::function<double()>> variants = {
      [&] { return round(crowd, false, &tick_us); }, [&] { return round(bare, false, nullptr); },
      [&] { return round(crowd, true, nullptr); }, [&] { return round(bare, true, nullptr); }};
  const auto cost = by_turns(bench.rounds(9), variants);
  bare.hear();
  bench.must(static_cast<double>(bare.heard()) > 0.97 * static_cast<double>(bare.answered()), "the bare loop's answers were lost");
  std::ranges::sort(tick_us);
  const double p99_us = tick_us[tick_us.size() * 99 / 100];
  const std::string name = c.name;
  const auto when = [&](double target) { return c.of_targets ? std::optional(target) : std::nullopt; };
  bench.report({.name = name + ", whole",
                .unit = "us/player-tick",
                .value = cost[0],
                .baseline = "bare loop",
                .baseline_value = cost[1],
                .target = when(1.5),
                .target_of = TargetOf::ratio});
  bench.report({.name = name + ", without the send call",
                .unit = "us/player-tick",
                .value = cost[2],
                .baseline = "bare loop",
                .baseline_value = cost[3],
                .target = when(3.0)});
  bench.report({.name = name + ", players a core",
                .unit = "players",
                .value = {static_cast<double>(c.players) * kTick_us / p99_us, kTick_us / cost[0].median},
                .target = when(5000.0),
                .lower_is_better = false});
  bench.report(
      {.name = name + ", downward", .unit = "kB/s/player", .value = {out_bytes * 20 / 1000, out_bytes * 20 / 1000}, .target = when(4.0)});
  bench.report({.name = name + ", allocations",
                .unit = "/player-tick",
                .value = {static_cast<double>(sample.allocations) / sampled, static_cast<double>(sample.allocations) / sampled},
                .target = 0.0});
  return cost[0];
}

}  // namespace

void node(Bench& bench) {
  start_crypto();
  bench.note("one thread, loopback, simulated time; every player runs and turns; nearest 36 within 64 blocks");
  // 36 in a circle of 64 blocks: one on 357 blocks squared.
  Cost even = measure(bench, {"250 evenly", 250, 300, false});
  if (!bench.quick()) even = measure(bench, {"1,000 evenly", 1000, 598, true});
  const Cost square =
      measure(bench, {bench.quick() ? "250 in one square" : "1,000 in one square", bench.quick() ? 250u : 1000u, 60, false});
  bench.report({.name = "square over evenly",
                .unit = "us/player-tick",
                .value = square,
                .baseline = "evenly",
                .baseline_value = even,
                .target = 1.5,
                .target_of = TargetOf::ratio});
}

}  // namespace meridian
