// The handshake, where anybody at all may send anything. Byte 0 chooses:
//   below 128: the rest is one message. What reads writes back to the same bytes: there is one form of each.
//   else: the rest is a play of a port for 1-3 players and three clients: good messages, rightly signed ones that may not enter, changed
//   ones, raw ones, old ones from elsewhere, time that passes, an end.
//   What must hold after each: handshake bytes out <= bytes in; the bounds of half-open sessions and slots; sessions and used tokens no
//   more than tickets; no welcome to who may not enter.
#include <algorithm>
#include <array>
#include <optional>

#include "base/assert.hpp"
#include "netchannel/connection/test_port.hpp"

using namespace meridian;

namespace {

void one_message(Bytes bytes) {
  const auto type = handshake_type(bytes);
  if (!type) return;
  Packet out(kConnectBytes);
  MutableBytes written;
  switch (*type) {
    case HandshakeType::hello:
      if (const auto message = read_hello(bytes)) written = write_hello(*message, out);
      break;
    case HandshakeType::challenge:
      if (const auto message = read_challenge(bytes)) written = write_challenge(*message, out);
      break;
    case HandshakeType::connect:
      if (const auto message = read_connect(bytes)) written = write_connect(*message, out);
      break;
    case HandshakeType::refuse:
      if (const auto message = read_refuse(bytes)) written = write_refuse(*message, out);
      break;
    case HandshakeType::lost:
      if (const auto message = read_lost(bytes)) written = write_lost(*message, out);
      break;
    case HandshakeType::welcome:
      if (const auto head = read_welcome(bytes)) {
        write_welcome(*head, {}, out);
        written = MutableBytes(out).first(Welcome::kHeadBytes);
        bytes = bytes.first(Welcome::kHeadBytes);
      }
      break;
  }
  if (!written.empty()) MRD_ASSERT(std::ranges::equal(written, bytes));
}

class Play {
 public:
  explicit Play(Bytes script) : in_(script), max_players_(static_cast<std::uint16_t>(1 + in_.u8() % 3)), port_(max_players_, 1, 64) {}
  void run() {
    for (int i = 0; i < 200 && in_.left() > 0; ++i) act();
  }

 private:
  static constexpr std::uint8_t kClients = 3;
  struct One {
    HandMadeClient client;
    TokenWish wish;
    std::int64_t issued_ms, expires_ms;
    bool welcome_here = true;  // as far as what it says of itself goes
    Packet kept;               // its newest CONNECT, as it went out
  };

  void act() {
    const std::uint8_t what = in_.u8();
    const bool other = (what & 8) != 0;
    One& one = client((what >> 4) % kClients);
    HandMadeClient& client = one.client;
    switch (what % 8) {
      case 0: port_.pass_ms(in_.u16() % 12'000); return check({}, port_.idle());
      case 1:
        if (other) client.renew();
        if (const auto answer = give(client.at, client.hello()); !answer.empty()) {
          if (const auto challenge = read_challenge(answer[0])) client.cookie = *challenge;
        }
        return;
      case 2: return connect(one, other);
      case 3: {
        const std::size_t size = std::min<std::size_t>(in_.u8(), in_.left());
        const Bytes raw = in_.bytes(size);
        give(client.at, Packet(raw.begin(), raw.end()));
        return;
      }
      case 4:
        if (client.channel) give(client.at, changed(client.packet()));
        return;
      case 5: give(address(in_.u8()), one.kept); return;
      case 6:
        if (other && in_.u8() < 64) {
          port_.connections().shut_down(port_.now);
          shut_ = true;
        }
        return check({}, port_.tick());
      case 7:
        if (other) clients_[(what >> 4) % kClients].reset();  // the next one here has a new ticket
        port_.take_events();
        return;
    }
  }
  // Made when it is first asked for: its keys cost more than most plays. Ticket and CONNECT are drawn before they are sealed and signed, so
  // that what stands behind the mac is met.
  One& client(std::size_t who) {
    auto& place = clients_[who];
    if (place) return *place;
    const std::uint8_t odd = in_.u8();
    const auto has = [&](unsigned bit) { return (odd & (1u << bit)) != 0; };
    TokenWish wish{.character = 1u + who / 2u, .epoch = 1u + who};
    if (has(0)) wish.kind = in_.u8() % 4;
    if (has(1)) wish.node = NodeId{static_cast<std::uint16_t>(4 + in_.u8() % 3)};
    if (has(2)) wish.incarnation = in_.u8() % 5;
    if (has(3)) wish.issued_ms_ago = 40'000 + in_.u8() * 100;
    if (has(4)) wish.lives_ms = in_.u16() - 1'000;
    if (has(5)) wish.epoch = in_.u8() % 4;
    wish.with_wrong_key = has(6) && in_.u8() % 2 == 0;
    ++tickets_;
    place.emplace(One{.client = HandMadeClient(port_, port_.ticket(wish), address(static_cast<std::uint8_t>(who))),
                      .wish = wish,
                      .issued_ms = port_.now.wall_ms - wish.issued_ms_ago,
                      .expires_ms = port_.now.wall_ms + wish.lives_ms,
                      .kept = {}});
    if (has(7)) {
      Connect& asks = place->client.wish;
      asks.wire_min = in_.u8() % 3;
      asks.wire_max = in_.u8() % 3;
      asks.suites = in_.u8() % 4;
      place->welcome_here = asks.wire_min <= 1 && asks.wire_max >= 1 && (asks.suites & 1) != 0;
    }
    return *place;
  }
  void connect(One& one, bool low_order) {
    if (low_order) {
      PublicKey point{};
      point[0] = in_.u8() % 2;
      one.client.set_public_key(point);
    }
    const std::uint64_t welcomed = port_.counters().welcome;
    const Packet connect = changed(one.client.connect());
    one.kept = connect;
    const std::int64_t boot_wall_ms = port_.now.wall_ms - (port_.now.mono_us - port_.settings().boot_mono_us) / 1000;
    const bool good = one.welcome_here && !shut_ && !low_order && one.wish.kind == 0 && one.wish.node == NodeId{5} &&
                      (one.wish.incarnation == 0 || one.wish.incarnation == 3) && !one.wish.with_wrong_key &&
                      one.expires_ms > port_.now.wall_ms && one.issued_ms + 2'000 >= boot_wall_ms;
    for (const Packet& answer : give(one.client.at, connect)) (void)one.client.open(connect, answer);
    MRD_ASSERT(good || port_.counters().welcome == welcomed);
  }
  // Mostly as it is; else one byte changed or the end cut.
  Packet changed(Packet bytes) {
    const std::uint8_t how = in_.u8();
    if (how < 192 || bytes.empty()) return bytes;
    if (how < 224) {
      bytes[in_.u16() % bytes.size()] ^= in_.u8();
    } else {
      bytes.resize(in_.u16() % bytes.size());
    }
    return bytes;
  }
  std::vector<Packet> give(const Address& from, const Packet& bytes) {
    const auto answer = port_.give(from, bytes);
    check(bytes, answer);
    return answer;
  }
  void check(const Packet& request, const std::vector<Packet>& answer) {
    std::size_t handshake_bytes = 0;
    for (const Packet& packet : answer) handshake_bytes += handshake_type(packet) ? packet.size() : 0;
    MRD_ASSERT(handshake_bytes <= request.size());
    const ConnectionsCounters& c = port_.counters();
    MRD_ASSERT(c.half <= 64 && c.up + c.half + c.closing <= tickets_ && c.used_tokens <= tickets_);
    MRD_ASSERT(c.up <= 2 && c.up <= max_players_ && (!shut_ || c.up + c.half == 0));
    MRD_ASSERT(c.welcome + c.welcome_again <= c.connect);
  }

  ByteReader in_;
  std::uint16_t max_players_;
  TestPort port_;
  std::array<std::optional<One>, kClients> clients_;
  std::uint32_t tickets_ = 0;
  bool shut_ = false;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  start_crypto();
  const Bytes rest{data + 1, size - 1};
  if (data[0] < 128) {
    one_message(rest);
  } else {
    Play(rest).run();
  }
  return 0;
}
