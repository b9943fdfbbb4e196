#include "e2e/simulation/checks.hpp"

#include <algorithm>
#include <fmt/format.h>

#include "world/motion/movement.hpp"

namespace meridian::sim {
namespace {

bool is_data(const Parcel& parcel) { return !parcel.bytes.empty() && (parcel.bytes[0] & 0x80) == 0; }

std::uint64_t refused_packets(const ConnectionsCounters& c) {
  return c.rejected_tag + c.rejected_replay + c.rejected_malformed + c.rejected_cid + c.rejected_address + c.rejected_rate;
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
}

void Checks::before_datagram(Now, const Parcel&, const Connections& connections) {
  const ConnectionsCounters& c = connections.counters();
  before_ = {connections.events().size(), c.up, c.half, refused_packets(c)};
}

void Checks::after_datagram(Now now, const Parcel& parcel, const Connections& connections, const DatagramBatch& replies) {
  // No reply to one who is not known to be who he says may be larger than what he sent (a sealed packet's peer is known).
  if (!is_data(parcel)) {
    for (std::size_t i = 0; i < replies.size(); ++i)
      if ((replies.bytes(i)[0] & 0x80) != 0 && replies.to(i) == parcel.from && replies.bytes(i).size() > parcel.bytes.size())
        fail(now, fmt::format("amplification: {} B answered with {} B", parcel.bytes.size(), replies.bytes(i).size()));
    return;
  }
  const bool suspect = parcel.flipped || parcel.sent_id == 0 || accepted_.contains(parcel.sent_id);
  if (suspect) {
    outcome_of_suspect(now, parcel, connections);
  } else if (refused_packets(connections.counters()) == before_.refused) {
    accepted_.insert(parcel.sent_id);
  }
}

void Checks::outcome_of_suspect(Now now, const Parcel& parcel, const Connections& connections) {
  const char* kind = parcel.flipped ? "flipped" : parcel.sent_id == 0 ? "forged" : "copied";
  const ConnectionsCounters& c = connections.counters();
  if (refused_packets(c) == before_.refused) fail(now, fmt::format("a {} packet of client {} was not refused", kind, parcel.client));
  if (connections.events().size() > before_.events && connections.events().back().kind != SessionEvent::Kind::closed)
    fail(now, fmt::format("a {} packet of client {} was taken: {} events became {}", kind, parcel.client, before_.events,
                          connections.events().size()));
  if (c.up > before_.up || c.half > before_.half) fail(now, fmt::format("a {} packet of client {} made a session", kind, parcel.client));
}

void Checks::rooms_told(Now now, std::span<const SessionRoom> rooms) {
  constexpr std::uint32_t kMaxMessages = 256, kMaxBulk = 64 * 1024;  // of lanes 4 and 5
  for (const SessionRoom& room : rooms) {
    if (room.event_unacked > kMaxMessages) fail(now, fmt::format("queue bound: a session's event messages are {}", room.event_unacked));
    if (room.chunk_unacked > kMaxMessages) fail(now, fmt::format("queue bound: a session's chunk messages are {}", room.chunk_unacked));
    if (room.bulk_free_bytes > kMaxBulk) fail(now, fmt::format("queue bound: {} B of bulk are free", room.bulk_free_bytes));
  }
}

void Checks::node_stepped(Now now, const Connections& connections) {
  const ConnectionsCounters& c = connections.counters();
  constexpr std::uint32_t kMaxHalf = 64, kMaxUsedTokens = 60'000, kMaxReliableOut = 256 * 1024, kMaxReassembly = 16 * 1024;
  const std::uint32_t sessions = c.up + c.half + c.closing;
  const auto bound = [&](const char* what, std::uint64_t value, std::uint64_t limit) {
    if (value > limit) fail(now, fmt::format("queue bound: {} is {}, at most {}", what, value, limit));
  };
  bound("half-open sessions", c.half, kMaxHalf);
  bound("used tokens", c.used_tokens, kMaxUsedTokens);
  bound("reliable bytes out", c.queued_reliable_bytes, std::uint64_t{sessions} * kMaxReliableOut);
  bound("reassembly bytes", c.reassembly_bytes, std::uint64_t{sessions} * kMaxReassembly);
  for (const Reason broken : {Reason::bad_ack, Reason::malformed, Reason::reassembly, Reason::internal, Reason::flood})
    if (c.closed[static_cast<std::size_t>(broken)] > 0) fail(now, fmt::format("an honest session was closed: {}", name(broken)));
}

void Checks::tick_begins(Now now, Tick tick, std::span<const SessionEvent> events, const NodeCore&) {
  for (const SessionEvent& event : events) {
    if (event.kind == SessionEvent::Kind::opened) watched_[event.session] = Watched{.since_tick = tick.value};
    if (event.kind == SessionEvent::Kind::closed) watched_.erase(event.session);
    if (event.kind != SessionEvent::Kind::message || event.lane != Lane::input) continue;
    if (const auto it = watched_.find(event.session); it != watched_.end() && !it->second.inputs.hear(event.bytes, tick.value))
      fail(now, "an honest client's input message is malformed");
  }
}

void Checks::tick_done(Now now, Tick tick, const NodeCore& core, const TickOutbox& outbox) {
  bodies_obeyed(now, tick, core);
  truth_.record(tick, core.world().entities);
  for (const OutgoingSnapshot& sent : outbox.snapshots) snapshot_true(now, tick, core, sent);
}

// Each player's body is where the rule takes it from where it was, by the input that was due. Somebody else's push may come on top.
void Checks::bodies_obeyed(Now now, Tick tick, const NodeCore& core) {
  for (auto& [session, watched] : watched_) {
    if (const auto claim = watched.inputs.claim(tick.value)) watched.claims[tick.value] = *claim;
    const DueInput due = watched.inputs.due(tick.value);
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
    const bool pushed = real.push_ticks == kPushTicks && real.speed == kPushSpeed_q8;
    const bool same = pushed ? real.x_q8 == expected.x_q8 && real.y_q8 == expected.y_q8 && real.cooldown_ticks == expected.cooldown_ticks
                             : real == expected;
    if (!same)
      fail(now, fmt::format("entity {:x} at tick {} should be {}, is {}", entity->bits, tick.value, describe(expected), describe(real)));
  }
}

// Read as somebody else's client would read it, every field is what is true now.
void Checks::snapshot_true(Now now, Tick tick, const NodeCore& core, const OutgoingSnapshot& sent) {
  const auto watched = watched_.find(sent.session);
  const auto entity = core.entity_of(sent.session);
  if (watched == watched_.end() || !entity) return;
  const auto read = watched->second.snapshots.read(sent.bytes);
  if (!read) return fail(now, fmt::format("a snapshot of tick {} cannot be read: {}", tick.value, watched->second.snapshots.why()));
  if (read->tick_low != static_cast<std::uint16_t>(tick.value))
    fail(now, fmt::format("a snapshot says tick {} in tick {}", read->tick_low, tick.value));
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
    const auto real = truth_.body(EntityId{record.id}, tick);
    if (!real || record.x != sixteenths(real->x_q8) || record.y != sixteenths(real->y_q8) || record.heading != real->heading ||
        record.speed != real->speed)
      fail(now, fmt::format("a snapshot of tick {} tells entity {:x} at ({}, {}) heading {} speed {}, is {}", tick.value, record.id,
                            record.x, record.y, record.heading, record.speed, real ? describe(*real) : "not there"));
  }
}

void Checks::client_confirmed(Now now, SimulatedClient& client) {
  for (const Corrected& corrected : client.take_corrections())
    if (!corrected.has_cause)
      fail(now, fmt::format("client {} was corrected without a cause at tick {}: predicted {}, node {}", client.index(),
                            corrected.tick.value, describe(corrected.predicted), describe(corrected.actual)));
  const SelfView* self = client.sdk().self(client.own_time(now));
  if (self == nullptr) return;
  const ConfirmedView confirmed = client.sdk().confirmed();
  if (confirmed.own_tick) {
    if (const auto real = truth_.body(self->id, *confirmed.own_tick); real && *real != confirmed.own)
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

void Checks::client_healed(Now now, SimulatedClient& client, SimulatedNode& node) {
  const ClientStats stats = client.sdk().stats(client.own_time(now));
  const SelfView* self = client.sdk().self(client.own_time(now));
  if (stats.link != LinkState::up || self == nullptr) {
    fail(now, fmt::format("client {} is stuck 10 s after healing: link {}, {}", client.index(), name(stats.link), client.last_word()));
    return;
  }
  const ConfirmedView confirmed = client.sdk().confirmed();
  constexpr std::int64_t kNear = 40;  // ticks: 2 s
  if (!confirmed.own_tick || node.next_tick() - *confirmed.own_tick > kNear) {
    fail(now, fmt::format("client {} is stuck 10 s after healing: own state confirmed at tick {}, the node is at {}", client.index(),
                          confirmed.own_tick ? confirmed.own_tick->value : 0, node.next_tick().value));
    return;
  }
  // Its blocks: every chunk that it holds, and at least its own.
  const World& world = node.core().world();
  const Chunks& held = client.sdk().chunks();
  const ChunkCoord own = chunk_of(self->map, {self->body.x_q8 >> 8, self->body.y_q8 >> 8});
  if (held.find(own) == nullptr)
    fail(now, fmt::format("client {} does not hold the chunk it stands in ({}, {})", client.index(), own.x, own.y));
  for (const ChunkCoord at : held.coords()) {
    const Chunk* real = world.chunks.find(at);
    if (real == nullptr || real->cells != held.find(at)->cells)
      fail(now, fmt::format("client {} holds other blocks than the node in chunk ({}, {})", client.index(), at.x, at.y));
  }
  // Its neighbours: exactly those who are near, give or take the border where entering and leaving differ.
  constexpr std::int64_t kSure_q8 = 28 * 256, kFar_q8 = 48 * 256;
  for (const Truth::Body& body : truth_.newest()->bodies) {
    if (body.id == self->id) continue;
    const std::int64_t dx = body.state.x_q8 - self->body.x_q8, dy = body.state.y_q8 - self->body.y_q8;
    const bool known = std::any_of(confirmed.entities.begin(), confirmed.entities.end(), [&](const auto& k) { return k.id == body.id; });
    if (!known && dx * dx + dy * dy < kSure_q8 * kSure_q8)
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
