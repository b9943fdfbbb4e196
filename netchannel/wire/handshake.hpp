// The six messages before a session has keys (`netcode.md` 3), drawn in docs/protocol.md. Fixed sizes; numbers little-endian.
//
//   client  HELLO 64 -> | <- CHALLENGE 48  server      CONNECT 1,200 -> | <- WELCOME 128 or REFUSE 64      sealed packet -> | <- LOST 24
//
// One struct, one write and one read each. A read is strict: the exact length, and every byte that the drawing calls zero is zero; so a
// message has one form only, and a flipped bit outside the sealed or signed part is refused too. Ranges that only their user can judge
// (wire, suites) are not judged here.
#pragma once

#include <array>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "base/ids.hpp"
#include "netchannel/crypto/connect_token.hpp"
#include "netchannel/crypto/keys.hpp"
#include "netchannel/wire/reason.hpp"
#include "netchannel/wire/wire_error.hpp"

namespace meridian {

inline constexpr std::uint8_t kWireVersion = 1;  // the only one served until there is a second

enum class HandshakeType : std::uint8_t { hello = 0x81, challenge = 0x82, connect = 0x83, welcome = 0x84, refuse = 0x85, lost = 0x86 };
// By the first byte; nothing for a data packet, an empty datagram or an unknown type.
std::optional<HandshakeType> handshake_type(Bytes datagram);

inline constexpr std::size_t kHelloBytes = 64, kChallengeBytes = 48, kConnectBytes = 1200, kWelcomeBytes = 128, kRefuseBytes = 64,
                             kLostBytes = 24;
using PublicKey = std::array<std::uint8_t, 32>;
using Mac = std::array<std::uint8_t, 16>;

struct Hello {
  std::uint8_t wire_min = kWireVersion, wire_max = kWireVersion;
  std::uint64_t client_random = 0;
  std::uint64_t echo_us = 0;  // the client's own clock; comes back in CHALLENGE, where 0 means another thing: so not 0
};

struct Challenge {
  static constexpr std::uint8_t kFull = 1, kDraining = 2, kBusy = 4;  // flags
  std::uint8_t wire = 0;                                              // the greatest that both speak; 0 = none
  std::uint8_t flags = 0;
  std::uint8_t load_percent = 0;
  std::uint32_t cookie_time_s = 0;
  std::uint64_t client_random = 0;
  std::uint64_t cookie = 0;
  std::uint64_t echo_us = 0;  // 0 = answers a CONNECT whose cookie was not good
  std::uint32_t incarnation = 0;
  NodeId node;
  std::uint16_t queue = 0;
  std::uint64_t wall_ms = 0;
};

constexpr std::uint8_t suite_bit(Suite suite) { return static_cast<std::uint8_t>(1u << (static_cast<unsigned>(suite) - 1)); }

struct Connect {
  static constexpr std::size_t kMacCovers = 256, kHashed = 272;  // what `mac` and the key schedule's h are taken over
  std::uint8_t wire_min = kWireVersion, wire_max = kWireVersion;
  std::uint8_t suites = 0;  // suite_bit()s; unknown ones are ignored
  std::uint32_t cookie_time_s = 0;
  std::uint64_t client_random = 0;
  std::uint64_t cookie = 0;
  std::uint64_t features = 0;  // asked for; unknown bits are ignored
  PublicKey client_eph{};
  TokenBytes token{};
  std::uint32_t build = 0;
  Mac mac{};
};

struct WelcomeSealed {
  std::uint32_t tick = 0;      // the node's next tick, low bits
  std::uint32_t phase_us = 0;  // until it is due
  std::uint64_t session = 0;
  std::uint32_t incarnation = 0;
  std::uint16_t idle_ms = 0;       // silence after which the session is closed
  std::uint16_t keepalive_ms = 0;  // silence that a side allows itself
  std::uint16_t payload_max = 0;   // largest datagram
  std::uint16_t budget = 0;        // bytes a second of real time downward; 0 = not told (until the budget is controlled)
};
struct Welcome {
  static constexpr std::size_t kHeadBytes = 56;                            // hashed and the seal's associated data
  static constexpr std::size_t kSealedBytes = kWelcomeBytes - kHeadBytes;  // 56 + tag
  std::uint8_t wire = kWireVersion;
  Suite suite = Suite::chacha20_poly1305;
  std::uint8_t flags = 0;  // none yet
  std::uint16_t cid = 0;
  std::uint16_t tick_hz = 20;
  std::uint64_t client_random = 0;
  std::uint64_t features = 0;  // granted
  PublicKey server_eph{};
};

struct Refuse {
  static constexpr std::size_t kTextBytes = 32;
  Reason reason = Reason::none;
  std::uint8_t wire_min = kWireVersion, wire_max = kWireVersion;  // what the node serves
  std::uint32_t retry_ms = 0;
  std::uint64_t client_random = 0;
  Mac mac{};         // zero = unproven: the token did not open or its mac did not hold
  std::string text;  // showable_utf8(), <= 32 B; "" = the reason says all
};

struct Lost {
  std::uint16_t cid = 0;
  std::uint32_t incarnation = 0;
  std::array<std::uint8_t, 16> packet{};  // the first bytes of the packet that it answers
};

// Each writes exactly its size into the front of `room` and returns that part. WELCOME's sealed bytes and REFUSE's mac are filled by
// crypto/key_schedule.
MutableBytes write_hello(const Hello& message, MutableBytes room);
MutableBytes write_challenge(const Challenge& message, MutableBytes room);
MutableBytes write_connect(const Connect& message, MutableBytes room);
MutableBytes write_welcome(const Welcome& head, const WelcomeSealed& plain,
                           MutableBytes room);  // plain and room for the tag stand behind the head
MutableBytes write_refuse(const Refuse& message, MutableBytes room);
MutableBytes write_lost(const Lost& message, MutableBytes room);

std::expected<Hello, WireError> read_hello(Bytes bytes);
std::expected<Challenge, WireError> read_challenge(Bytes bytes);
std::expected<Connect, WireError> read_connect(Bytes bytes);
std::expected<Welcome, WireError> read_welcome(Bytes bytes);               // the head; suite is one that we know
std::expected<WelcomeSealed, WireError> read_welcome_sealed(Bytes plain);  // the 56 B that came out of the seal
std::expected<Refuse, WireError> read_refuse(Bytes bytes);
std::expected<Lost, WireError> read_lost(Bytes bytes);

}  // namespace meridian
