// For tests: a NodeCore on a small flat world, sessions made by hand, and what each of them was sent, decoded as a client would.
#pragma once

#include <algorithm>
#include <cstring>
#include <map>
#include <string>
#include <vector>

#include "netchannel/prediction/input_packet.hpp"
#include "netchannel/snapshot/snapshot_codec.hpp"
#include "netchannel/wire/messages.hpp"
#include "regional_node/tick/node_core.hpp"
#include "world/change/reducer.hpp"
#include "world/change/state_hash.hpp"

namespace meridian::testing {

// Block ids of the scene's content.
inline constexpr BlockId kGrass{1}, kWater{2}, kRock{3}, kWall{4}, kBush{5};

inline BlockKinds scene_kinds() {
  return BlockKinds({{.name = "grass", .layer = Layer::floor, .breakable = true},
                     {.name = "water", .layer = Layer::floor, .walkable = false, .placeable = true},
                     {.name = "rock", .layer = Layer::active, .solid = true, .placeable = true, .breakable = true},
                     {.name = "wall", .layer = Layer::active, .solid = true},
                     {.name = "bush", .layer = Layer::active, .placeable = true, .breakable = true}});
}

// `chunks` x `chunks` chunks of grass from (0, 0).
inline World flat_world(std::int32_t chunks) {
  World world{.kinds = scene_kinds(), .chunks = {}, .entities = {}};
  for (std::int32_t y = 0; y < chunks; ++y)
    for (std::int32_t x = 0; x < chunks; ++x) world.chunks.load({MapId{0}, x, y}).cells[0].fill(kGrass);
  return world;
}

inline NodeCoreSettings scene_settings() {
  return {.node = NodeId{1}, .map = MapId{0}, .max_players = 8, .view_blocks = 32, .nearest = 16, .spawn = {48, 48}, .link_dead_s = 2};
}

// One session's side of the wire.
struct Told {
  SnapshotDecoder decoder;
  std::optional<WorldInfo> info;
  std::vector<std::string> notices;
  std::vector<ActionResult> results;
  std::vector<PushResult> pushes;
  std::vector<BlockDelta> deltas;
  std::vector<ForgetChunk> forgets;
  std::vector<ReadChunk> chunks;
  SnapshotUpdate snapshot;                // the last one
  std::map<EntityId, EntityUpdate> seen;  // by the snapshots
  std::size_t snapshots = 0;
  Reason closed = Reason::none;
};

class Scene {
 public:
  explicit Scene(NodeCoreSettings settings = scene_settings(), std::int32_t chunks = 4)
      : core(settings, flat_world(chunks)), copy_(flat_world(chunks)), reducer_(copy_) {}

  static constexpr SessionId session(std::uint16_t slot, std::uint16_t use = 1) { return {(std::uint32_t{use} << 16) | slot}; }

  void open(SessionId session, std::uint64_t character) {
    SessionEvent event;
    event.kind = SessionEvent::Kind::opened;
    event.session = session;
    event.who = {.account = character, .character = character, .epoch = 1};
    events_.push_back(event);
    up_.push_back(session);
  }
  void close(SessionId session, Reason reason) {
    SessionEvent event;
    event.kind = SessionEvent::Kind::closed;
    event.session = session;
    event.reason = reason;
    events_.push_back(event);
    std::erase(up_, session);
  }
  void message(SessionId session, Lane lane, Bytes bytes) {
    SessionEvent event;
    event.kind = SessionEvent::Kind::message;
    event.session = session;
    event.lane = lane;
    event.bytes = keep(bytes);
    event.arrived_us = due_us() - 20'000;
    events_.push_back(event);
  }
  // For the tick that runs next.
  void input(SessionId session, const Input& input, std::optional<std::uint16_t> hash = std::nullopt) {
    InputPacket packet;
    packet.newest_tick_low = static_cast<std::uint16_t>(next.value);
    packet.count = 1;
    packet.inputs[0] = input;
    packet.own_hash16 = hash;
    std::uint8_t bytes[kMaxInputPacketBytes];
    message(session, Lane::input, write_input_packet(packet, bytes));
  }
  void act(SessionId session, const Action& action) {
    std::uint8_t bytes[64];
    message(session, Lane::action, write_action(action, bytes));
  }

  // Runs one tick; every snapshot of it is acked before the next one unless `lose_snapshots`.
  void step(std::string_view stop_notice = {});
  void steps(int count) {
    for (int i = 0; i < count; ++i) step();
  }

  std::int64_t due_us() const { return static_cast<std::int64_t>(next.value) * 50'000; }
  BodyState body(SessionId session) const {
    const auto id = core.entity_of(session);
    const Row row = id ? core.world().entities.row(*id) : kNoRow;
    return row == kNoRow ? BodyState{} : core.world().entities.body(row);
  }
  Told& told(SessionId session) { return told_[session.bits]; }
  bool hashes_agree() const { return state_hash(core.world()) == state_hash(copy_); }
  // The same, without hashing a block: for the fuzzer.
  bool rebuilt_alike() const;

  NodeCore core;
  Tick next{100};
  SessionRoom room{.session = {}, .snapshot_bytes = 1100, .bulk_free_bytes = 65'536, .rtt_us = 60'000};  // everybody's
  bool lose_snapshots = false;
  bool never_ack_chunks = false;
  bool read_chunks = true;  // false: they are counted, not decoded

 private:
  Bytes keep(Bytes bytes) {
    arena_.push_back(std::vector<std::uint8_t>(bytes.begin(), bytes.end()));
    return arena_.back();
  }
  void decode(const OutgoingMessage& message);

  World copy_;  // rebuilt from the change log alone
  Reducer reducer_;
  std::vector<SessionId> up_;
  std::vector<SessionEvent> events_;
  std::vector<std::vector<std::uint8_t>> arena_;
  std::map<std::uint32_t, Told> told_;
  std::map<std::uint32_t, std::uint16_t> chunks_unacked_;
};

inline void Scene::decode(const OutgoingMessage& message) {
  Told& to = told(message.session);
  if (message.lane == Lane::action) to.results.push_back(read_action_result(message.bytes).value());
  if (message.lane == Lane::chunk) {
    if (read_chunks) read_chunk(message.bytes, to.chunks.emplace_back()).value();
    ++chunks_unacked_[message.session.bits];
  }
  if (message.lane == Lane::event) {
    const Event event = read_event(message.bytes).value();
    if (const auto* delta = std::get_if<BlockDelta>(&event)) to.deltas.push_back(*delta);
    if (const auto* forget = std::get_if<ForgetChunk>(&event)) to.forgets.push_back(*forget);
    if (const auto* push = std::get_if<PushResult>(&event)) to.pushes.push_back(*push);
  }
  if (message.lane == Lane::system) {
    const SystemDown down = read_system_down(message.bytes).value();
    if (const auto* info = std::get_if<WorldInfo>(&down)) to.info = *info;
    if (const auto* notice = std::get_if<Notice>(&down)) to.notices.push_back(notice->text);
  }
}

inline bool Scene::rebuilt_alike() const {
  const Chunks &real = core.world().chunks, &rebuilt = copy_.chunks;
  return std::ranges::equal(real.coords(), rebuilt.coords()) &&
         std::ranges::all_of(
             real.coords(),
             [&](ChunkCoord at) { return std::memcmp(&real.find(at)->cells, &rebuilt.find(at)->cells, sizeof(Chunk::cells)) == 0; }) &&
         entities_hash(core.world().entities) == entities_hash(copy_.entities);
}

inline void Scene::step(std::string_view stop_notice) {
  std::vector<SessionRoom> rooms;
  for (const SessionId session : up_) {
    SessionRoom r = room;
    r.session = session;
    if (!never_ack_chunks) chunks_unacked_[session.bits] = 0;
    r.chunk_unacked = chunks_unacked_[session.bits];
    rooms.push_back(r);
  }
  const TickOutbox& out = core.step(
      next,
      {.now = {.mono_us = due_us(), .wall_ms = 0}, .due_us = due_us(), .events = events_, .rooms = rooms, .stop_notice = stop_notice});
  events_.clear();
  arena_.clear();
  reducer_.apply(core.changes());
  for (const OutgoingMessage& message : out.messages) decode(message);
  for (const OutgoingSnapshot& snapshot : out.snapshots) {
    Told& to = told(snapshot.session);
    to.decoder.read(snapshot.bytes, next, to.snapshot).value();
    ++to.snapshots;
    for (const EntityUpdate& update : to.snapshot.entities) to.seen[update.id] = update;
    for (const EntityId id : to.snapshot.left) to.seen.erase(id);
    SessionEvent fate;
    fate.kind = SessionEvent::Kind::snapshot;
    fate.session = snapshot.session;
    fate.snapshot = snapshot.id;
    fate.acked = !lose_snapshots;
    events_.push_back(fate);
  }
  for (const OutgoingClose& closing : out.closings) told(closing.session).closed = closing.reason;
  ++next;
}

}  // namespace meridian::testing
