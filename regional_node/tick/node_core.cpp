// step() reads as the picture in the header does. What a player is and where he stands: players.hpp. What he is told: viewers.hpp. What he
// may do: systems/.
#include "regional_node/tick/node_core.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "regional_node/systems/push.hpp"
#include "regional_node/tick/players.hpp"
#include "regional_node/tick/spawn_ground.hpp"
#include "regional_node/tick/viewers.hpp"

namespace meridian {
namespace {

constexpr std::size_t kSmallMessageRoom = 256;
constexpr std::uint8_t kMaxMalformed = 8;     // as many bad messages as bad frames (netcode 4) end a session
constexpr std::size_t kMaxNoticeBytes = 200;  // messages.hpp

}  // namespace

struct NodeCore::State {
  State(NodeCoreSettings s, World w)
      : settings(s),
        world(std::move(w)),
        log(world),
        players(s.max_players),
        viewers(s),
        spawn_ground(world, s.map, s.spawn),
        next_entity(s.first_entity_counter) {}

  void take_events(Tick tick, const NodeInputs& in);
  void open(Tick tick, SessionId session, const SessionIdentity& who);
  void close(Tick tick, SessionId session, Reason reason);
  void take_message(Tick tick, const NodeInputs& in, std::uint32_t player, const SessionEvent& event);
  void take_input(Tick tick, const NodeInputs& in, std::uint32_t player, const SessionEvent& event);
  void count_malformed(std::uint32_t player);
  std::optional<std::uint32_t> spawn(const SessionIdentity& who);
  void despawn(std::uint32_t player);
  void despawn_link_dead(Tick tick);
  void act();
  void move(Tick tick);
  void push(Tick tick);
  void count();
  void send(std::uint32_t player, Lane lane, Bytes bytes);

  NodeCoreSettings settings;
  World world;
  ChangeLog log;
  Grid grid;
  Players players;
  Viewers viewers;
  SpawnGround spawn_ground;
  std::uint64_t next_entity;
  Tick last_tick;
  bool ran = false;

  Outbox outbox;
  TickChanges changes{};
  NodeCounters counters;

  // Scratch of a tick, kept for its room.
  std::vector<BlockIntent> intents;
  std::vector<BlockOutcome> outcomes;
  std::vector<Mover> movers;
  std::vector<Moved> moved;
  std::vector<PushTry> push_tries;
  std::vector<PushOutcome> pushes;
  std::vector<Row> near_rows;
  std::vector<Neighbour> near;
};

NodeCore::NodeCore(NodeCoreSettings settings, World world) : state_(std::make_unique<State>(settings, std::move(world))) {}
NodeCore::~NodeCore() = default;

const TickOutbox& NodeCore::step(Tick tick, const NodeInputs& in) {
  State& s = *state_;
  MRD_ASSERT(!s.ran || tick == s.last_tick + 1);
  s.ran = true;
  s.last_tick = tick;
  s.outbox.clear();
  s.log.begin(tick);

  s.take_events(tick, in);
  s.despawn_link_dead(tick);
  s.grid.rebuild(s.world.entities, s.settings.map);
  s.act();
  s.move(tick);
  s.grid.rebuild(s.world.entities, s.settings.map);
  s.push(tick);
  s.changes = s.log.finish();
  s.viewers.tell(tick, s.world, s.grid, s.movers, s.changes, s.outbox, s.counters);
  s.count();
  return s.outbox.all();
}

void NodeCore::State::take_events(Tick tick, const NodeInputs& in) {
  intents.clear();
  for (Player& p : players.all())
    if (p.used) p.actions.tick();
  for (const SessionEvent& event : in.events) {
    if (event.kind == SessionEvent::Kind::opened) {
      open(tick, event.session, event.who);
      continue;
    }
    const auto player = players.find(event.session);
    if (!player) continue;  // of a session whose body another one has taken over
    switch (event.kind) {
      case SessionEvent::Kind::closed: close(tick, event.session, event.reason); break;
      case SessionEvent::Kind::message: take_message(tick, in, *player, event); break;
      case SessionEvent::Kind::snapshot: viewers.fate(*player, event.snapshot, event.acked); break;
      case SessionEvent::Kind::opened: break;
    }
  }
  for (const SessionRoom& room : in.rooms)
    if (const auto player = players.find(room.session)) viewers.room(*player, room);
  if (in.stop_notice.empty()) return;
  for (std::uint32_t i = 0; i < players.all().size(); ++i) {
    if (!players[i].used || !players[i].session) continue;
    const Notice notice{1, std::string(in.stop_notice.substr(0, kMaxNoticeBytes))};
    send(i, Lane::system, write_system_down(notice, outbox.room(kSmallMessageRoom)));
  }
}

void NodeCore::State::open(Tick tick, SessionId session, const SessionIdentity& who) {
  auto player = players.find_character(who.character);
  if (player && players[*player].session) {
    outbox.close(*players[*player].session, Reason::epoch);
    viewers.close(*player);
    players.detach(*player, tick);
  }
  if (!player) player = spawn(who);
  if (!player) {
    outbox.close(session, Reason::full);
    return;
  }
  players[*player].who = who;
  players.attach(*player, session, settings.tick_hz);
  viewers.open(*player, session, tick);
  ++counters.entered;
  const WorldInfo info{.self = players[*player].entity,
                       .map = settings.map,
                       .tick_hz = settings.tick_hz,
                       .rules_hash = world.kinds.rules_hash(),
                       .durable = false,  // until storage comes
                       .view_blocks_div8 = static_cast<std::uint8_t>((settings.view_blocks + 7) / 8)};
  send(*player, Lane::system, write_system_down(info, outbox.room(kSmallMessageRoom)));
}

// Who says goodbye is gone at once; who falls silent may come back to his body.
void NodeCore::State::close(Tick tick, SessionId session, Reason reason) {
  const std::uint32_t player = *players.find(session);
  viewers.close(player);
  players.detach(player, tick);
  ++counters.left;
  if (reason == Reason::bye) despawn(player);
}

std::optional<std::uint32_t> NodeCore::State::spawn(const SessionIdentity& who) {
  if (players.full()) {
    const auto longest = players.longest_link_dead();
    if (!longest) return std::nullopt;
    despawn(*longest);
  }
  const auto body = spawn_ground.place(world, who.character);
  if (!body) return std::nullopt;
  const EntityId id = EntityId::make(settings.node, next_entity++);
  const Look look{static_cast<std::uint16_t>(who.character)};
  return players.add(who, id, log.spawn(id, EntityKind::player, settings.map, *body, look));
}

void NodeCore::State::despawn(std::uint32_t player) {
  log.despawn(players[player].entity);
  std::erase_if(intents, [&](const BlockIntent& intent) { return intent.player == player; });
  players.remove(player);
}

void NodeCore::State::despawn_link_dead(Tick tick) {
  if (players.link_dead() == 0) return;
  const std::int64_t limit = std::int64_t{settings.link_dead_s} * settings.tick_hz;
  for (std::uint32_t i = 0; i < players.all().size(); ++i)
    if (players[i].used && !players[i].session && tick - players[i].link_dead_since >= limit) despawn(i);
}

void NodeCore::State::take_message(Tick tick, const NodeInputs& in, std::uint32_t player, const SessionEvent& event) {
  if (event.lane == Lane::input) return take_input(tick, in, player, event);
  if (event.lane == Lane::action) {
    const auto action = read_action(event.bytes);
    if (!action) return count_malformed(player);
    intents.push_back({player, players[player].body, nullptr, *action});
    return;
  }
  if (event.lane == Lane::system) {
    const auto ask = read_ask_chunk(event.bytes);
    if (!ask) return count_malformed(player);
    ++(viewers.ask_chunk(player, *ask, tick) ? counters.chunks_asked_again : counters.chunks_asks_refused);
    return;
  }
  count_malformed(player);
}

void NodeCore::State::take_input(Tick tick, const NodeInputs& in, std::uint32_t player, const SessionEvent& event) {
  const auto packet = read_input_packet(event.bytes);
  if (!packet) {
    ++counters.inputs_malformed;
    return count_malformed(player);
  }
  const auto added = players[player].inputs.add(*packet, tick, event.arrived_us, in.due_us, 1'000'000 / settings.tick_hz);
  counters.inputs += added.fresh;
  counters.inputs_late += added.late;
  counters.inputs_refused += added.refused;
}

void NodeCore::State::count_malformed(std::uint32_t player) {
  ++counters.messages_malformed;
  Player& p = players[player];
  if (++p.malformed == kMaxMalformed) outbox.close(*p.session, Reason::malformed);
}

void NodeCore::State::act() {
  outcomes.clear();
  for (BlockIntent& intent : intents) intent.rate = &players[intent.player].actions;  // now that the table does not grow any more
  run_block_intents(intents, grid, settings.map, log, outcomes, near_rows);
  for (const BlockOutcome& outcome : outcomes) {
    ++(outcome.result.refusal == Refusal::none ? counters.actions_done : counters.actions_refused);
    if (players[outcome.player].session)
      send(outcome.player, Lane::action, write_action_result(outcome.result, outbox.room(kSmallMessageRoom)));
  }
}

void NodeCore::State::move(Tick tick) {
  movers.clear();
  moved.clear();
  push_tries.clear();
  for (std::uint32_t i = 0; i < players.all().size(); ++i)
    if (players[i].used) movers.push_back({i, players[i].body, &players[i].inputs});
  move_everybody(tick, movers, log, moved);
  for (const Moved& m : moved) {
    if (players[m.player].session) {
      viewers.own(m.player).moved(tick, m.taken);
      counters.inputs_substituted += m.taken.substituted ? 1 : 0;
    }
    if ((m.taken.input.buttons & kButtonPush) != 0) push_tries.push_back({m.player, m.row, m.taken.input.aim, m.step.push_started});
  }
}

void NodeCore::State::push(Tick tick) {
  pushes.clear();
  run_pushes(push_tries, grid, log, pushes, near);
  for (const PushOutcome& outcome : pushes) {
    ++(outcome.refusal == Refusal::none ? counters.pushes : counters.pushes_refused);
    if (outcome.pushed != kNoRow) {
      const auto hit = std::ranges::find(moved, outcome.pushed, &Moved::row);
      if (hit != moved.end() && players[hit->player].session) viewers.own(hit->player).pushed(tick);
    }
    if (!players[outcome.player].session) continue;
    const PushResult result{static_cast<std::uint16_t>(tick.value), outcome.refusal};
    send(outcome.player, Lane::event, write_event(result, outbox.room(kSmallMessageRoom)));
  }
}

void NodeCore::State::send(std::uint32_t player, Lane lane, Bytes bytes) {
  outbox.message(*players[player].session, lane, bytes);
  viewers.charge(player, bytes.size());
}

void NodeCore::State::count() {
  ++counters.ticks;
  counters.changes_blocks += changes.blocks.size();
  counters.changes_motion += changes.motion.size();
  counters.players = static_cast<std::uint32_t>(players.count() - players.link_dead());
  counters.link_dead = static_cast<std::uint32_t>(players.link_dead());
  counters.entities = static_cast<std::uint32_t>(world.entities.size());
  counters.chunks = static_cast<std::uint32_t>(world.chunks.size());
}

const World& NodeCore::world() const { return state_->world; }
const TickChanges& NodeCore::changes() const { return state_->changes; }
const NodeCounters& NodeCore::counters() const { return state_->counters; }

std::optional<EntityId> NodeCore::entity_of(SessionId session) const {
  const auto player = state_->players.find(session);
  return player ? std::optional(state_->players[*player].entity) : std::nullopt;
}

}  // namespace meridian
