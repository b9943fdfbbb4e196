// What comes sealed: whose is it, may he send so much, does it open, and what does it bring.
#include <algorithm>

#include "netchannel/connection/connections_state.hpp"
#include "netchannel/wire/packet_header.hpp"

namespace meridian {
namespace {

constexpr std::int64_t kLostPerSecond = 1;

}  // namespace

void Connections::State::on_packet(Now now, const Datagram& datagram) {
  const auto header = read_packet_header(datagram.bytes);
  if (!header || !header->connection_id) {
    ++counters.rejected_malformed;
    return;
  }
  const std::uint16_t cid = *header->connection_id;
  Session* const session = sessions.by_slot(cid);
  if (session == nullptr) {
    ++counters.rejected_cid;
    count(SessionState::none, SessionInput::sealed_bad);
    return hint_lost(now, datagram, cid);
  }
  if (session->peer != datagram.peer) {  // moving to a new address comes later; a client that needs it asks for a new ticket
    ++counters.rejected_address;
    return;
  }
  if (!session->inbound.allows(now.mono_us, datagram.bytes.size())) {
    ++counters.rejected_rate;
    if (session->state == SessionState::up && session->inbound.flooded()) close(now, *session, Reason::flood);
    return;
  }
  accept(now, *session, datagram.bytes);
}

void Connections::State::hint_lost(Now now, const Datagram& datagram, std::uint16_t cid) {
  if (datagram.bytes.size() < kLostBytes || !lost_paces.take_by_peer(now.mono_us, datagram.peer, kLostPerSecond)) return;
  Lost message;
  message.cid = cid;
  message.incarnation = settings.incarnation;
  std::copy_n(datagram.bytes.begin(), message.packet.size(), message.packet.begin());
  write_lost(message, out.reserve(kLostBytes));
  out.commit(datagram.peer, kLostBytes);
  ++counters.lost_hint;
}

void Connections::State::accept(Now now, Session& session, MutableBytes datagram) {
  Channel& channel = *session.channel;
  const std::uint64_t opened_before = channel.stats().packets_in;
  const std::size_t held_before = channel.stats().reassembly_bytes;
  messages.clear();
  fates.clear();
  const auto accepted = channel.accept(now, datagram, messages, fates);
  const std::size_t held = channel.stats().reassembly_bytes;
  reassembly_bytes += held - held_before;  // it may also have shrunk
  if (channel.stats().packets_in != opened_before) session.inbound.spend(datagram.size());
  count(session.state, accepted ? SessionInput::sealed_ok : SessionInput::sealed_bad);
  if (!accepted) {
    switch (accepted.error()) {
      case WireError::bad_tag: ++counters.rejected_tag; break;
      case WireError::replayed: ++counters.rejected_replay; break;
      default: ++counters.rejected_malformed; break;
    }
    return mind_channel(now, session);
  }
  switch (decide(session.state, SessionInput::sealed_ok)) {
    case SessionAction::go_up:
      go_up(now, session);
      deliver(now, session);
      break;
    case SessionAction::process: deliver(now, session); break;
    default: break;  // answer_close: the channel has heard it, and says CLOSE again with its next flush
  }
  mind_channel(now, session);
  const bool too_much = held > held_before && reassembly_bytes > settings.max_reassembly_bytes;
  if (too_much && session.state == SessionState::up) close(now, session, Reason::reassembly);
}

// The character is here now. Whoever else was it is closed, but for one that waits with a greater epoch: that one will close this.
void Connections::State::go_up(Now now, Session& session) {
  for (Session& other : sessions.all()) {
    if (&other == &session || other.who.character != session.who.character) continue;
    if (other.state == SessionState::up) close(now, other, Reason::epoch);
    if (other.state == SessionState::half && other.who.epoch <= session.who.epoch) release(other);
  }
  sessions.enter(session, SessionState::up, now.mono_us);
  epochs.enter(session.who.character, session.who.epoch, session.token_expires_ms);
  SessionEvent event;
  event.kind = SessionEvent::Kind::opened;
  event.session = session.id;
  event.who = session.who;
  event.arrived_us = now.mono_us;
  queue.add(event);
}

void Connections::State::deliver(Now now, Session& session) {
  SessionEvent event;
  event.session = session.id;
  event.arrived_us = now.mono_us;
  event.kind = SessionEvent::Kind::snapshot;
  for (const SnapshotFate& fate : fates) {
    event.snapshot = fate.id;
    event.acked = fate.acked;
    queue.add(event);
  }
  event.kind = SessionEvent::Kind::message;
  for (const Delivered& message : messages) {
    event.lane = message.lane;
    event.bytes = message.bytes;
    if (!queue.add_message(event)) return close(now, session, Reason::flood);
  }
}

}  // namespace meridian
