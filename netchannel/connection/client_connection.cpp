// The client's half of `netcode.md` 3, one switch by state and one by the first byte of what arrives.
//
//   idle --start--> probing --CHALLENGE--> connecting --WELCOME--> up <--> silent (1 s without a packet that opens)
//     ^                ^--------REFUSE busy/full------'               |  HELLO again; answers with another incarnation, or none sealed
//     '---- wants_ticket: refused, restarted, session gone -----------'  within 500 ms of a CHALLENGE: the session is gone
//   any --10 s without progress, a final REFUSE, or CLOSE--> closed      refused: stale, expired, used, epoch; the 10 s go on
#include "netchannel/connection/client_connection.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/assert.hpp"
#include "netchannel/crypto/key_schedule.hpp"
#include "netchannel/wire/handshake.hpp"

namespace meridian {
namespace {

constexpr std::int64_t kMs_us = 1000;
constexpr std::array<std::int64_t, 5> kHelloAt_us = {0, 100 * kMs_us, 250 * kMs_us, 500 * kMs_us, 1000 * kMs_us};  // then every second
constexpr std::array<std::int64_t, 4> kConnectAt_us = {0, 150 * kMs_us, 400 * kMs_us, 900 * kMs_us};               // then every second
constexpr std::int64_t kThenEvery_us = 1000 * kMs_us;
constexpr std::int64_t kLeastBetweenHellos_us = 100 * kMs_us;
constexpr std::int64_t kGiveUp_us = 10'000 * kMs_us;
constexpr std::int64_t kProbeAfter_us = 750 * kMs_us;
constexpr std::int64_t kSilentAfter_us = 1000 * kMs_us;
constexpr std::int64_t kStall_us = 50 * kMs_us;  // callers step every few ms
constexpr std::int64_t kGoneAfterChallenge_us = 500 * kMs_us;

// When sending number `n` of a schedule is due, counted from its start.
template <std::size_t N>
std::int64_t due_at(const std::array<std::int64_t, N>& schedule, std::size_t n) {
  return n < N ? schedule[n] : schedule[N - 1] + static_cast<std::int64_t>(n - N + 1) * kThenEvery_us;
}

struct Unproven {
  Reason reason = Reason::none;
  std::string text;
};

}  // namespace

struct ClientConnection::State {
  State(ClientConnectionSettings s, Chance& c) : settings(s), chance(c) {}

  void probe(Now now);
  void make_connect();
  void on_challenge(Now now, const Challenge& challenge);
  void on_welcome(Now now, Bytes datagram);
  void on_refuse(Now now, Bytes datagram);
  void on_lost(Now now, const Lost& lost);
  void on_packet(Now now, Bytes datagram, std::vector<Delivered>& messages);
  void send_hellos(Now now, DatagramBatch& out);
  void send_connects(Now now, DatagramBatch& out);
  void remember_sent(const DatagramBatch& out, std::size_t from);
  void watch_silence(Now now);
  void need_ticket();
  void give_up();
  void end(Reason why, std::string why_text, bool is_proven);

  ClientConnectionSettings settings;
  Chance& chance;
  Ticket ticket;
  Address peer;
  LinkState state = LinkState::idle;
  bool wants_ticket = false;
  Reason reason = Reason::none;
  std::string reason_text;
  bool proven = false;

  std::int64_t attempt_us = 0;  // when start() was called first: 10 s in all
  std::uint64_t client_random = 0;
  // HELLOs: number sent since probing (or silence) began, and when.
  std::int64_t probing_since_us = 0, last_hello_us = 0;
  std::size_t hellos = 0;
  bool probing = false;
  // When each HELLO with these randoms left, as its CHALLENGE echoes it: 10 s of them and more.
  std::array<std::int64_t, 16> hello_times_us{};
  std::size_t hellos_sent = 0;
  std::int64_t retry_at_us = 0;  // REFUSE full or busy: not before

  std::int64_t connecting_since_us = 0;
  std::size_t connects = 0;
  bool connect_now = false;  // a CHALLENGE asked for it: beside the schedule
  std::array<std::uint8_t, kConnectBytes> connect{};
  std::uint64_t cookie = 0;
  std::uint32_t cookie_time_s = 0;
  std::optional<Ephemeral> ephemeral;
  std::uint32_t rtt_us = 0;
  std::int64_t last_flush_us = 0;
  Unproven unproven;  // shown only when nothing better comes before the deadline

  WelcomeInfo welcome;
  std::uint16_t connection_id = 0;
  bool welcomed = false;
  std::optional<Channel> channel;
  // First bytes of the newest packets (3 s of them), which LOST must quote.
  std::array<std::array<std::uint8_t, 16>, 64> sent_heads{};
  std::size_t sent_count = 0;
  std::int64_t challenged_us = -1;  // while up or silent: an answer of the same incarnation came then
  std::vector<std::uint8_t> scratch;
  std::vector<SnapshotFate> fates;  // a client sends no snapshots: always empty
};

const char* name(LinkState state) {
  switch (state) {
    case LinkState::idle: return "idle";
    case LinkState::probing: return "probing";
    case LinkState::connecting: return "connecting";
    case LinkState::up: return "up";
    case LinkState::silent: return "silent";
    case LinkState::closed: return "closed";
  }
  return "unknown";
}

ClientConnection::ClientConnection(ClientConnectionSettings settings, Chance& chance) : state_(std::make_unique<State>(settings, chance)) {}
ClientConnection::~ClientConnection() = default;

void ClientConnection::start(const Ticket& ticket, Now now) {
  auto fresh = std::make_unique<State>(state_->settings, state_->chance);
  const bool goes_on = state_->wants_ticket && !state_->welcomed;
  fresh->attempt_us = goes_on ? state_->attempt_us : now.mono_us;
  if (goes_on) fresh->reason = state_->reason;
  state_ = std::move(fresh);
  State& s = *state_;
  s.ticket = ticket;
  const auto peer = Address::parse(ticket.udp);
  if (!peer) return s.end(Reason::unreachable, "the ticket names no address: " + ticket.udp, false);
  s.peer = *peer;
  s.state = LinkState::probing;
  s.probe(now);
}

// HELLOs from now on, with new randoms: what was under way before counts no more.
void ClientConnection::State::probe(Now now) {
  client_random = chance.next_u64();
  probing = true;
  probing_since_us = now.mono_us;
  hellos = hellos_sent = 0;
}

void ClientConnection::accept(Now now, Bytes datagram, std::vector<Delivered>& messages) {
  State& s = *state_;
  if (datagram.empty() || s.state == LinkState::idle || s.state == LinkState::closed) return;
  const auto type = handshake_type(datagram);
  if (!type) {
    if (s.channel) s.on_packet(now, datagram, messages);
    return;
  }
  switch (*type) {
    case HandshakeType::challenge:
      if (const auto challenge = read_challenge(datagram); challenge && challenge->client_random == s.client_random)
        s.on_challenge(now, *challenge);
      return;
    case HandshakeType::welcome:
      if (s.state == LinkState::connecting) s.on_welcome(now, datagram);
      return;
    case HandshakeType::refuse:
      if (s.state == LinkState::connecting) s.on_refuse(now, datagram);
      return;
    case HandshakeType::lost:
      if (const auto lost = read_lost(datagram)) s.on_lost(now, *lost);
      return;
    case HandshakeType::hello:
    case HandshakeType::connect: return;  // upward only
  }
}

void ClientConnection::State::on_challenge(Now now, const Challenge& challenge) {
  if (challenge.echo_us != 0) {  // 0: it answers a CONNECT
    // Nothing seals a CHALLENGE: what echoes no HELLO of ours is damaged or a stranger's, and would make a round trip of its own invention.
    const auto sent_us = static_cast<std::int64_t>(challenge.echo_us);
    const auto end_of_sent = hello_times_us.begin() + static_cast<std::ptrdiff_t>(std::min(hellos_sent, hello_times_us.size()));
    if (std::find(hello_times_us.begin(), end_of_sent, sent_us) == end_of_sent) return;
    // It came at some moment since we last looked. After a stall of our own, which the path has no part in, the earliest of them is taken:
    // a lead too short mends itself at once, one so long that the node refuses every input takes a second.
    const std::int64_t came_us = now.mono_us - last_flush_us > kStall_us ? last_flush_us : now.mono_us;
    rtt_us = static_cast<std::uint32_t>(std::clamp<std::int64_t>(came_us - sent_us, 1, kGiveUp_us));
  }
  if (channel) {  // silent: the node lives; is our session still there?
    if (challenge.incarnation != welcome.incarnation) return need_ticket();
    if (probing && challenged_us < 0) challenged_us = now.mono_us;
    return;
  }
  if (state != LinkState::probing && state != LinkState::connecting) return;
  const bool first = state == LinkState::probing;
  if (!first && challenge.cookie == cookie && challenge.cookie_time_s == cookie_time_s) return;  // a late answer to an earlier HELLO
  cookie = challenge.cookie;
  cookie_time_s = challenge.cookie_time_s;
  make_connect();
  if (first) {
    state = LinkState::connecting;
    probing = false;
    connecting_since_us = now.mono_us;
    connects = 0;
  } else {
    connect_now = true;
  }
}

void ClientConnection::State::make_connect() {
  if (!ephemeral) ephemeral = make_ephemeral(chance);
  std::uint8_t suites = suite_bit(Suite::chacha20_poly1305);
  if (settings.allow_aes && available(Suite::aes256_gcm)) suites = static_cast<std::uint8_t>(suites | suite_bit(Suite::aes256_gcm));
  write_connect({.wire_min = settings.wire_min,
                 .wire_max = settings.wire_max,
                 .suites = suites,
                 .cookie_time_s = cookie_time_s,
                 .client_random = client_random,
                 .cookie = cookie,
                 .client_eph = ephemeral->public_key,
                 .token = ticket.token,
                 .build = settings.build},
                connect);
  sign_connect(connect, ticket.secret);
}

void ClientConnection::State::on_welcome(Now now, Bytes datagram) {
  const auto head = read_welcome(datagram);
  if (!head || head->client_random != client_random) return;
  // Keys exist only for the newest CONNECT bytes: a WELCOME for older ones does not open.
  const auto keys = derive_keys(ticket.secret, ephemeral->secret, head->server_eph, connect, datagram, head->suite);
  if (!keys) return;
  scratch.assign(datagram.begin(), datagram.end());
  const auto plain = open_welcome(scratch, *keys);
  if (!plain) return;
  const auto inside = read_welcome_sealed(*plain);
  if (!inside) return;
  connection_id = head->cid;
  welcome = {.tick = inside->tick,
             .phase_us = inside->phase_us,
             .received_us = now.mono_us,
             .rtt_us = rtt_us,
             .session = inside->session,
             .incarnation = inside->incarnation,
             .tick_hz = head->tick_hz};
  welcomed = true;
  reason = Reason::none;  // what was refused on the way here is over
  channel.emplace(ChannelSettings{.side = Side::client,
                                  .connection_id = head->cid,
                                  .tick_us = 1'000'000 / std::max<std::int64_t>(1, head->tick_hz),
                                  .keepalive_us = std::int64_t{inside->keepalive_ms} * kMs_us,
                                  .rtt_hint_us = rtt_us},
                  keys->session);
  state = LinkState::up;
  ephemeral.reset();
}

void ClientConnection::State::on_refuse(Now now, Bytes datagram) {
  const auto refuse = read_refuse(datagram);
  if (!refuse || refuse->client_random != client_random) return;
  if (!equal(refuse->mac, refuse_mac(ticket.secret, datagram))) {
    // Anybody could have sent it: believed only when nothing better has come by the deadline.
    if (refuse->reason == Reason::version || refuse->reason == Reason::suite || refuse->reason == Reason::bad_token)
      unproven = {refuse->reason, refuse->text};
    return;
  }
  switch (refuse->reason) {
    case Reason::stale:
    case Reason::expired:
    case Reason::used:
    case Reason::epoch: reason = refuse->reason; return need_ticket();
    case Reason::full:
    case Reason::busy:  // wait as told, then again with new randoms; the 10 s go on
      reason = refuse->reason;
      ephemeral.reset();
      state = LinkState::probing;
      probe({.mono_us = now.mono_us + std::int64_t{refuse->retry_ms} * kMs_us, .wall_ms = now.wall_ms});
      return;
    default: return end(refuse->reason, refuse->text, true);
  }
}

// A hint that the node does not know our session. Never an order: it only makes us ask. It quotes a packet that we sent, so who does not
// see the path cannot make us.
void ClientConnection::State::on_lost(Now now, const Lost& lost) {
  if (!channel || probing || lost.cid != connection_id) return;
  const auto end_of_sent = sent_heads.begin() + static_cast<std::ptrdiff_t>(std::min(sent_count, sent_heads.size()));
  if (std::find(sent_heads.begin(), end_of_sent, lost.packet) == end_of_sent) return;
  probe(now);
}

void ClientConnection::State::remember_sent(const DatagramBatch& out, std::size_t from) {
  for (std::size_t i = from; i < out.size(); ++i) {
    auto& head = sent_heads[sent_count++ % sent_heads.size()];
    std::copy_n(out.bytes(i).begin(), std::min(out.bytes(i).size(), head.size()), head.begin());
  }
}

void ClientConnection::State::on_packet(Now now, Bytes datagram, std::vector<Delivered>& messages) {
  scratch.assign(datagram.begin(), datagram.end());
  if (!channel->accept(now, scratch, messages, fates)) return;
  probing = false;
  challenged_us = -1;
  if (state == LinkState::silent) state = LinkState::up;
  if (channel->ended() != Reason::none) end(channel->ended(), std::string(meridian::text(channel->ended())), true);
}

void ClientConnection::State::need_ticket() {
  channel.reset();
  ephemeral.reset();
  probing = false;
  state = LinkState::idle;
  wants_ticket = true;
}

// The 10 s are over: the best of what was heard is the reason.
void ClientConnection::State::give_up() {
  if (unproven.reason != Reason::none) return end(unproven.reason, unproven.text, false);
  end(reason == Reason::none ? Reason::unreachable : reason, "", reason != Reason::none);
}

void ClientConnection::State::end(Reason why, std::string why_text, bool is_proven) {
  reason = why;
  reason_text = why_text.empty() ? std::string(meridian::text(why)) : std::move(why_text);
  proven = is_proven;
  probing = wants_ticket = false;
  state = LinkState::closed;
}

void ClientConnection::State::watch_silence(Now now) {
  const std::int64_t silent_us = now.mono_us - (channel->ever_received() ? channel->last_received_us() : welcome.received_us);
  if (silent_us >= kGiveUp_us) return need_ticket();
  if (silent_us >= kSilentAfter_us && state == LinkState::up) state = LinkState::silent;
  if (silent_us >= kProbeAfter_us && !probing) probe(now);
  // The node answers with our incarnation, and yet nothing of the session comes: it is gone.
  if (challenged_us >= 0 && now.mono_us - challenged_us >= kGoneAfterChallenge_us) need_ticket();
}

void ClientConnection::State::send_hellos(Now now, DatagramBatch& out) {
  if (!probing || now.mono_us < probing_since_us + due_at(kHelloAt_us, hellos)) return;
  if (last_hello_us != 0 && now.mono_us - last_hello_us < kLeastBetweenHellos_us) return;
  while (now.mono_us >= probing_since_us + due_at(kHelloAt_us, hellos)) ++hellos;  // after a stall one, not all that were missed
  last_hello_us = now.mono_us;
  hello_times_us[hellos_sent++ % hello_times_us.size()] = now.mono_us;
  const Hello hello{.wire_min = settings.wire_min,
                    .wire_max = settings.wire_max,
                    .client_random = client_random,
                    .echo_us = static_cast<std::uint64_t>(now.mono_us)};
  write_hello(hello, out.reserve(kHelloBytes));
  out.commit(peer, kHelloBytes);
}

void ClientConnection::State::send_connects(Now now, DatagramBatch& out) {
  if (state != LinkState::connecting) return;
  const bool due = now.mono_us >= connecting_since_us + due_at(kConnectAt_us, connects);
  if (!due && !connect_now) return;
  if (!connect_now || due)
    while (now.mono_us >= connecting_since_us + due_at(kConnectAt_us, connects)) ++connects;
  connect_now = false;
  out.add(peer, connect);
}

void ClientConnection::flush(Now now, bool tick, DatagramBatch& out) {
  State& s = *state_;
  s.last_flush_us = now.mono_us;
  const bool connects = s.state == LinkState::probing || s.state == LinkState::connecting || (s.wants_ticket && !s.welcomed);
  if (connects && now.mono_us - s.attempt_us >= kGiveUp_us) return s.give_up();
  switch (s.state) {
    case LinkState::idle:
    case LinkState::closed:
      if (s.channel && !s.channel->close_sent_fully()) s.channel->flush(now, tick, s.peer, out);  // our CLOSE, three times
      return;
    case LinkState::probing:
    case LinkState::connecting:
      s.send_hellos(now, out);
      s.send_connects(now, out);
      return;
    case LinkState::up:
    case LinkState::silent: {
      s.watch_silence(now);
      if (!s.channel) return;
      s.send_hellos(now, out);
      const std::size_t from = out.size();
      s.channel->flush(now, tick, s.peer, out);
      s.remember_sent(out, from);
      if (s.channel->ended() != Reason::none) s.end(s.channel->ended(), "", true);
      return;
    }
  }
}

void ClientConnection::close(Now now) {
  State& s = *state_;
  if (s.channel && (s.state == LinkState::up || s.state == LinkState::silent)) s.channel->close(Reason::bye, now);
  s.end(Reason::bye, "", true);
}

bool ClientConnection::wants_ticket() const { return state_->wants_ticket; }
LinkState ClientConnection::state() const { return state_->state; }
Reason ClientConnection::reason() const { return state_->reason; }
std::string ClientConnection::reason_text() const {
  const State& s = *state_;
  return s.reason_text.empty() && s.reason != Reason::none ? std::string(text(s.reason)) : s.reason_text;
}
bool ClientConnection::reason_proven() const { return state_->proven; }
const WelcomeInfo* ClientConnection::welcome() const { return state_->welcomed ? &state_->welcome : nullptr; }
Channel* ClientConnection::channel() {
  State& s = *state_;
  return s.channel && (s.state == LinkState::up || s.state == LinkState::silent) ? &*s.channel : nullptr;
}
Address ClientConnection::peer() const { return state_->peer; }

}  // namespace meridian
