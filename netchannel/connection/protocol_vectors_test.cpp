// One handshake of docs/protocol.md, byte by byte, from fixed secrets. The keys are derived a second time here, with libsodium alone and
// from the page's words, so that page, code and vectors cannot drift apart together. Then the port itself plays the same roles.
#include "netchannel/testing/protocol_vectors.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <numeric>
#include <sodium.h>
#include <vector>

#include "netchannel/connection/test_port.hpp"

namespace meridian {
namespace {

// Secrets that can be typed: one byte after the other, from a first one.
template <std::size_t N>
std::array<std::uint8_t, N> from(int first) {
  std::array<std::uint8_t, N> out;
  std::iota(out.begin(), out.end(), static_cast<std::uint8_t>(first));
  return out;
}
class Counting final : public Chance {
 public:
  explicit Counting(int first) : next_(static_cast<std::uint8_t>(first)) {}
  void fill(std::span<std::uint8_t> bytes) override {
    for (std::uint8_t& byte : bytes) byte = next_++;
  }

 private:
  std::uint8_t next_;
};

struct Vectors {
  Secret32 master, k_node;
  ConnectToken token;
  TokenBytes sealed_token;
  Ephemeral client, server;
  Packet hello = Packet(kHelloBytes), challenge = Packet(kChallengeBytes), connect = Packet(kConnectBytes), welcome = Packet(kWelcomeBytes),
         refuse = Packet(kRefuseBytes), lost = Packet(kLostBytes);
  HandshakeKeys keys;
  Packet up, down;  // the first sealed packet each way, PING of time 0

  Vectors();
  static constexpr std::uint64_t kRandom = 0x0807060504030201;
};

Vectors::Vectors() {
  start_crypto();
  master.bytes = from<32>(0x00);
  k_node = node_key(master, {5});
  token = {.key_id = 1,
           .node = {5},
           .incarnation = 0,
           .expires_ms = 1'800'000'030'000,
           .id = from<16>(0xA0),
           .secret = {},
           .account = 11,
           .character = 12,
           .epoch = 1'800'000'000'000,
           .issued_ms = 1'800'000'000'000,
           .entitlements = 0,
           .kind = 0,
           .region = 2};
  token.secret.bytes = from<32>(0x40);
  Counting nonce(0x10), client_chance(0x60), server_chance(0x80);
  sealed_token = seal_token(token, k_node, nonce);
  client = make_ephemeral(client_chance);
  server = make_ephemeral(server_chance);

  write_hello({.client_random = kRandom, .echo_us = 123'456}, hello);
  const Challenge answer{.wire = 1,
                         .load_percent = 7,
                         .cookie_time_s = 1'000,
                         .client_random = kRandom,
                         .cookie = 0x2827262524232221,
                         .echo_us = 123'456,
                         .incarnation = 3,
                         .node = {5},
                         .wall_ms = 1'800'000'000'500};
  write_challenge(answer, challenge);
  write_connect({.suites = 1,
                 .cookie_time_s = 1'000,
                 .client_random = kRandom,
                 .cookie = answer.cookie,
                 .client_eph = client.public_key,
                 .token = sealed_token,
                 .build = 1},
                connect);
  sign_connect(connect, token.secret);
  write_welcome({.cid = 7, .tick_hz = 20, .client_random = kRandom, .server_eph = server.public_key},
                {.tick = 70'000,
                 .phase_us = 12'345,
                 .session = 0x1122334455667788,
                 .incarnation = 3,
                 .idle_ms = 10'000,
                 .keepalive_ms = 5'000,
                 .payload_max = 1'200},
                welcome);
  keys = derive_keys(token.secret, server.secret, client.public_key, connect, welcome, Suite::chacha20_poly1305).value();
  seal_welcome(welcome, keys);
  write_refuse({.reason = Reason::used, .client_random = kRandom}, refuse);
  sign_refuse(refuse, token.secret);

  Channel client_end({.side = Side::client, .connection_id = 7}, keys.session), server_end({.side = Side::server}, keys.session);
  DatagramBatch batch;
  client_end.flush({}, false, {}, batch);
  up.assign(batch.bytes(0).begin(), batch.bytes(0).end());
  Packet arrived = up;
  std::vector<Delivered> messages;
  std::vector<SnapshotFate> fates;
  (void)server_end.accept({}, arrived, messages, fates);
  batch.clear();
  server_end.flush({}, true, {}, batch);
  down.assign(batch.bytes(0).begin(), batch.bytes(0).end());
  Lost hint{.cid = 7, .incarnation = 4, .packet = {}};
  std::copy_n(up.begin(), 16, hint.packet.begin());
  write_lost(hint, lost);
}

std::string line(const std::string& what, Bytes bytes) { return what + "\n" + hex_lines(bytes); }

// The key schedule once more, as the page says it.
struct Derived {
  std::array<std::uint8_t, 32> shared, h, k_node;
  std::array<std::uint8_t, 64> masters;
  std::array<std::uint8_t, 32> up_key, up_iv, down_key, down_iv, handshake_key;
};
Derived derive_by_the_page(const Vectors& v) {
  Derived d;
  Packet message{'m', 'r', 'd', ' ', 'n', 'o', 'd', 'e', 5, 0};
  crypto_generichash(d.k_node.data(), 32, message.data(), message.size(), v.master.bytes.data(), 32);
  EXPECT_EQ(crypto_scalarmult(d.shared.data(), v.client.secret.bytes.data(), v.welcome.data() + 24), 0);
  message.assign(v.connect.begin(), v.connect.begin() + 272);
  message.insert(message.end(), v.welcome.begin(), v.welcome.begin() + 56);
  crypto_generichash(d.h.data(), 32, message.data(), message.size(), nullptr, 0);
  message.assign(d.shared.begin(), d.shared.end());
  message.insert(message.end(), d.h.begin(), d.h.end());
  crypto_generichash(d.masters.data(), 64, message.data(), message.size(), v.token.secret.bytes.data(), 32);
  const auto kdf = [&](std::array<std::uint8_t, 32>& out, std::uint64_t id, std::size_t master_at) {
    crypto_kdf_derive_from_key(out.data(), 32, id, "mrd-net1", d.masters.data() + master_at);
  };
  kdf(d.up_key, 1, 0);
  kdf(d.up_iv, 2, 0);
  kdf(d.down_key, 1, 32);
  kdf(d.down_iv, 2, 32);
  kdf(d.handshake_key, 4, 32);
  return d;
}

TEST(Protocol_vectors, The_handshake_of_the_page_is_what_the_code_makes) {
  const Vectors v;
  const Derived d = derive_by_the_page(v);
  EXPECT_EQ(d.k_node, v.k_node.bytes);
  EXPECT_EQ(d.up_key, v.keys.session.up.key.bytes);
  EXPECT_EQ(d.down_key, v.keys.session.down.key.bytes);
  EXPECT_TRUE(std::equal(v.keys.session.up.iv.begin(), v.keys.session.up.iv.end(), d.up_iv.begin()));
  EXPECT_TRUE(std::equal(v.keys.session.down.iv.begin(), v.keys.session.down.iv.end(), d.down_iv.begin()));
  EXPECT_EQ(d.handshake_key, v.keys.welcome_key.bytes);
  // WELCOME opens by the page's words too.
  std::array<std::uint8_t, 56> inside;
  const std::array<std::uint8_t, 12> nonce{};
  EXPECT_EQ(crypto_aead_chacha20poly1305_ietf_decrypt(inside.data(), nullptr, nullptr, v.welcome.data() + 56, 72, v.welcome.data(), 56,
                                                      nonce.data(), d.handshake_key.data()),
            0);

  const auto rest_zero = [](const Packet& packet, std::size_t at) {
    return std::all_of(packet.begin() + static_cast<std::ptrdiff_t>(at), packet.end(), [](auto b) { return b == 0; });
  };
  ASSERT_TRUE(rest_zero(v.connect, 272));
  std::string block = "```\n";
  block += line("K_master", v.master.bytes);
  block += line("K_node of node 5", d.k_node);
  block += line(
      "token: key id 1, node 5, any incarnation, expires 1800000030000, nonce 10 11 .. 27, id a0 .. af, secret 40 .. 5f, account 11, "
      "character 12,\n"
      "epoch and issued 1800000000000, entitlements 0, kind 0, region 2 (184 B)",
      v.sealed_token);
  block += line("HELLO: wire 1-1, random 01 .. 08, echo 123456", v.hello);
  block += line("CHALLENGE: wire 1, load 7 %, cookie time 1000, cookie 21 .. 28, incarnation 3, node 5, wall 1800000000500", v.challenge);
  block += line("client's X25519 secret", v.client.secret.bytes);
  block += line("CONNECT: suite 1, no features, build 1; its first 272 B, 928 zeros follow", Bytes(v.connect).first(272));
  block += line("server's X25519 secret", v.server.secret.bytes);
  block += line("X25519 of both", d.shared);
  block += line("h", d.h);
  block += line("master up", Bytes(d.masters).first(32));
  block += line("master down", Bytes(d.masters).subspan(32));
  block += line("up key", d.up_key) + line("up iv", Bytes(d.up_iv).first(12));
  block += line("down key", d.down_key) + line("down iv", Bytes(d.down_iv).first(12));
  block += line("handshake key", d.handshake_key);
  block += line(
      "inside WELCOME: next tick 70000 in 12345 us, session 0x1122334455667788, incarnation 3, idle 10000, keepalive 5000, payload 1200",
      inside);
  block += line("WELCOME: suite 1, connection id 7, 20 Hz", v.welcome);
  block += line("the client's first packet: number 1, PING at time 0", v.up);
  block += line("the node's first packet: number 1, its answer", v.down);
  block += line("REFUSE used, with its mac", v.refuse);
  block += line("LOST: connection id 7, incarnation 4, of the client's first packet", v.lost);
  expect_vectors("handshake", block + "```\n");
}

TEST(Protocol_vectors, A_client_with_these_secrets_reaches_up_at_a_port) {
  const Vectors v;
  Counting chance(0x80);
  ConnectionsSettings settings;
  settings.node = {5};
  settings.incarnation = 3;
  settings.token_keys = {{1, v.k_node}};
  settings.offer_aes = false;
  Connections port(settings, chance);
  const Now now{.mono_us = 1'000'000'000, .wall_ms = 1'800'000'000'500};
  const auto give = [&](Packet bytes) {
    const Datagram datagram{address(1), bytes};
    const DatagramBatch& out = port.step(now, {&datagram, 1});
    return out.empty() ? Packet{} : Packet(out.bytes(0).begin(), out.bytes(0).end());
  };
  const auto challenge = read_challenge(give(v.hello));
  ASSERT_TRUE(challenge);
  Connect connect = read_connect(v.connect).value();  // the page's, with this port's cookie
  connect.cookie = challenge->cookie;
  connect.cookie_time_s = challenge->cookie_time_s;
  Packet bytes(kConnectBytes);
  sign_connect(write_connect(connect, bytes), v.token.secret);
  Packet welcome = give(bytes);
  const auto head = read_welcome(welcome);
  ASSERT_TRUE(head);
  const auto keys = derive_keys(v.token.secret, v.client.secret, head->server_eph, bytes, welcome, head->suite);
  ASSERT_TRUE(keys && open_welcome(welcome, *keys));
  Channel channel({.side = Side::client, .connection_id = head->cid}, keys->session);
  DatagramBatch batch;
  channel.flush(now, false, {}, batch);
  give(Packet(batch.bytes(0).begin(), batch.bytes(0).end()));
  EXPECT_EQ(port.counters().up, 1u);
}

}  // namespace
}  // namespace meridian
