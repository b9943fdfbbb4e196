// The face, the timers and the sending. How a datagram is judged: connect_judge.cpp (HELLO, CONNECT) and session_packets.cpp (sealed ones);
// what follows what: session_states.cpp.
#include "netchannel/connection/connections.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "netchannel/connection/connections_state.hpp"

namespace meridian {
namespace {

constexpr std::int64_t kHalf_us = 5'000'000, kSilence_us = 10'000'000, kClosing_us = 3'000'000;
constexpr std::uint32_t kLeastHalf = 64;

std::uint32_t half_bound(std::uint16_t max_players) { return std::max<std::uint32_t>(kLeastHalf, max_players / 10); }

// Those who play, those who come, and as many again who are on their way out.
std::size_t slots_for(std::uint16_t max_players) {
  return std::min<std::size_t>(65'536, max_players + 2 * std::size_t{half_bound(max_players)});
}

void add(ChannelStats& sum, const ChannelStats& one) {
  sum.resends += one.resends;
  sum.lost += one.lost;
  sum.spurious += one.spurious;
  sum.pto += one.pto;
}

}  // namespace

Connections::State::State(ConnectionsSettings s, Chance& c)
    : settings(std::move(s)),
      chance(c),
      max_half(half_bound(settings.max_players)),
      cookies(c),
      used(c.next_u64(), c.next_u64(), settings.max_used_tokens),
      connect_paces(c),
      lost_paces(c),
      sessions(slots_for(settings.max_players)),
      queue(sessions.size()) {
  room_list.reserve(sessions.size());
}

Connections::Connections(ConnectionsSettings settings, Chance& chance) : state_(std::make_unique<State>(std::move(settings), chance)) {}
Connections::~Connections() = default;

const DatagramBatch& Connections::step(Now now, std::span<const Datagram> arrived) {
  State& s = *state_;
  s.out.clear();
  for (const Datagram& datagram : arrived) {
    s.counters.bytes_in += datagram.bytes.size();
    ++s.counters.packets_in;
    const auto type = handshake_type(datagram.bytes);
    if (type == HandshakeType::hello) {
      s.on_hello(now, datagram);
    } else if (type == HandshakeType::connect) {
      s.on_connect(now, datagram);
    } else {
      s.on_packet(now, datagram);  // it refuses what is no data packet
    }
  }
  // Once a moment, however many batches it brings; and between ticks only who has something that may not wait: with 1,000 sessions these
  // walks were a good part of a node's work.
  if (now.mono_us != s.stepped_us) {
    s.stepped_us = now.mono_us;
    s.used.sweep(now.wall_ms);
    s.epochs.sweep(s.used.forgotten_to_ms());
    if (now.mono_us - s.walked_us >= 1'000'000 / s.settings.tick_hz)
      s.walk(now, false);
    else
      s.flush_awake(now);
  }
  s.count_out();
  return s.out;
}

const DatagramBatch& Connections::send(Now now, const TickOutbox& outbox) {
  State& s = *state_;
  s.out.clear();
  const auto up = [&](SessionId id) {
    Session* const session = s.sessions.by_id(id);
    return session != nullptr && session->state == SessionState::up ? session : nullptr;  // it may have ended since the tick looked
  };
  for (const OutgoingMessage& message : outbox.messages) {
    Session* const session = up(message.session);
    if (session != nullptr && !session->channel->queue(message.lane, message.bytes)) s.close(now, *session, Reason::slow_reader);
  }
  for (const OutgoingSnapshot& snapshot : outbox.snapshots) {
    if (Session* const session = up(snapshot.session)) session->channel->set_snapshot(snapshot.id, snapshot.bytes);
  }
  for (const OutgoingClose& closing : outbox.closings) {
    if (Session* const session = up(closing.session)) s.close(now, *session, closing.reason);
  }
  s.walk(now, true);
  s.count_out();
  return s.out;
}

std::span<const SessionEvent> Connections::events() const { return state_->queue.all(); }
void Connections::clear_events() { state_->queue.clear(); }

std::span<const SessionRoom> Connections::rooms() {
  State& s = *state_;
  s.room_list.clear();
  for (const Session& session : s.sessions.all()) {
    if (session.state != SessionState::up) continue;
    const Channel& channel = *session.channel;
    s.room_list.push_back({.session = session.id,
                           .snapshot_bytes = static_cast<std::uint16_t>(channel.snapshot_room()),
                           .bulk_free_bytes = channel.bulk_free_bytes(),
                           .rtt_us = channel.stats().srtt_us,
                           .event_unacked = static_cast<std::uint16_t>(channel.queued(Lane::event)),
                           .chunk_unacked = static_cast<std::uint16_t>(channel.queued(Lane::chunk))});
  }
  return s.room_list;
}

void Connections::set_tick(std::uint64_t next_tick, std::int64_t due_us) {
  state_->next_tick = next_tick;
  state_->next_tick_due_us = due_us;
}

void Connections::shut_down(Now now) {
  State& s = *state_;
  s.stepped_us = -1;  // the next step() sends what this says, also in the same moment
  s.draining = true;
  for (Session& session : s.sessions.all()) {
    if (session.state == SessionState::up) s.close(now, session, Reason::shutdown);
    if (session.state == SessionState::half) s.release(session);
  }
  s.sum_up();
}

bool Connections::empty() const { return state_->sessions.count(SessionState::none) == state_->sessions.size(); }
const ConnectionsCounters& Connections::counters() const {
  state_->sum_up();
  return state_->counters;
}

// Everybody: at each tick, and as often when no tick comes.
void Connections::State::walk(Now now, bool tick) {
  walked_us = now.mono_us;
  awake.clear();
  for (Session& session : sessions.all()) {
    if (session.state == SessionState::none) continue;
    session.awake = false;
    run_timer(now, session);
    flush(now, session, tick);
  }
}

void Connections::State::flush_awake(Now now) {
  const std::size_t count = awake.size();
  for (std::size_t i = 0; i < count; ++i) {
    Session& session = sessions.all()[awake[i]];
    session.awake = false;
    flush(now, session, false);
  }
  awake.erase(awake.begin(), awake.begin() + static_cast<std::ptrdiff_t>(count));
}

void Connections::State::wake(Session& session) {
  if (session.awake) return;
  session.awake = true;
  awake.push_back(static_cast<std::uint16_t>(session.id.bits));
}

void Connections::State::run_timer(Now now, Session& session) {
  std::int64_t limit_us = kClosing_us, since_us = session.since_us;
  if (session.state == SessionState::half) limit_us = kHalf_us;
  if (session.state == SessionState::up) {
    limit_us = kSilence_us;
    since_us = session.channel->last_received_us();
  }
  if (now.mono_us - since_us < limit_us) return;
  count(session.state, SessionInput::silence);
  switch (decide(session.state, SessionInput::silence)) {
    case SessionAction::free_unused:
    case SessionAction::free: return release(session);
    case SessionAction::close_timeout: return close(now, session, Reason::timeout);
    default: MRD_ASSERT(false && "a session in a state that nothing enters");
  }
}

void Connections::State::mind_channel(Now now, Session& session) {
  const Channel& channel = *session.channel;
  if (channel.ended() == Reason::none) return;
  if (session.state == SessionState::half) return release(session);
  if (session.state != SessionState::up) return;
  if (channel.ended_by_peer()) return leave_up(now, session, channel.ended());
  close(now, session, channel.ended());
}

void Connections::State::close(Now now, Session& session, Reason reason) {
  session.channel->close(reason, now);
  wake(session);
  leave_up(now, session, reason);
}

void Connections::State::leave_up(Now now, Session& session, Reason reason) {
  const auto number = static_cast<std::size_t>(reason);  // a peer may say any
  ++counters.closed[number < std::size(counters.closed) ? number : 0];
  sessions.enter(session, SessionState::closing, now.mono_us);
  SessionEvent event;
  event.kind = SessionEvent::Kind::closed;
  event.session = session.id;
  event.who = session.who;
  event.reason = reason;
  event.arrived_us = now.mono_us;
  queue.add(event);
}

// A session in half never heard its client with these keys, so nothing was sealed for it and its token may come again.
void Connections::State::release(Session& session) {
  if (session.state == SessionState::half) used.remove(session.token);
  add(gone, session.channel->stats());
  reassembly_bytes -= session.channel->stats().reassembly_bytes;
  sessions.free(session);
}

// Nothing goes to a session in half: it is not known yet that its client is there.
void Connections::State::flush(Now now, Session& session, bool tick) {
  if (session.state != SessionState::up && session.state != SessionState::closing) return;
  session.channel->flush(now, tick, session.peer, out);
  const std::uint64_t bulk = session.channel->stats().bulk_packets_out;
  session.inbound.bulk_sent(bulk - session.bulk_seen);
  session.bulk_seen = bulk;
  mind_channel(now, session);
  if (session.channel && session.channel->busy()) wake(session);
}

void Connections::State::count_out() {
  for (std::size_t i = 0; i < out.size(); ++i) counters.bytes_out += out.bytes(i).size();
  counters.packets_out += out.size();
}

void Connections::State::sum_up() {
  ChannelStats sum = gone;
  counters.queued_reliable_bytes = counters.reassembly_bytes = 0;
  counters.most_queued_reliable_bytes = counters.most_reassembly_bytes = 0;
  for (const Session& session : sessions.all()) {
    if (!session.channel) continue;
    const ChannelStats& stats = session.channel->stats();
    add(sum, stats);
    counters.queued_reliable_bytes += stats.queued_reliable_bytes;
    counters.reassembly_bytes += stats.reassembly_bytes;
    counters.most_queued_reliable_bytes = std::max(counters.most_queued_reliable_bytes, stats.queued_reliable_bytes);
    counters.most_reassembly_bytes = std::max(counters.most_reassembly_bytes, stats.reassembly_bytes);
  }
  counters.resends = sum.resends;
  counters.lost = sum.lost;
  counters.spurious = sum.spurious;
  counters.pto = sum.pto;
  counters.up = sessions.count(SessionState::up);
  counters.half = sessions.count(SessionState::half);
  counters.closing = sessions.count(SessionState::closing);
  counters.used_tokens = static_cast<std::uint32_t>(used.size());
  counters.inputs_dropped = queue.inputs_dropped();
}

}  // namespace meridian
