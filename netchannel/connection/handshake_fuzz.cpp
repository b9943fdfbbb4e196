// The handshake, where anybody at all may send anything. Byte 0 chooses:
//   below 128: the rest is one message. What reads writes back to the same bytes: there is one form of each.
//   else: the rest is a play of a port and three clients: good messages, changed ones, raw ones, old ones from elsewhere, time that passes.
//   What must hold after each: handshake bytes out <= bytes in; the bounds of half-open sessions and slots; sessions and used tokens no
//   more than tickets.
#include <algorithm>

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
  explicit Play(Bytes script) : in_(script) {
    for (std::uint8_t i = 0; i < kClients; ++i)
      clients_.emplace_back(port_, port_.ticket({.character = 1u + i / 2u, .epoch = 1u + i}), address(i));
    kept_.resize(kClients);
  }
  void run() {
    for (int i = 0; i < 200 && in_.left() > 0; ++i) act();
  }

 private:
  static constexpr std::uint8_t kClients = 3;

  void act() {
    const std::uint8_t what = in_.u8();
    const std::size_t who = (what >> 4) % kClients;
    HandMadeClient& client = clients_[who];
    switch (what % 8) {
      case 0: port_.pass_ms(in_.u16() % 12'000); return check({}, port_.idle());
      case 1:
        if (const auto answer = give(client.at, client.hello()); !answer.empty()) {
          if (const auto challenge = read_challenge(answer[0])) client.cookie = *challenge;
        }
        return;
      case 2: {
        const Packet connect = changed(client.connect());
        kept_[who] = connect;
        for (const Packet& answer : give(client.at, connect)) (void)client.open(connect, answer);
        return;
      }
      case 3: {
        const std::size_t size = std::min<std::size_t>(in_.u8(), in_.left());
        const Bytes raw = in_.bytes(size);
        give(client.at, Packet(raw.begin(), raw.end()));
        return;
      }
      case 4:
        if (client.channel) give(client.at, changed(client.packet()));
        return;
      case 5: give(address(in_.u8()), kept_[who]); return;
      case 6: return check({}, port_.tick());
      case 7: port_.take_events(); return;
    }
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
    MRD_ASSERT(c.half <= 64 && c.up + c.half + c.closing <= kClients && c.used_tokens <= kClients && c.up <= 2);
    MRD_ASSERT(c.welcome + c.welcome_again <= c.connect);
  }

  ByteReader in_;
  TestPort port_{8};
  std::vector<HandMadeClient> clients_;
  std::vector<Packet> kept_;
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
