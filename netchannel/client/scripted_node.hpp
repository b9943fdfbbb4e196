// For tests of the SDK: a node in memory that does what a test's script says, at the far end of an impaired link. The handshake, seals and
// lanes are the real ones (Connections); the world is one flat map, one body and whatever messages the test wants sent. Simulated time, 1
// ms a step.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "netchannel/client/client.hpp"
#include "netchannel/connection/connections.hpp"
#include "netchannel/prediction/input_buffer.hpp"
#include "netchannel/relay/impairment.hpp"
#include "netchannel/snapshot/snapshot_codec.hpp"
#include "world/motion/movement.hpp"

namespace meridian::scripted {

inline constexpr std::int64_t kTick_us = 50'000;
inline constexpr MapId kMap{3};
inline constexpr BlockId kGrass{1}, kWall{2};

inline BlockKinds kinds() {
  return BlockKinds({{.name = "grass", .layer = Layer::floor},
                     {.name = "wall", .layer = Layer::active, .solid = true, .placeable = true, .breakable = true}});
}

// One way of the link.
class Way {
 public:
  Way(const ImpairmentSettings& settings, std::uint64_t seed) : impairment_(settings, seed) {}
  void send(std::int64_t now_us, Bytes bytes) {
    if (cut) return;
    impairment_.decide(now_us, bytes.size(), copies_);
    for (const Passage& copy : copies_) flight_.push_back({copy.at_us, {bytes.begin(), bytes.end()}});
  }
  void take(std::int64_t now_us, std::vector<std::vector<std::uint8_t>>& out) {
    out.clear();
    for (std::size_t i = 0; i < flight_.size();) {
      if (flight_[i].first > now_us) {
        ++i;
        continue;
      }
      out.push_back(std::move(flight_[i].second));
      flight_.erase(flight_.begin() + static_cast<std::ptrdiff_t>(i));
    }
  }
  bool cut = false;

 private:
  Impairment impairment_;
  std::vector<Passage> copies_;
  std::vector<std::pair<std::int64_t, std::vector<std::uint8_t>>> flight_;
};

class Node {
 public:
  explicit Node(std::uint32_t incarnation, std::int64_t boot_mono_us) : chance_(incarnation) {
    Chunk& chunk = chunks_.load({kMap, 0, 0});
    chunk.cells[0].fill(kGrass);
    for (std::size_t y = 0; y < 32; ++y) chunk.cells[1][y * 32 + 20] = kWall;
    ConnectionsSettings settings;
    settings.node = NodeId{1};
    settings.incarnation = incarnation;
    settings.boot_mono_us = boot_mono_us;
    settings.token_keys = {{1, key()}};
    settings.offer_aes = false;
    connections_ = std::make_unique<Connections>(settings, chance_);
  }
  static Secret32 key() {
    Secret32 key;
    key.bytes.fill(7);
    return key;
  }

  // ---- the script
  std::optional<std::uint64_t> rules_hash;                     // other than ours
  std::optional<Tick> info_from;                               // WorldInfo not before this tick
  std::function<std::optional<Refusal>(const Action&)> judge;  // nullopt: no answer at all
  std::function<void(Node&, Tick)> at_tick;                    // after motion
  std::vector<VisibleEntity> visible;
  bool send_chunk = true;

  BodyState body{.x_q8 = 10 * 256, .y_q8 = 10 * 256};
  std::uint16_t serial = 1;  // of the chunk's full
  std::uint8_t deltas = 0;   // since
  std::vector<Action> actions;
  std::vector<AskChunk> asks;
  std::uint64_t matched = 0, differed = 0, substituted = 0, inputs = 0;
  Tick next{1000};

  void message(Lane lane, Bytes bytes) { queued_.push_back({lane, {bytes.begin(), bytes.end()}}); }
  void full(std::uint16_t new_serial) {
    serial = new_serial;
    deltas = 0;
    message(Lane::chunk, write_chunk({0, 0, serial}, *chunks_.find({kMap, 0, 0})));
  }
  // The world's block changes and the client is told, or with `lose` only the count goes on.
  void change(BlockCoord at, BlockId block, bool lose = false) {
    chunks_.write({kMap, at, Layer::active}, block);
    const Event event =
        BlockDelta{.serial = serial, .n = ++deltas, .cells = {{.cell = cell_of(at), .layer = Layer::active, .block = block}}};
    if (!lose) message(Lane::event, write_event(event, room_));
  }
  void cause() { last_cause_ = next; }  // something happened in this tick that explains a correction
  void close(Now now) { connections_->shut_down(now); }
  void end(Reason reason) { end_ = reason; }
  Chunks& chunks() { return chunks_; }

  // ---- the driver
  void step(Now now, Way& up, Way& down, const Address& client) {
    const bool tick = now.mono_us >= due_us_;
    if (!tick && now.mono_us % 10'000 != 0) return;
    up.take(now.mono_us, arrived_);
    datagrams_.clear();
    for (auto& bytes : arrived_) datagrams_.push_back({client, bytes});
    deliver(now, connections_->step(now, datagrams_), down);
    if (!tick) return;
    run_tick();
    connections_->clear_events();
    due_us_ += kTick_us;
    ++next;
    connections_->set_tick(next.value, due_us_);
    deliver(now, connections_->send(now, outbox_), down);
  }
  void start(std::int64_t first_due_us) {
    due_us_ = first_due_us;
    connections_->set_tick(next.value, due_us_);
  }

 private:
  void run_tick() {
    outbox_ = {};
    for (const SessionEvent& event : connections_->events()) take(event);
    sent_.clear();
    if (!session_) return;
    const TakenInput taken = inputs_.take(next);
    substituted += taken.substituted ? 1 : 0;
    step_body(body, taken.input, chunks_, kinds_, kMap);
    if (taken.substituted) last_cause_ = next;
    if (at_tick) at_tick(*this, next);
    tell(taken);
  }

  void take(const SessionEvent& event) {
    switch (event.kind) {
      case SessionEvent::Kind::opened:
        session_ = event.session;
        inputs_ = {};
        encoder_ = SnapshotEncoder{};
        told_info_ = told_chunk_ = false;
        serial = deltas = 0;
        return;
      case SessionEvent::Kind::closed:
        if (session_ == event.session) session_.reset();
        return;
      case SessionEvent::Kind::snapshot: return encoder_.fate(event.snapshot, event.acked);
      case SessionEvent::Kind::message: break;
    }
    if (event.lane == Lane::input) {
      ++inputs;
      if (const auto packet = read_input_packet(event.bytes)) inputs_.add(*packet, next, event.arrived_us, due_us_, kTick_us);
    } else if (event.lane == Lane::action) {
      const auto action = read_action(event.bytes);
      if (!action) return;
      actions.push_back(*action);
      if (judge) answer(*action, judge(*action));
    } else if (const auto ask = read_ask_chunk(event.bytes)) {
      asks.push_back(*ask);
    }
  }
  void answer(const Action& action, std::optional<Refusal> refusal) {
    if (!refusal) return;
    const std::uint16_t id = std::visit([](const auto& a) { return a.id; }, action);
    if (*refusal == Refusal::none) {
      if (const auto* place = std::get_if<PlaceBlock>(&action)) {
        change(place->place.at, place->block);
      } else {
        change(std::get<BreakBlock>(action).place.at, kAir);
      }
      last_cause_ = next;
    }
    message(Lane::action, write_action_result({id, *refusal}, room_));
  }

  void tell(const TakenInput& taken) {
    if (!told_info_ && (!info_from || next >= *info_from)) {
      told_info_ = true;
      const WorldInfo info{.self = EntityId::make(NodeId{1}, 42),
                           .map = kMap,
                           .tick_hz = 20,
                           .rules_hash = rules_hash.value_or(kinds_.rules_hash()),
                           .durable = false,
                           .view_blocks_div8 = 4};
      message(Lane::system, write_system_down(info, room_));
    }
    if (send_chunk && !std::exchange(told_chunk_, true)) full(1);
    for (const auto& [lane, bytes] : queued_) {
      sent_.push_back(bytes);
      outbox_.messages.push_back({*session_, lane, sent_.back()});
    }
    queued_.clear();
    SnapshotHead head{.tick_low = static_cast<std::uint16_t>(next.value)};
    if (taken.own_hash16) {
      head.own_match = *taken.own_hash16 == own_state_hash16(body);
      ++(head.own_match ? matched : differed);
    }
    if (!head.own_match || next.value % 20 == 0) head.own_full = body;
    if (last_cause_ && next - *last_cause_ < 63) head.cause_age = static_cast<std::uint8_t>(next - *last_cause_);
    const auto margin = inputs_.take_margin();
    head.margin_sixteenths = margin ? margin->sixteenths : std::int8_t{-128};
    if (end_ != Reason::none) outbox_.closings.push_back({*session_, std::exchange(end_, Reason::none)});
    snapshot_.resize(kMaxSnapshotBytes);
    snapshot_.resize(encoder_.encode(static_cast<std::uint32_t>(next.value), next, head, visible, snapshot_));
    outbox_.snapshots.push_back({*session_, static_cast<std::uint32_t>(next.value), snapshot_});
  }

  static void deliver(Now now, const DatagramBatch& batch, Way& down) {
    for (std::size_t i = 0; i < batch.size(); ++i) down.send(now.mono_us, batch.bytes(i));
  }

  SeededChance chance_;
  BlockKinds kinds_ = kinds();
  Chunks chunks_;
  std::unique_ptr<Connections> connections_;
  std::optional<SessionId> session_;
  InputBuffer inputs_;
  SnapshotEncoder encoder_;
  bool told_info_ = false, told_chunk_ = false;
  Reason end_ = Reason::none;
  std::optional<Tick> last_cause_;
  std::int64_t due_us_ = 0;
  TickOutbox outbox_;
  std::vector<std::uint8_t> snapshot_;
  struct Queued {
    Lane lane;
    std::vector<std::uint8_t> bytes;
  };
  std::vector<Queued> queued_;
  std::vector<std::vector<std::uint8_t>> sent_, arrived_;
  std::vector<Datagram> datagrams_;
  std::array<std::uint8_t, 1200> room_{};
};

// A client, a node, a link; the client's own driver polls every 5 ms.
class Rig final : public Transport {
 public:
  explicit Rig(const ImpairmentSettings& link = {.delay_ms = 30}, std::uint64_t seed = 1, bool light = false)
      : up(link, seed), down(link, seed + 1), chance_(seed), kinds_(kinds()) {
    now = {.mono_us = 1'000'000'000, .wall_ms = 1'700'000'000'000};
    restart_node();
    restart_client(light);
  }

  // As if the program was started again: the old one says nothing more.
  void restart_client(bool light = false) {
    ClientOptions options;
    options.ticket = [this] { return ticket(); };
    options.kinds = &kinds_;
    options.connection.allow_aes = false;
    options.light = light;
    client = std::make_unique<Client>(std::move(options), *this, chance_);
    events.clear();
  }

  void restart_node() {
    const Tick next = node ? node->next : Tick{1000};
    node = std::make_unique<Node>(++incarnation_, now.mono_us);
    node->next = next;
    node->start(now.mono_us + 20'000);
  }

  // What a gate would give; a test may replace it.
  std::function<std::expected<Ticket, Error>()> ticket = [this] { return good_ticket(); };
  std::expected<Ticket, Error> good_ticket(std::int64_t lives_ms = 30'000, std::int64_t age_ms = 0) {
    ConnectToken token;
    token.key_id = 1;
    token.node = NodeId{1};
    token.expires_ms = static_cast<std::uint64_t>(now.wall_ms + lives_ms);
    chance_.fill(token.id);
    chance_.fill(token.secret.bytes);
    token.account = token.character = 77;
    token.epoch = token.issued_ms = static_cast<std::uint64_t>(now.wall_ms - age_ms);
    Ticket made;
    made.node = token.node;
    made.udp = "127.0.0.1:7777";
    made.token = seal_token(token, Node::key(), chance_);
    made.secret = token.secret;
    made.expires_ms = token.expires_ms;
    return made;
  }

  void run_for(std::int64_t us) {
    for (const std::int64_t end = now.mono_us + us; now.mono_us < end; now.mono_us += 1000, now.wall_ms += 1) {
      if (node) node->step(now, up, down, client_address_);
      if (now.mono_us >= stalled_until_us && now.mono_us % 5000 == 0) drive_client();
    }
  }
  // True as soon as an event of this kind has come.
  template <typename Event>
  bool run_until(std::int64_t at_most_us) {
    for (const std::int64_t end = now.mono_us + at_most_us; now.mono_us < end;) {
      if (count<Event>() > 0) return true;
      run_for(5000);
    }
    return count<Event>() > 0;
  }
  template <typename Event>
  std::size_t count() const {
    std::size_t n = 0;
    for (const ClientEvent& event : events) n += std::holds_alternative<Event>(event) ? 1 : 0;
    return n;
  }
  template <typename Event>
  const Event& last() const {
    for (std::size_t i = events.size(); i-- > 0;) {
      if (const auto* event = std::get_if<Event>(&events[i])) return *event;
    }
    static const Event none{};
    return none;
  }

  std::span<const Datagram> receive() override {
    down.take(now.mono_us, arrived_);
    datagrams_.clear();
    for (auto& bytes : arrived_) datagrams_.push_back({node_address_, bytes});
    return datagrams_;
  }
  void send(const DatagramBatch& batch) override {
    for (std::size_t i = 0; i < batch.size(); ++i) up.send(now.mono_us, batch.bytes(i));
  }

  Now now;
  Way up, down;
  std::unique_ptr<Node> node;
  std::unique_ptr<Client> client;
  std::vector<ClientEvent> events;
  std::function<Input(Tick)> input = [](Tick) { return Input{}; };
  int most_due = 0;
  std::int64_t stalled_until_us = 0;

 private:
  void drive_client() {
    client->step(now);
    const int due = client->ticks_due(now);
    most_due = std::max(most_due, due);
    for (int i = 0; i < due; ++i) client->input(now, input(Tick{client->self(now)->tick.value + 1}));
    while (auto event = client->poll()) events.push_back(std::move(*event));
  }

  SeededChance chance_;
  BlockKinds kinds_;
  std::uint32_t incarnation_ = 0;
  Address node_address_ = *Address::parse("127.0.0.1:7777"), client_address_ = *Address::parse("127.0.0.1:9999");
  std::vector<std::vector<std::uint8_t>> arrived_;
  std::vector<Datagram> datagrams_;
};

}  // namespace meridian::scripted
