#include "netchannel/crypto/key_schedule.hpp"

#include <gtest/gtest.h>
#include <vector>

namespace meridian {
namespace {

struct Handshake {
  Secret32 secret;
  Ephemeral client, server;
  std::vector<std::uint8_t> connect = std::vector<std::uint8_t>(kConnectBytes, 3), welcome = std::vector<std::uint8_t>(kWelcomeBytes, 4);
  Suite suite = Suite::chacha20_poly1305;

  Handshake() {
    SeededChance chance(1);
    chance.fill(secret.bytes);
    client = make_ephemeral(chance);
    server = make_ephemeral(chance);
  }
  HandshakeKeys keys(bool of_client) const {
    return of_client ? derive_keys(secret, client.secret, server.public_key, connect, welcome, suite).value()
                     : derive_keys(secret, server.secret, client.public_key, connect, welcome, suite).value();
  }
};

std::vector<std::uint8_t> all_of(const HandshakeKeys& keys) {
  std::vector<std::uint8_t> out;
  for (const DirectionKeys* one : {&keys.session.up, &keys.session.down}) {
    out.insert(out.end(), one->key.bytes.begin(), one->key.bytes.end());
    out.insert(out.end(), one->iv.begin(), one->iv.end());
  }
  out.insert(out.end(), keys.welcome_key.bytes.begin(), keys.welcome_key.bytes.end());
  return out;
}

TEST(Key_schedule, Both_sides_come_to_the_same_keys_and_each_direction_has_its_own) {
  const Handshake handshake;
  const HandshakeKeys client = handshake.keys(true), server = handshake.keys(false);
  EXPECT_EQ(all_of(client), all_of(server));
  EXPECT_NE(client.session.up.key.bytes, client.session.down.key.bytes);
  EXPECT_NE(client.session.up.iv, client.session.down.iv);
  EXPECT_NE(client.welcome_key.bytes, client.session.down.key.bytes);
}

TEST(Key_schedule, Everything_that_was_agreed_on_changes_the_keys) {
  const Handshake golden;
  const auto keys = all_of(golden.keys(true));
  for (std::size_t at = 0; at < kConnectBytes; ++at) {
    Handshake other;
    other.connect[at] ^= 1;
    EXPECT_EQ(all_of(other.keys(true)) == keys, at >= Connect::kHashed) << "CONNECT at " << at;
  }
  for (std::size_t at = 0; at < kWelcomeBytes; ++at) {
    Handshake other;
    other.welcome[at] ^= 1;
    EXPECT_EQ(all_of(other.keys(true)) == keys, at >= Welcome::kHeadBytes) << "WELCOME at " << at;
  }
  Handshake other;
  other.secret.bytes[31] ^= 1;
  EXPECT_NE(all_of(other.keys(true)), keys);
  other = Handshake();
  SeededChance chance(2);
  other.server = make_ephemeral(chance);
  EXPECT_NE(all_of(other.keys(true)), keys);
}

TEST(Key_schedule, A_public_key_of_low_order_is_refused) {
  const Handshake handshake;
  PublicKey one{};
  one[0] = 1;
  for (const PublicKey& point : {PublicKey{}, one}) {
    const auto keys = derive_keys(handshake.secret, handshake.client.secret, point, handshake.connect, handshake.welcome, handshake.suite);
    ASSERT_FALSE(keys);
    EXPECT_EQ(keys.error(), WireError::out_of_range);
  }
}

TEST(Key_schedule, Welcome_opens_on_the_other_side_and_no_bit_of_it_may_change) {
  start_crypto();
  for (const Suite suite : {Suite::chacha20_poly1305, Suite::aes256_gcm}) {
    if (!available(suite)) continue;
    Handshake handshake;
    handshake.suite = suite;
    const std::vector<std::uint8_t> plain(handshake.welcome.begin() + 56, handshake.welcome.begin() + 112);
    seal_welcome(handshake.welcome, handshake.keys(false));
    for (std::size_t bit = 0; bit < kWelcomeBytes * 8; ++bit) {
      std::vector<std::uint8_t> forged = handshake.welcome;
      forged[bit / 8] = static_cast<std::uint8_t>(forged[bit / 8] ^ (1u << (bit % 8)));
      const auto keys =
          derive_keys(handshake.secret, handshake.client.secret, handshake.server.public_key, handshake.connect, forged, suite);
      EXPECT_FALSE(open_welcome(forged, *keys)) << "bit " << bit;
    }
    const HandshakeKeys keys = handshake.keys(true);
    const auto opened = open_welcome(handshake.welcome, keys);
    ASSERT_TRUE(opened);
    EXPECT_EQ(std::vector<std::uint8_t>(opened->begin(), opened->end()), plain);
  }
}

TEST(Key_schedule, The_macs_cover_what_they_say_and_not_themselves) {
  const Handshake handshake;
  const Mac connect = connect_mac(handshake.secret, handshake.connect);
  for (std::size_t at = 0; at < kConnectBytes; ++at) {
    std::vector<std::uint8_t> other = handshake.connect;
    other[at] ^= 1;
    EXPECT_EQ(equal(connect_mac(handshake.secret, other), connect), at >= 256) << at;
  }
  const std::vector<std::uint8_t> golden(kRefuseBytes, 5);
  const Mac refuse = refuse_mac(handshake.secret, golden);
  for (std::size_t at = 0; at < kRefuseBytes; ++at) {
    std::vector<std::uint8_t> other = golden;
    other[at] ^= 1;
    EXPECT_EQ(equal(refuse_mac(handshake.secret, other), refuse), at >= 16 && at < 32) << at;
  }
  std::vector<std::uint8_t> signed_refuse = golden;
  sign_refuse(signed_refuse, handshake.secret);
  EXPECT_TRUE(std::equal(refuse.begin(), refuse.end(), signed_refuse.begin() + 16));
}

}  // namespace
}  // namespace meridian
