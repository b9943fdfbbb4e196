// The link: tickets, sessions that begin and end, datagrams in and out. A session's beginning sets everything that is one session's anew.
#include "netchannel/client/client.hpp"

#include <algorithm>
#include <utility>

#include "base/assert.hpp"
#include "netchannel/client/client_state.hpp"

namespace meridian {
namespace {

constexpr std::int64_t kTicketEvery_us = 1'000'000;
constexpr std::size_t kMaxEvents = 4096;  // of a caller who does not poll: then the oldest go
constexpr int kMostBatches = 16;          // a step: 1,024 datagrams are 50 s of a node's; who floods us must not keep it from ending

constexpr std::int64_t kComeBackAfter_us = 2'000'000;  // long enough to read why

// What may be over when we ask again. Not: another login of the same character, rules or versions that differ, a broken rule of ours.
bool passes(Reason reason) {
  switch (reason) {
    case Reason::unreachable:
    case Reason::timeout:
    case Reason::slow_reader:  // a path that carried nothing for a while
    case Reason::reassembly:   // likewise
    case Reason::internal:
    case Reason::shutdown:
    case Reason::draining:
    case Reason::full:
    case Reason::busy:
    case Reason::stale:
    case Reason::expired:
    case Reason::used: return true;
    default: return false;
  }
}
bool connected(LinkState state) { return state == LinkState::up || state == LinkState::silent; }

}  // namespace

Client::State::State(ClientOptions o, Transport& t, Chance& chance)
    : options(std::move(o)),
      transport(t),
      link(options.connection, chance),
      others(options.light),
      mirror(*options.kinds),
      easing(options.easing_ms) {}

Client::Client(ClientOptions options, Transport& transport, Chance& chance) {
  MRD_ASSERT(options.ticket && options.kinds != nullptr);
  state_ = std::make_unique<State>(std::move(options), transport, chance);
}
Client::~Client() = default;

void Client::connect(Now now) {
  State& s = *state_;
  s.leaving = s.leave_told = false;
  s.ticket_wanted = true;
  s.ask_ticket(now);
  s.watch_link(now);
  s.send(now, false);
}

void Client::close(Now now) {
  State& s = *state_;
  s.leaving = true;
  s.ticket_wanted = false;
  s.come_back_us.reset();
  s.link.close(now);
  s.watch_link(now);
  s.send(now, false);
}

void Client::step(Now now) {
  State& s = *state_;
  for (int batch = 0; batch < kMostBatches; ++batch) {
    const std::span<const Datagram> arrived = s.transport.receive();
    if (arrived.empty()) break;
    for (const Datagram& datagram : arrived) {
      s.messages.clear();
      s.link.accept(now, datagram.bytes, s.messages);
      s.watch_link(now);
      for (const Delivered& message : s.messages) {
        if (s.in_session && !s.leaving) s.take(now, message);
      }
    }
  }
  const bool come_back = s.come_back_us && now.mono_us >= *s.come_back_us;
  if (!s.leaving && (s.ticket_wanted || come_back || s.link.wants_ticket())) s.ask_ticket(now);
  if (s.in_session) s.mind_edits(now);
  s.send(now, false);
  s.watch_link(now);
  if (now.mono_us - s.second_us >= 1'000'000) s.every_second(now);
}

std::optional<ClientEvent> Client::poll() {
  State& s = *state_;
  if (s.events_taken == s.events.size()) return std::nullopt;
  ClientEvent event = std::move(s.events[s.events_taken++]);
  if (s.events_taken == s.events.size()) {
    s.events.clear();
    s.events_taken = 0;
  }
  return event;
}

void Client::State::tell(ClientEvent event) {
  if (events.size() - events_taken >= kMaxEvents) ++events_taken;
  if (events_taken >= kMaxEvents) {
    events.erase(events.begin(), events.begin() + static_cast<std::ptrdiff_t>(events_taken));
    events_taken = 0;
  }
  events.push_back(std::move(event));
}

void Client::State::ask_ticket(Now now) {
  if (ticket_asked_us && now.mono_us - *ticket_asked_us < kTicketEvery_us) {
    ticket_wanted = true;
    return;
  }
  ticket_asked_us = now.mono_us;
  ++totals.tickets;
  const auto ticket = options.ticket();
  ticket_wanted = !ticket;
  if (!ticket) {  // said once, asked again
    if (const std::string text = ticket.error().text(); text != ticket_error) tell(NoticeShown{ticket_error = text});
    return;
  }
  ticket_error.clear();
  come_back_us.reset();
  link.start(*ticket, now);
  watch_link(now);
}

void Client::State::watch_link(Now now) {
  const LinkState state = link.state();
  const WelcomeInfo* welcome = connected(state) ? link.welcome() : nullptr;
  const bool same = welcome != nullptr && in_session && welcome->session == session;
  if (in_session && !same) end_session();
  if (state != shown_link) {
    shown_link = state;
    // A CONNECT damaged on its way is refused like a bad token, and without proof.
    const bool perhaps_damaged = link.reason() == Reason::bad_token && !link.reason_proven();
    if (state == LinkState::closed) {
      ticket_wanted = false;
      if (passes(link.reason()) || perhaps_damaged) come_back_us = now.mono_us + kComeBackAfter_us;
    }
    if (!(state == LinkState::closed && leave_told))
      tell(LinkChanged{state, state == LinkState::up ? Reason::none : link.reason(), state == LinkState::up ? "" : link.reason_text()});
  }
  if (welcome != nullptr && !in_session) begin_session(now);
}

void Client::State::begin_session(Now now) {
  const WelcomeInfo& welcome = *link.welcome();
  session = welcome.session;
  in_session = true;
  clock.start({.next_tick = Tick{welcome.tick},
               .due_in_us = welcome.phase_us,
               .received_us = welcome.received_us,
               .rtt_us = welcome.rtt_us,
               .tick_us = 1'000'000 / std::max<std::int64_t>(1, welcome.tick_hz)});
  predictor.stop();
  decoder.emplace();
  others.clear();
  mirror.clear(MapId{});
  easing.cut();
  delay = {};
  verdict = {};
  info.reset();
  in_world = false;
  newest_snapshot = Tick{welcome.tick};
  last_action = 0;
  early.clear();
  early_bytes = 0;
  channel_stats = {};
  loss_samples.clear();
  second_us = now.mono_us;
}

// Whatever stood unanswered is taken back; the world stays to be looked at until the next session begins.
void Client::State::end_session() {
  in_session = in_world = false;
  totals.clock_steps += clock.steps();
  totals.bytes_in += channel_stats.bytes_in;
  totals.bytes_out += channel_stats.bytes_out;
  totals.packets_in += channel_stats.packets_in;
  totals.packets_out += channel_stats.packets_out;
  if (!leaving) ++totals.disconnects;
  if (!edits.empty()) {
    edits.take_back_all(mirror.chunks());
    tell(NoticeShown{"the link was lost before the node answered: your last blocks are taken back"});
  }
  predictor.stop();
}

void Client::State::leave_for_content(Now now) {
  leaving = true;
  leave_told = true;  // the link itself would say that the player left
  tell(LinkChanged{LinkState::closed, Reason::content, std::string(text(Reason::content))});
  link.close(now);
}

void Client::State::send(Now now, bool tick) {
  out.clear();
  link.flush(now, tick, out);
  if (!out.empty()) transport.send(out);
  if (const Channel* channel = link.channel()) channel_stats = channel->stats();
}

void Client::State::every_second(Now now) {
  second_us = now.mono_us;
  if (!in_session) return;
  if (loss_samples.size() > kLossSeconds) loss_samples.erase(loss_samples.begin());
  loss_samples.push_back({channel_stats.lost, channel_stats.packets_out});
  if (channel_stats.min_rtt_us != 0) clock.set_rtt(channel_stats.min_rtt_us);
}

}  // namespace meridian
