#include "netchannel/wire/handshake.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "netchannel/wire/showable_text.hpp"

namespace meridian {
namespace {

constexpr std::uint8_t kMagic[4] = {'M', 'R', 'D', '1'};
constexpr std::size_t kSealedPlainBytes = Welcome::kSealedBytes - kTagBytes;
constexpr std::size_t kSealedZeros = kSealedPlainBytes - 28;

ByteWriter begin(MutableBytes room, HandshakeType type, std::size_t size) {
  MRD_ASSERT(room.size() >= size);
  ByteWriter out(room.first(size));
  out.u8(static_cast<std::uint8_t>(type));
  return out;
}

MutableBytes end(ByteWriter& out) {
  out.zeros(out.left());
  MRD_ASSERT(!out.full());
  return out.written();
}

// Reads fields one after another and remembers whether a byte that must be zero was not.
class StrictReader {
 public:
  StrictReader(Bytes bytes, HandshakeType type, std::size_t size)
      : in_(bytes), right_size_(bytes.size() == size), short_(bytes.size() < size) {
    broken_ = in_.u8() != static_cast<std::uint8_t>(type);
  }
  explicit StrictReader(Bytes bytes) : in_(bytes), right_size_(true), short_(false) {}

  std::uint8_t u8() { return in_.u8(); }
  std::uint16_t u16() { return in_.u16(); }
  std::uint32_t u32() { return in_.u32(); }
  std::uint64_t u64() { return in_.u64(); }
  template <std::size_t N>
  void bytes(std::array<std::uint8_t, N>& out) {
    const Bytes from = in_.bytes(N);
    std::copy(from.begin(), from.end(), out.begin());
  }
  Bytes bytes(std::size_t count) { return in_.bytes(count); }
  void zeros(std::size_t count) {
    const Bytes from = in_.bytes(count);
    broken_ = broken_ || std::any_of(from.begin(), from.end(), [](std::uint8_t byte) { return byte != 0; });
  }
  void zeros_to_the_end() { zeros(in_.left()); }
  void must(bool condition) { broken_ = broken_ || !condition; }

  template <class Message>
  std::expected<Message, WireError> done(const Message& message) const {
    if (short_) return std::unexpected(WireError::truncated);
    if (!right_size_) return std::unexpected(WireError::trailing);
    if (broken_ || !in_.done()) return std::unexpected(WireError::malformed);
    return message;
  }

 private:
  ByteReader in_;
  bool right_size_, short_, broken_ = false;
};

// Showable text up to the first zero, nothing but zeros after it.
std::optional<std::string> padded_text(Bytes bytes) {
  const auto zero = std::find(bytes.begin(), bytes.end(), std::uint8_t{0});
  std::string text(bytes.begin(), zero);
  const bool padded = std::all_of(zero, bytes.end(), [](std::uint8_t byte) { return byte == 0; });
  if (!showable_utf8(text) || !padded) return std::nullopt;
  return text;
}

}  // namespace

std::optional<HandshakeType> handshake_type(Bytes datagram) {
  if (datagram.empty() || datagram[0] < static_cast<std::uint8_t>(HandshakeType::hello) ||
      datagram[0] > static_cast<std::uint8_t>(HandshakeType::lost))
    return std::nullopt;
  return static_cast<HandshakeType>(datagram[0]);
}

MutableBytes write_hello(const Hello& message, MutableBytes room) {
  ByteWriter out = begin(room, HandshakeType::hello, kHelloBytes);
  out.u8(message.wire_min);
  out.u8(message.wire_max);
  out.u8(0);
  out.bytes(kMagic);
  out.u64(message.client_random);
  out.u64(message.echo_us);
  return end(out);
}

std::expected<Hello, WireError> read_hello(Bytes bytes) {
  StrictReader in(bytes, HandshakeType::hello, kHelloBytes);
  Hello message;
  message.wire_min = in.u8();
  message.wire_max = in.u8();
  in.zeros(1);
  in.must(std::ranges::equal(in.bytes(sizeof kMagic), kMagic));
  message.client_random = in.u64();
  message.echo_us = in.u64();
  in.zeros_to_the_end();
  return in.done(message);
}

MutableBytes write_challenge(const Challenge& message, MutableBytes room) {
  ByteWriter out = begin(room, HandshakeType::challenge, kChallengeBytes);
  out.u8(message.wire);
  out.u8(message.flags);
  out.u8(message.load_percent);
  out.u32(message.cookie_time_s);
  out.u64(message.client_random);
  out.u64(message.cookie);
  out.u64(message.echo_us);
  out.u32(message.incarnation);
  out.u16(message.node.value);
  out.u16(message.queue);
  out.u64(message.wall_ms);
  return end(out);
}

std::expected<Challenge, WireError> read_challenge(Bytes bytes) {
  StrictReader in(bytes, HandshakeType::challenge, kChallengeBytes);
  Challenge message;
  message.wire = in.u8();
  message.flags = in.u8();
  message.load_percent = in.u8();
  message.cookie_time_s = in.u32();
  message.client_random = in.u64();
  message.cookie = in.u64();
  message.echo_us = in.u64();
  message.incarnation = in.u32();
  message.node.value = in.u16();
  message.queue = in.u16();
  message.wall_ms = in.u64();
  return in.done(message);
}

MutableBytes write_connect(const Connect& message, MutableBytes room) {
  ByteWriter out = begin(room, HandshakeType::connect, kConnectBytes);
  out.u8(message.wire_min);
  out.u8(message.wire_max);
  out.u8(message.suites);
  out.u32(message.cookie_time_s);
  out.u64(message.client_random);
  out.u64(message.cookie);
  out.u64(message.features);
  out.bytes(message.client_eph);
  out.bytes(message.token);
  out.u32(message.build);
  out.u32(0);
  out.bytes(message.mac);
  return end(out);
}

std::expected<Connect, WireError> read_connect(Bytes bytes) {
  StrictReader in(bytes, HandshakeType::connect, kConnectBytes);
  Connect message;
  message.wire_min = in.u8();
  message.wire_max = in.u8();
  message.suites = in.u8();
  message.cookie_time_s = in.u32();
  message.client_random = in.u64();
  message.cookie = in.u64();
  message.features = in.u64();
  in.bytes(message.client_eph);
  in.bytes(message.token);
  message.build = in.u32();
  in.zeros(4);
  in.bytes(message.mac);
  in.zeros_to_the_end();
  return in.done(message);
}

MutableBytes write_welcome(const Welcome& head, const WelcomeSealed& plain, MutableBytes room) {
  ByteWriter out = begin(room, HandshakeType::welcome, kWelcomeBytes);
  out.u8(head.wire);
  out.u8(static_cast<std::uint8_t>(head.suite));
  out.u8(head.flags);
  out.u16(head.cid);
  out.u16(head.tick_hz);
  out.u64(head.client_random);
  out.u64(head.features);
  out.bytes(head.server_eph);
  out.u32(plain.tick);
  out.u32(plain.phase_us);
  out.u64(plain.session);
  out.u32(plain.incarnation);
  out.u16(plain.idle_ms);
  out.u16(plain.keepalive_ms);
  out.u16(plain.payload_max);
  out.u16(plain.budget);
  return end(out);
}

std::expected<Welcome, WireError> read_welcome(Bytes bytes) {
  StrictReader in(bytes, HandshakeType::welcome, kWelcomeBytes);
  Welcome head;
  head.wire = in.u8();
  const std::uint8_t suite = in.u8();
  const bool aes = suite == static_cast<std::uint8_t>(Suite::aes256_gcm);
  in.must(aes || suite == static_cast<std::uint8_t>(Suite::chacha20_poly1305));
  head.suite = aes ? Suite::aes256_gcm : Suite::chacha20_poly1305;
  head.flags = in.u8();
  head.cid = in.u16();
  head.tick_hz = in.u16();
  in.must(head.tick_hz != 0);
  head.client_random = in.u64();
  head.features = in.u64();
  in.bytes(head.server_eph);
  (void)in.bytes(Welcome::kSealedBytes);
  return in.done(head);
}

std::expected<WelcomeSealed, WireError> read_welcome_sealed(Bytes bytes) {
  StrictReader in(bytes);
  WelcomeSealed plain;
  plain.tick = in.u32();
  plain.phase_us = in.u32();
  plain.session = in.u64();
  plain.incarnation = in.u32();
  plain.idle_ms = in.u16();
  plain.keepalive_ms = in.u16();
  plain.payload_max = in.u16();
  plain.budget = in.u16();
  in.zeros(kSealedZeros);
  return in.done(plain);
}

MutableBytes write_refuse(const Refuse& message, MutableBytes room) {
  MRD_ASSERT(message.text.size() <= Refuse::kTextBytes);
  ByteWriter out = begin(room, HandshakeType::refuse, kRefuseBytes);
  out.u8(static_cast<std::uint8_t>(message.reason));
  out.u8(message.wire_min);
  out.u8(message.wire_max);
  out.u32(message.retry_ms);
  out.u64(message.client_random);
  out.bytes(message.mac);
  out.bytes(Bytes(reinterpret_cast<const std::uint8_t*>(message.text.data()), message.text.size()));
  return end(out);
}

std::expected<Refuse, WireError> read_refuse(Bytes bytes) {
  StrictReader in(bytes, HandshakeType::refuse, kRefuseBytes);
  Refuse message;
  message.reason = static_cast<Reason>(in.u8());
  in.must(message.reason != Reason::none);
  message.wire_min = in.u8();
  message.wire_max = in.u8();
  message.retry_ms = in.u32();
  message.client_random = in.u64();
  in.bytes(message.mac);
  const auto text = padded_text(in.bytes(Refuse::kTextBytes));
  in.must(text.has_value());
  message.text = text.value_or("");
  return in.done(message);
}

MutableBytes write_lost(const Lost& message, MutableBytes room) {
  ByteWriter out = begin(room, HandshakeType::lost, kLostBytes);
  out.u8(0);
  out.u16(message.cid);
  out.u32(message.incarnation);
  out.bytes(message.packet);
  return end(out);
}

std::expected<Lost, WireError> read_lost(Bytes bytes) {
  StrictReader in(bytes, HandshakeType::lost, kLostBytes);
  Lost message;
  in.zeros(1);
  message.cid = in.u16();
  message.incarnation = in.u32();
  in.bytes(message.packet);
  return in.done(message);
}

}  // namespace meridian
