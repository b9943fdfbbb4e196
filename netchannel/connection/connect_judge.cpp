// HELLO and CONNECT, in the order of `netcode.md` 3. Nothing is remembered of anybody before his cookie, token and mac hold; no reply is
// larger than its request.
//
//   CONNECT -> form -> cookie (else CHALLENGE) -> rate -> wire, suite -> token opens -> mac -> node, incarnation, expiry
//           -> same bytes as this token's session: the stored WELCOME -> same token in half: anew in its place -> used, stale, epoch, full,
//           busy -> admit
#include <algorithm>

#include "base/assert.hpp"
#include "netchannel/connection/connections_state.hpp"
#include "netchannel/crypto/key_schedule.hpp"

namespace meridian {
namespace {

constexpr std::int64_t kConnectsPerSecond = 20;  // a network with good cookies; not loopback
constexpr std::int64_t kDhPerSecond = 2'000;     // a node: 20 % of a core at 0.1 ms
constexpr std::uint64_t kToldOneIn = 100;
constexpr std::int64_t kWelcomeAgain_us = 5'000'000;
constexpr std::uint64_t kBootSlack_ms = 2'000;
constexpr std::uint8_t kGateToken = 0;
constexpr std::uint16_t kIdle_ms = 10'000, kKeepalive_ms = 5'000;

bool speaks(std::uint8_t wire_min, std::uint8_t wire_max) { return wire_min <= kWireVersion && kWireVersion <= wire_max; }

std::uint32_t retry_ms(Reason reason) {
  switch (reason) {
    case Reason::full: return 2'000;
    case Reason::draining: return 1'000;
    case Reason::busy: return 500;
    default: return 0;
  }
}

// At most 32 bytes; the client has its own sentence for the rest.
const char* words(Reason reason) {
  switch (reason) {
    case Reason::version: return "update needed: wire 1 or newer";
    case Reason::suite: return "no common encryption";
    default: return "";
  }
}

}  // namespace

struct Connections::State::Request {
  const Address& peer;
  Bytes bytes;
  Connect connect;
  ConnectToken token;
  Suite suite = Suite::chacha20_poly1305;
  bool proven = false;  // the mac held: the secret may sign what is answered
};

void Connections::State::on_hello(Now now, const Datagram& datagram) {
  const auto hello = read_hello(datagram.bytes);
  if (!hello) {
    ++counters.rejected_malformed;
    return;
  }
  ++counters.hello;
  challenge(now, datagram.peer, speaks(hello->wire_min, hello->wire_max) ? kWireVersion : 0, hello->client_random, hello->echo_us);
}

void Connections::State::challenge(Now now, const Address& peer, std::uint8_t wire, std::uint64_t client_random, std::uint64_t echo_us) {
  const CookieJar::Cookie cookie = cookies.bake(now, peer, client_random);
  const std::uint32_t up = sessions.count(SessionState::up), half = sessions.count(SessionState::half);
  Challenge message;
  message.wire = wire;
  if (up + half >= settings.max_players) message.flags |= Challenge::kFull;
  if (draining) message.flags |= Challenge::kDraining;
  if (busy()) message.flags |= Challenge::kBusy;
  message.load_percent = static_cast<std::uint8_t>(std::min(100u, up * 100 / std::max<std::uint32_t>(1, settings.max_players)));
  message.cookie_time_s = cookie.time_s;
  message.client_random = client_random;
  message.cookie = cookie.value;
  message.echo_us = echo_us;
  message.incarnation = settings.incarnation;
  message.node = settings.node;
  message.wall_ms = static_cast<std::uint64_t>(now.wall_ms);
  write_challenge(message, out.reserve(kChallengeBytes));
  out.commit(peer, kChallengeBytes);
  ++counters.challenge;
}

void Connections::State::on_connect(Now now, const Datagram& datagram) {
  const auto connect = read_connect(datagram.bytes);
  if (!connect) {
    ++counters.rejected_malformed;
    return;
  }
  ++counters.connect;
  Request request{.peer = datagram.peer, .bytes = datagram.bytes, .connect = *connect, .token = {}};
  const bool speaks_ours = speaks(connect->wire_min, connect->wire_max);
  if (!cookies.good(now, datagram.peer, connect->client_random, {connect->cookie, connect->cookie_time_s}))
    return challenge(now, datagram.peer, speaks_ours ? kWireVersion : 0, connect->client_random, 0);
  if (!within_limit(datagram.peer.is_loopback() || connect_paces.take_by_network(now.mono_us, datagram.peer, kConnectsPerSecond), request))
    return;
  if (!speaks_ours) return refuse(request, Reason::version);

  const bool aes = settings.offer_aes && (connect->suites & suite_bit(Suite::aes256_gcm)) != 0 && available(Suite::aes256_gcm);
  if (!aes && (connect->suites & suite_bit(Suite::chacha20_poly1305)) == 0) return refuse(request, Reason::suite);
  request.suite = aes ? Suite::aes256_gcm : Suite::chacha20_poly1305;
  judge_token(now, request);
}

void Connections::State::judge_token(Now now, Request& request) {
  const auto clear = read_token_clear(request.connect.token);
  const auto key = std::find_if(settings.token_keys.begin(), settings.token_keys.end(),
                                [&](const TokenKey& candidate) { return clear && candidate.id == clear->key_id; });
  if (key == settings.token_keys.end()) return refuse(request, Reason::bad_token);
  auto token = open_token(request.connect.token, key->key);
  if (!token || !equal(connect_mac(token->secret, request.bytes), request.connect.mac)) return refuse(request, Reason::bad_token);
  request.proven = true;
  request.token = *token;

  if (token->kind != kGateToken) return refuse(request, Reason::bad_token);  // resume and handoff tokens come later
  if (token->node != settings.node || (token->incarnation != 0 && token->incarnation != settings.incarnation))
    return refuse(request, Reason::stale);
  if (used.expired(token->expires_ms, now.wall_ms)) return refuse(request, Reason::expired);

  Session* const same_token = sessions.half_or_up_of_token(token->character, token->id);
  const bool same_bytes = same_token != nullptr && std::ranges::equal(same_token->connect, request.bytes.first(Connect::kHashed));
  if (same_bytes && (same_token->state == SessionState::half || now.mono_us - same_token->since_us < kWelcomeAgain_us)) {
    count(same_token->state, SessionInput::connect_same);
    return send_welcome(*same_token);
  }
  judge_place(now, request, same_token);
}

void Connections::State::judge_place(Now now, Request& request, Session* same_token) {
  const ConnectToken& token = request.token;
  Session* const strongest = sessions.strongest_of(token.character);
  const SessionState state = strongest == nullptr ? SessionState::none : strongest->state;
  Session* const in_place_of = same_token != nullptr && same_token->state == SessionState::half ? same_token : nullptr;

  // Under which epoch somebody has entered already: as good as a used token, only a resume or handoff token may repeat it.
  std::optional<std::uint64_t> entered = epochs.newest(token.character);
  if (state == SessionState::up) entered = std::max(entered, std::optional(strongest->who.epoch));
  if (in_place_of == nullptr && (used.holds(token.id) || token.epoch == entered)) {
    MRD_ASSERT(decide(state, SessionInput::token_used) == SessionAction::refuse_used);
    count(state, SessionInput::token_used);
    return refuse(request, Reason::used);
  }
  count(state, SessionInput::connect_good);
  // By the wall clock as it is now: one that was wrong at the start and has been put right since must not lock anybody out.
  const std::int64_t boot_wall_ms = now.wall_ms - (now.mono_us - settings.boot_mono_us) / 1'000;
  if (token.issued_ms + kBootSlack_ms < static_cast<std::uint64_t>(std::max<std::int64_t>(0, boot_wall_ms)))
    return refuse(request, Reason::stale);
  const SessionAction action = decide(state, SessionInput::connect_good);
  if (action == SessionAction::refuse_draining || draining) return refuse(request, Reason::draining);
  if (token.epoch < entered) return refuse(request, Reason::epoch);
  if (in_place_of == nullptr) {
    const bool replaces = state == SessionState::up;  // the older one makes room when this one comes up
    const std::uint32_t taken = sessions.count(SessionState::up) + sessions.count(SessionState::half);
    if (!sessions.has_free() || (!replaces && taken >= settings.max_players)) return refuse(request, Reason::full);
    if (busy()) return refuse(request, Reason::busy);
  }
  if (!within_limit(dh_pace.take(now.mono_us, kDhPerSecond), request)) return;
  admit(now, request, in_place_of);
}

void Connections::State::admit(Now now, Request& request, Session* in_place_of) {
  const ConnectToken& token = request.token;
  Session& session = in_place_of != nullptr ? *in_place_of : *sessions.take();

  const Ephemeral own = make_ephemeral(chance);
  Welcome head;
  head.suite = request.suite;
  head.cid = static_cast<std::uint16_t>(session.id.bits);
  head.tick_hz = settings.tick_hz;
  head.client_random = request.connect.client_random;
  head.server_eph = own.public_key;
  WelcomeSealed plain;
  plain.tick = static_cast<std::uint32_t>(next_tick);
  plain.phase_us = static_cast<std::uint32_t>(std::clamp<std::int64_t>(next_tick_due_us - now.mono_us, 0, 1'000'000));
  plain.session = chance.next_u64();
  plain.incarnation = settings.incarnation;
  plain.idle_ms = kIdle_ms;
  plain.keepalive_ms = kKeepalive_ms;
  plain.payload_max = kMaxDatagramBytes;
  std::array<std::uint8_t, kWelcomeBytes> welcome;
  write_welcome(head, plain, welcome);
  const auto keys = derive_keys(token.secret, own.secret, request.connect.client_eph, request.bytes, welcome, request.suite);
  if (!keys) {  // a public key of low order: whoever holds the secret chose it
    if (in_place_of == nullptr) sessions.free(session);
    return refuse(request, Reason::bad_token);
  }
  seal_welcome(welcome, *keys);

  if (in_place_of == nullptr) used.add(token.id, token.expires_ms);
  session.who = {token.account, token.character, token.epoch, token.entitlements};
  sessions.set_character(session, token.character);
  session.token = token.id;
  session.token_expires_ms = token.expires_ms;
  session.peer = request.peer;
  std::copy_n(request.bytes.begin(), session.connect.size(), session.connect.begin());
  session.welcome = welcome;
  session.inbound = InboundBudget{};
  session.bulk_seen = 0;
  session.channel.emplace(ChannelSettings{.side = Side::server,
                                          .connection_id = head.cid,
                                          .tick_us = 1'000'000 / std::max<std::int64_t>(1, settings.tick_hz),
                                          .keepalive_us = std::int64_t{kKeepalive_ms} * 1'000,
                                          .trap_seed = chance.next_u64() | 1},
                          keys->session);
  sessions.enter(session, SessionState::half, now.mono_us);
  ++counters.welcome;
  out.add(session.peer, session.welcome);
}

bool Connections::State::busy() const { return sessions.count(SessionState::half) >= max_half || used.full() || epochs.full(); }

// Over a limit is dropped; one in a hundred is told. Before the mac has held that is for whoever looks at the wire alone: a client believes
// an unproven `busy` as little as it would a stranger's, and asks again by its own schedule.
bool Connections::State::within_limit(bool allowed, const Request& request) {
  if (allowed) return true;
  ++counters.rejected_rate;
  if (over_limit++ % kToldOneIn == 0) refuse(request, Reason::busy);
  return false;
}

void Connections::State::refuse(const Request& request, Reason reason) {
  Refuse message;
  message.reason = reason;
  message.retry_ms = retry_ms(reason);
  message.client_random = request.connect.client_random;
  message.text = words(reason);
  static_assert(kWireVersion == 1);  // words() says so
  const MutableBytes written = write_refuse(message, out.reserve(kRefuseBytes));
  if (request.proven) sign_refuse(written, request.token.secret);
  out.commit(request.peer, kRefuseBytes);
  ++counters.refused[static_cast<unsigned>(reason)];
}

void Connections::State::send_welcome(const Session& session) {
  ++counters.welcome_again;
  out.add(session.peer, session.welcome);
}

}  // namespace meridian
