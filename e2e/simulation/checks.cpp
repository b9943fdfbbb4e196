#include "e2e/simulation/checks.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <numbers>

#include "base/siphash.hpp"
#include "world/motion/movement.hpp"

namespace meridian::sim {
namespace {

constexpr std::uint8_t kConnectType = 0x83;  // docs/protocol.md, "Handshake"

constexpr std::uint32_t kMaxUp_bytes = 16 * 1024, kMaxDown_bytes = 256 * 1024;  // all reliable lanes of a session, docs/protocol.md

const char* kind_of(const Parcel& parcel) { return parcel.flipped ? "flipped" : parcel.sent_id == 0 ? "forged" : "copied"; }

bool is_data(const Parcel& parcel) { return !parcel.bytes.empty() && (parcel.bytes[0] & 0x80) == 0; }

std::uint64_t refused_packets(const ConnectionsCounters& c) {
  return c.rejected_tag + c.rejected_replay + c.rejected_malformed + c.rejected_cid + c.rejected_address + c.rejected_rate;
}

// Packet numbers are counted on, but only 13 bits of each travel: the one with these that is nearest to the newest.
constexpr std::uint32_t kNumbers = 8192;
std::uint32_t whole_number(std::uint32_t newest, std::uint32_t low) {
  const auto ahead = static_cast<std::int32_t>((low - newest) % kNumbers);
  return newest +
         static_cast<std::uint32_t>(ahead < static_cast<std::int32_t>(kNumbers / 2) ? ahead : ahead - static_cast<std::int32_t>(kNumbers));
}

std::uint64_t forgotten_half_open(const ConnectionsCounters& c) {
  return c.cells[static_cast<unsigned>(SessionState::half)][static_cast<unsigned>(SessionInput::silence)];
}

std::string describe(const BodyState& b) {
  return fmt::format("({}, {}) heading {} speed {} push {} cooldown {}", b.x_q8, b.y_q8, b.heading, b.speed, b.push_ticks,
                     b.cooldown_ticks);
}

}  // namespace

void Checks::fail(Now now, std::string what) {
  constexpr std::size_t kEnough = 20;  // the first ones tell the story
  if (violations_.size() < kEnough) violations_.push_back({now.mono_us, std::move(what)});
}

void Checks::node_started(Now, std::uint32_t incarnation) {
  incarnation_ = incarnation;
  truth_.forget();
  watched_.clear();
  accepted_.clear();
  newest_.clear();
  opened_as_.clear();
  asked_.clear();
  entered_.clear();
  closed_.clear();
}

void Checks::before_datagram(Now, const Parcel&, const Connections& connections) {
  const ConnectionsCounters& c = connections.counters();
  before_ = {connections.events().size(), c.up,      c.half,         refused_packets(c), c.rejected_replay, c.rejected_tag,
             forgotten_half_open(c),      c.welcome, c.welcome_again};
}

void Checks::after_datagram(Now now, const Parcel& parcel, const Connections& connections, const DatagramBatch& replies) {
  const bool changed = parcel.flipped || parcel.sent_id == 0;
  if (is_data(parcel)) {
    if (changed || accepted_.contains(parcel.sent_id)) {
      outcome_of_suspect(now, parcel, connections);
    } else {
      outcome_of_true_packet(now, parcel, connections);
    }
    return;
  }
  // No reply to one who is not known to be who he says may be larger than what he sent (a sealed packet's peer is known).
  std::size_t answered_bytes = 0;
  for (std::size_t i = 0; i < replies.size(); ++i)
    if ((replies.bytes(i)[0] & 0x80) != 0 && replies.to(i) == parcel.from) answered_bytes += replies.bytes(i).size();
  if (answered_bytes > parcel.bytes.size())
    fail(now, fmt::format("amplification: {} B answered with {} B", parcel.bytes.size(), answered_bytes));
  if (changed) {
    outcome_of_changed_handshake(now, parcel, connections);
  } else if (parcel.bytes[0] == kConnectType) {
    outcome_of_true_connect(now, parcel, connections);
  }
}

void Checks::outcome_of_suspect(Now now, const Parcel& parcel, const Connections& connections) {
  if (refused_packets(connections.counters()) == before_.refused)
    fail(now, fmt::format("a {} packet of client {} was not refused", kind_of(parcel), parcel.client));
  brought_nothing(now, parcel, connections);
}

// Only the step's own timers may have done something beside it: end a session that was silent.
void Checks::brought_nothing(Now now, const Parcel& parcel, const Connections& connections) {
  const ConnectionsCounters& c = connections.counters();
  std::uint32_t timed_out = 0;
  for (std::size_t i = before_.events; i < connections.events().size(); ++i) {
    const SessionEvent& event = connections.events()[i];
    if (event.kind == SessionEvent::Kind::closed && event.reason == Reason::timeout) {
      ++timed_out;
      continue;
    }
    fail(now, fmt::format("a {} packet of client {} was taken: {} events became {}{}", kind_of(parcel), parcel.client, before_.events,
                          connections.events().size(),
                          event.kind == SessionEvent::Kind::closed ? fmt::format(", closed: {}", name(event.reason)) : ""));
    break;
  }
  if (c.up > before_.up || c.half > before_.half)
    fail(now, fmt::format("a {} packet of client {} made a session", kind_of(parcel), parcel.client));
  if (c.up + timed_out < before_.up || c.half + (forgotten_half_open(c) - before_.forgotten) < before_.half)
    fail(now, fmt::format("a {} packet of client {} ended a session", kind_of(parcel), parcel.client));
}

// It opens. The first copy of a number that is not too old is refused as a repeat only if something untrue has used up its number.
void Checks::outcome_of_true_packet(Now now, const Parcel& parcel, const Connections& connections) {
  constexpr std::size_t kHeadBytes = 4;
  constexpr std::uint32_t kWindow = 64;
  if (parcel.bytes.size() < kHeadBytes) return;
  const auto low = static_cast<std::uint32_t>((parcel.bytes[0] & 0x1F) << 8 | parcel.bytes[1]);
  const std::uint64_t session = siphash24(Bytes(parcel.bytes).subspan(2, 2), parcel.from.port, static_cast<std::uint64_t>(parcel.client));
  const auto newest = newest_.find(session);
  const std::uint32_t number = newest == newest_.end() ? low : whole_number(newest->second.number, low);
  if (refused_packets(connections.counters()) != before_.refused) {
    // Sent before the packet that opened this session, it may be of an earlier one under the same id, whose numbers began at 1 as well.
    if (connections.counters().rejected_replay > before_.replays && newest != newest_.end() && parcel.sent_id > newest->second.opened_by &&
        number + kWindow > newest->second.number)
      fail(now, fmt::format("a true packet of client {}, number {}, was refused as a repeat at its first coming; the newest is {}",
                            parcel.client, number, newest->second.number));
    if (connections.counters().rejected_tag > before_.tags && newest != newest_.end() && parcel.sent_id > newest->second.opened_by)
      fail(now, fmt::format("a true packet of client {}, number {}, did not open; the newest is {}", parcel.client, number,
                            newest->second.number));
    return;
  }
  accepted_.insert(parcel.sent_id);
  const auto events = connections.events().subspan(std::min(before_.events, connections.events().size()));
  if (std::ranges::any_of(events, [](const SessionEvent& e) { return e.kind == SessionEvent::Kind::opened; })) {
    newest_[session] = {low, parcel.sent_id};
    for (const SessionEvent& event : events)
      if (event.kind == SessionEvent::Kind::opened) opened_as_[event.session] = session;
    if (const auto asked = asked_.find(parcel.client); asked != asked_.end()) entered_.insert(asked->second);
  } else if (newest != newest_.end()) {
    newest->second.number = std::max(newest->second.number, number);
    if (number >= kNumbers) ++past_wire_numbers_;
  }
}

// A HELLO or CONNECT with something changed may be answered, but nobody comes in by it.
void Checks::outcome_of_changed_handshake(Now now, const Parcel& parcel, const Connections& connections) {
  const ConnectionsCounters& c = connections.counters();
  if (c.welcome > before_.welcome || c.welcome_again > before_.welcomes_again)
    fail(now, fmt::format("a {} CONNECT of client {} was welcomed", kind_of(parcel), parcel.client));
  brought_nothing(now, parcel, connections);
}

// A token opens one session. (A session whose client was never heard gives it back.)
void Checks::outcome_of_true_connect(Now now, const Parcel& parcel, const Connections& connections) {
  constexpr std::size_t kTokenAt = 64, kTokenBytes = 184;  // docs/protocol.md, "Handshake"
  if (connections.counters().welcome == before_.welcome || parcel.bytes.size() < kTokenAt + kTokenBytes) return;
  const std::uint64_t token = siphash24(Bytes(parcel.bytes).subspan(kTokenAt, kTokenBytes));
  if (entered_.contains(token)) fail(now, fmt::format("a token of client {} opened a second session", parcel.client));
  asked_[parcel.client] = token;
}

void Checks::bound(Now now, const char* what, std::uint64_t value, std::uint64_t limit) {
  if (value > limit) fail(now, fmt::format("queue bound: {} is {}, at most {}", what, value, limit));
}

void Checks::rooms_told(Now now, std::span<const SessionRoom> rooms) {
  constexpr std::uint32_t kMaxMessages = 256, kMaxBulk = 64 * 1024;  // of lanes 4 and 5
  for (const SessionRoom& room : rooms) {
    bound(now, "a session's event messages", room.event_unacked, kMaxMessages);
    bound(now, "a session's chunk messages", room.chunk_unacked, kMaxMessages);
    bound(now, "a session's free bytes of bulk", room.bulk_free_bytes, kMaxBulk);
    if (const auto it = watched_.find(room.session); it != watched_.end()) it->second.causes.room(room);
  }
}

void Checks::node_stepped(Now now, const Connections& connections) {
  const ConnectionsCounters& c = connections.counters();
  constexpr std::uint32_t kMaxHalf = 64, kMaxUsedTokens = 60'000;
  // What waits for the tick: 4,096 messages and 32 more for each of the node's 192 places, and 4 fates and the like for each.
  constexpr std::uint32_t kPlaces = 64 + 2 * 64, kMaxEvents = 4096 + 36 * kPlaces;
  bound(now, "half-open sessions", c.half, kMaxHalf);
  bound(now, "used tokens", c.used_tokens, kMaxUsedTokens);
  bound(now, "events for the tick", connections.events().size(), kMaxEvents);
  bound(now, "a session's reliable bytes out", c.most_queued_reliable_bytes, kMaxDown_bytes);
  bound(now, "a session's reassembly bytes", c.most_reassembly_bytes, kMaxUp_bytes);
  for (const Reason broken : {Reason::bad_ack, Reason::malformed, Reason::reassembly, Reason::internal, Reason::flood}) {
    const std::uint64_t closed = c.closed[static_cast<std::size_t>(broken)];
    if (closed > closed_[broken]) fail(now, fmt::format("an honest session was closed: {}", name(broken)));
    closed_[broken] = closed;
  }
}

void Checks::tick_begins(Now now, Tick tick, std::span<const SessionEvent> events, const NodeCore&) {
  for (const SessionEvent& event : events) {
    if (event.kind == SessionEvent::Kind::opened) watched_.insert_or_assign(event.session, Watched{.causes = Causes(tick.value)});
    if (event.kind == SessionEvent::Kind::closed) {
      watched_.erase(event.session);
      if (const auto it = opened_as_.find(event.session); it != opened_as_.end()) {
        newest_.erase(it->second);
        opened_as_.erase(it);
      }
    }
    if (event.kind != SessionEvent::Kind::message || event.lane != Lane::input) continue;
    if (const auto it = watched_.find(event.session); it != watched_.end() && !it->second.inputs.hear(event.bytes, tick.value))
      fail(now, "an honest client's input message is malformed");
  }
}

void Checks::tick_done(Now now, Tick tick, const NodeCore& core, const TickOutbox& outbox) {
  bodies_obeyed(now, tick, core);
  truth_.record(tick, core.world().entities);
  for (const OutgoingMessage& message : outbox.messages) {
    if (message.lane != Lane::chunk) continue;
    if (const auto it = watched_.find(message.session); it != watched_.end()) it->second.causes.blocks_sent(tick.value);
  }
  for (auto& [session, watched] : watched_) {
    if (const auto entity = core.entity_of(session))
      if (const auto body = truth_.body(*entity, tick)) watched.causes.settle(tick.value, *body, core.changes().blocks);
  }
  for (const OutgoingSnapshot& sent : outbox.snapshots) snapshot_true(now, tick, core, sent);
}

// Each player's body is where the rule takes it from where it was, by the input that was due. Somebody else's push may come on top.
void Checks::bodies_obeyed(Now now, Tick tick, const NodeCore& core) {
  std::map<SessionId, DueInput> all_due;
  aims_.clear();
  for (auto& [session, watched] : watched_) {
    if (const auto claim = watched.inputs.claim(tick.value)) watched.claims[tick.value] = *claim;
    all_due[session] = watched.inputs.due(tick.value);
    if (const auto entity = core.entity_of(session)) aims_[*entity] = all_due[session].aim;
  }
  for (auto& [session, watched] : watched_) {
    const DueInput due = all_due[session];
    constexpr std::size_t kClaims = 128;
    while (watched.claims.size() > kClaims) watched.claims.erase(watched.claims.begin());
    const auto entity = core.entity_of(session);
    if (!entity) continue;
    const auto before = truth_.body(*entity, tick - 1);
    const Row row = core.world().entities.row(*entity);
    if (!before || row == kNoRow) continue;  // born in this tick
    BodyState expected = *before;
    step_body(expected,
              {static_cast<std::uint8_t>(due.heading), static_cast<Gait>(due.gait), static_cast<std::uint8_t>(due.buttons),
               static_cast<std::uint16_t>(due.aim)},
              core.world().chunks, core.world().kinds, core.world().entities.maps()[row]);
    const BodyState real = core.world().entities.body(row);
    const bool pushed = real.push_ticks == kPushTicks && real.speed == kPushSpeed_q8 && has_pusher(core, *entity, real);
    if (pushed) watched.causes.happened(tick.value);
    if (due.unforeseen) watched.causes.happened(tick.value);
    const bool same = pushed ? real.x_q8 == expected.x_q8 && real.y_q8 == expected.y_q8 && real.cooldown_ticks == expected.cooldown_ticks
                             : real == expected;
    if (!same)
      fail(now, fmt::format("entity {:x} at tick {} should be {}, is {}", entity->bits, tick.value, describe(expected), describe(real)));
  }
}

// Somebody within reach began a push in this tick, aimed at the body within 45 degrees, which goes away from him.
bool Checks::has_pusher(const NodeCore& core, EntityId id, const BodyState& pushed) const {
  constexpr double kReach_q8 = 384, kRight = std::numbers::pi / 2, kTurn = 2 * std::numbers::pi;
  constexpr double kRounding = kTurn / 256;  // aims and headings are in 256ths of a turn
  const auto apart = [](double a, double b) { return std::abs(std::remainder(a - b, kTurn)); };
  const Entities& entities = core.world().entities;
  for (Row row = 0; row < entities.size(); ++row) {
    const BodyState pusher = entities.body(row);
    if (entities.ids()[row] == id || pusher.cooldown_ticks != kPushCooldownTicks) continue;
    const double dx = pushed.x_q8 - pusher.x_q8, dy = pushed.y_q8 - pusher.y_q8;
    if (dx * dx + dy * dy > kReach_q8 * kReach_q8) continue;
    const double towards = std::atan2(dy, dx);
    const auto aim = aims_.find(entities.ids()[row]);  // nobody's whose session has just gone
    if (aim != aims_.end() && (dx != 0 || dy != 0)) {
      if (apart(aim->second * kTurn / 4096, towards) > kRight / 2 + kRounding) continue;
      if (apart(pushed.heading * kTurn / 256, towards) > kRounding) continue;
    }
    return true;
  }
  return false;
}

// Read as somebody else's client would read it: tick, cause, own state and records are what is true now. (Input age and margin are advice
// to the client's clock; what comes of wrong advice is a client who is stuck or corrected.)
void Checks::snapshot_true(Now now, Tick tick, const NodeCore& core, const OutgoingSnapshot& sent) {
  const auto watched = watched_.find(sent.session);
  const auto entity = core.entity_of(sent.session);
  if (watched == watched_.end() || !entity) return;
  const auto read = watched->second.snapshots.read(sent.bytes);
  if (!read) return fail(now, fmt::format("a snapshot of tick {} cannot be read: {}", tick.value, watched->second.snapshots.why()));
  if (read->tick_low != static_cast<std::uint16_t>(tick.value))
    fail(now, fmt::format("a snapshot says tick {} in tick {}", read->tick_low, tick.value));
  if (read->cause_age < kNoCauseAge && !watched->second.causes.had(tick.value - read->cause_age))
    fail(now, fmt::format("a snapshot of tick {} names a cause {} ticks ago, when nothing was", tick.value, read->cause_age));
  const BodyState own = truth_.body(*entity, tick).value_or(BodyState{});
  if (read->own) {
    const BodyState told{read->own->x,
                         read->own->y,
                         static_cast<std::uint8_t>(read->own->layer),
                         static_cast<std::uint8_t>(read->own->heading),
                         static_cast<std::uint8_t>(read->own->speed),
                         static_cast<std::uint8_t>(read->own->push),
                         static_cast<std::uint8_t>(read->own->cooldown)};
    if (told != own) fail(now, fmt::format("a snapshot tells a wrong own state: {}, is {}", describe(told), describe(own)));
  }
  if (read->own_match) {
    const auto claim = watched->second.claims.find(tick.value);
    if (claim == watched->second.claims.end() || claim->second != own_state_hash16(own))
      fail(now, fmt::format("a snapshot agrees with a hash that was not claimed or is not right, tick {}", tick.value));
  }
  const auto sixteenths = [](std::int32_t q8) { return ((q8 + 8) >> 4) * 16; };  // to the nearest, halves up
  for (const ReadRecord& record : read->records) {
    const auto real = truth_.find(EntityId{record.id}, tick);
    if (real && (record.kind != static_cast<std::uint32_t>(real->kind) || record.appearance != real->look.appearance))
      fail(now, fmt::format("a snapshot of tick {} tells entity {:x} as kind {} looking {}, is {} looking {}", tick.value, record.id,
                            record.kind, record.appearance, static_cast<std::uint32_t>(real->kind), real->look.appearance));
    if (!real || record.x != sixteenths(real->state.x_q8) || record.y != sixteenths(real->state.y_q8) ||
        record.heading != real->state.heading || record.speed != real->state.speed)
      fail(now, fmt::format("a snapshot of tick {} tells entity {:x} at ({}, {}) heading {} speed {}, is {}", tick.value, record.id,
                            record.x, record.y, record.heading, record.speed, real ? describe(real->state) : "not there"));
  }
}

void Checks::client_stepped(Now now, SimulatedClient& client) {
  const ClientStats stats = client.sdk().stats(client.own_time(now));
  bound(now, "a client's reliable bytes out", stats.queued_reliable_bytes, kMaxUp_bytes);
  bound(now, "a client's reassembly bytes", stats.reassembly_bytes, kMaxDown_bytes);
  if (stats.packets_in > client.true_packets())
    fail(now, fmt::format("client {} took {} packets, {} true ones reached it", client.index(), stats.packets_in, client.true_packets()));
}

void Checks::client_confirmed(Now now, SimulatedClient& client) {
  for (const Corrected& corrected : client.take_corrections())
    if (!corrected.has_cause)
      fail(now, fmt::format("client {} was corrected without a cause at tick {}: predicted {}, node {}", client.index(),
                            corrected.tick.value, describe(corrected.predicted), describe(corrected.actual)));
  const SelfView* self = client.sdk().self(client.own_time(now));
  if (self == nullptr) return;
  const ConfirmedView confirmed = client.sdk().confirmed();
  client.sdk().entities(client.own_time(now), views_);
  for (const EntityView& view : views_) {
    const auto known = std::ranges::find(confirmed.entities, view.id, &ConfirmedView::Known::id);
    if (known == confirmed.entities.end()) {
      fail(now, fmt::format("client {} draws entity {:x}, which it does not know", client.index(), view.id.bits));
      continue;
    }
    if (const auto real = truth_.find(view.id, known->tick); real && (real->kind != view.kind || real->look != view.look))
      fail(now, fmt::format("client {} draws entity {:x} as kind {} looking {}, is {} looking {}", client.index(), view.id.bits,
                            static_cast<int>(view.kind), view.look.appearance, static_cast<int>(real->kind), real->look.appearance));
  }
  if (confirmed.own_tick) {
    // Of wrong predictions one in 65,536 has the right one's hash by chance (netcode 8.8): held for right until the next tick's hash.
    if (const auto real = truth_.body(self->id, *confirmed.own_tick);
        real && *real != confirmed.own && own_state_hash16(*real) != own_state_hash16(confirmed.own))
      fail(now, fmt::format("client {} holds a wrong own state of tick {}: {}, node {}", client.index(), confirmed.own_tick->value,
                            describe(confirmed.own), describe(*real)));
  }
  const auto sixteenths = [](std::int32_t q8) { return ((q8 + 8) >> 4) * 16; };  // the grid of form 1
  for (const ConfirmedView::Known& known : confirmed.entities) {
    const auto real = truth_.body(known.id, known.tick);
    if (!real) {
      if (truth_.holds(known.tick) && known.id.counter() >> 32 == incarnation_)
        fail(now,
             fmt::format("client {} knows entity {:x} at tick {}, when it was not there", client.index(), known.id.bits, known.tick.value));
      continue;
    }
    if (sixteenths(real->x_q8) != known.x_q8 || sixteenths(real->y_q8) != known.y_q8 || real->heading != known.heading ||
        real->speed != known.speed)
      fail(now, fmt::format("client {} holds entity {:x} of tick {} at ({}, {}) heading {} speed {}, node {}", client.index(),
                            known.id.bits, known.tick.value, known.x_q8, known.y_q8, known.heading, known.speed, describe(*real)));
  }
}

bool Checks::client_is_back(Now now, SimulatedClient& client, SimulatedNode& node) {
  const ClientStats stats = client.sdk().stats(client.own_time(now));
  const SelfView* self = client.sdk().self(client.own_time(now));
  if (stats.link != LinkState::up || self == nullptr) {
    fail(now, fmt::format("client {} is stuck 10 s after healing: link {}, {}", client.index(), name(stats.link), client.last_word()));
    return false;
  }
  const ConfirmedView confirmed = client.sdk().confirmed();
  constexpr std::int64_t kNear = 40;  // ticks: 2 s
  if (!confirmed.own_tick || node.next_tick() - *confirmed.own_tick > kNear) {
    fail(now, fmt::format("client {} is stuck 10 s after healing: own state confirmed at tick {}, the node is at {}", client.index(),
                          confirmed.own_tick ? confirmed.own_tick->value : 0, node.next_tick().value));
    return false;
  }
  return true;
}

void Checks::client_settled(Now now, SimulatedClient& client, SimulatedNode& node) {
  const SelfView* self = client.sdk().self(client.own_time(now));
  const ConfirmedView confirmed = client.sdk().confirmed();
  // Its blocks: every chunk that it holds, and all that are surely in view. The node looks again at what is in view every 8 blocks, and who
  // runs is a few blocks ahead of what has been told.
  constexpr std::int32_t kSure = kViewBlocks - 16;
  const World& world = node.core().world();
  const Chunks& held = client.sdk().chunks();
  const std::int32_t x = self->body.x_q8 >> 8, y = self->body.y_q8 >> 8;
  for (const ChunkCoord at : world.chunks.coords()) {
    const std::int32_t dx = x - std::clamp(x, at.x * kChunkBlocks, (at.x + 1) * kChunkBlocks - 1);
    const std::int32_t dy = y - std::clamp(y, at.y * kChunkBlocks, (at.y + 1) * kChunkBlocks - 1);
    if (dx * dx + dy * dy <= kSure * kSure && held.find(at) == nullptr)
      fail(now, fmt::format("client {} does not hold chunk ({}, {}), which is in view", client.index(), at.x, at.y));
  }
  for (const ChunkCoord at : held.coords()) {
    const Chunk* real = world.chunks.find(at);
    if (real == nullptr || real->cells != held.find(at)->cells)
      fail(now, fmt::format("client {} holds other blocks than the node in chunk ({}, {})", client.index(), at.x, at.y));
  }
  // Its neighbours: exactly those who are near, give or take the border where entering and leaving differ.
  constexpr std::int64_t kSurely_q8 = 28 * 256, kFar_q8 = 48 * 256;
  for (const Truth::Body& body : truth_.newest()->bodies) {
    if (body.id == self->id) continue;
    const std::int64_t dx = body.state.x_q8 - self->body.x_q8, dy = body.state.y_q8 - self->body.y_q8;
    const bool known = std::any_of(confirmed.entities.begin(), confirmed.entities.end(), [&](const auto& k) { return k.id == body.id; });
    if (!known && dx * dx + dy * dy < kSurely_q8 * kSurely_q8)
      fail(now, fmt::format("client {} does not know entity {:x}, which is near", client.index(), body.id.bits));
    if (known && dx * dx + dy * dy > kFar_q8 * kFar_q8)
      fail(now, fmt::format("client {} still knows entity {:x}, which is far", client.index(), body.id.bits));
  }
  for (const ConfirmedView::Known& known : confirmed.entities) {
    const auto& bodies = truth_.newest()->bodies;
    if (std::none_of(bodies.begin(), bodies.end(), [&](const Truth::Body& b) { return b.id == known.id; }))
      fail(now, fmt::format("client {} still knows entity {:x}, which is gone", client.index(), known.id.bits));
  }
}

}  // namespace meridian::sim
