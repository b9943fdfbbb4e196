#include "netchannel/crypto/connect_token.hpp"

#include <algorithm>
#include <gtest/gtest.h>
#include <vector>

namespace meridian {
namespace {

Secret32 key_of(std::uint8_t byte) {
  Secret32 key;
  key.bytes.fill(byte);
  return key;
}

ConnectToken sample() {
  ConnectToken token;
  token.key_id = 3;
  token.node = {513};
  token.incarnation = 7;
  token.expires_ms = 1'800'000'030'000;
  for (std::size_t i = 0; i < token.id.size(); ++i) token.id[i] = static_cast<std::uint8_t>(i);
  token.secret = key_of(0x5E);
  token.account = 11;
  token.character = 12;
  token.epoch = 13;
  token.issued_ms = 1'800'000'000'000;
  token.entitlements = 0x8000000000000001u;
  token.kind = 2;
  token.region = 0x1234;
  return token;
}

TEST(Connect_token, Comes_back_whole_after_sealing) {
  SeededChance chance(1);
  const ConnectToken in = sample();
  const auto out = open_token(seal_token(in, key_of(1), chance), key_of(1));
  ASSERT_TRUE(out);
  EXPECT_EQ(out->key_id, in.key_id);
  EXPECT_EQ(out->node, in.node);
  EXPECT_EQ(out->incarnation, in.incarnation);
  EXPECT_EQ(out->expires_ms, in.expires_ms);
  EXPECT_EQ(out->id, in.id);
  EXPECT_EQ(out->secret.bytes, in.secret.bytes);
  EXPECT_EQ(out->account, in.account);
  EXPECT_EQ(out->character, in.character);
  EXPECT_EQ(out->epoch, in.epoch);
  EXPECT_EQ(out->issued_ms, in.issued_ms);
  EXPECT_EQ(out->entitlements, in.entitlements);
  EXPECT_EQ(out->kind, in.kind);
  EXPECT_EQ(out->region, in.region);
}

TEST(Connect_token, Shows_only_its_first_sixteen_bytes) {
  SeededChance chance(1);
  const TokenBytes token = seal_token(sample(), key_of(1), chance);
  const std::vector<std::uint8_t> clear(token.begin(), token.begin() + 16);
  EXPECT_EQ(clear, (std::vector<std::uint8_t>{1, 3, 0x01, 0x02, 7, 0, 0, 0, 0x30, 0xC5, 0x5C, 0x18, 0xA3, 0x01, 0, 0}));
  const std::array<std::uint8_t, 8> secret_part{0x5E, 0x5E, 0x5E, 0x5E, 0x5E, 0x5E, 0x5E, 0x5E};
  EXPECT_TRUE(std::ranges::search(token, secret_part).empty());
  const auto read = read_token_clear(token);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->key_id, 3);
  EXPECT_EQ(read->node, NodeId{513});
  EXPECT_EQ(read->incarnation, 7u);
  EXPECT_EQ(read->expires_ms, 1'800'000'030'000u);
}

TEST(Connect_token, Refuses_every_flipped_bit_and_every_other_length) {
  SeededChance chance(2);
  const TokenBytes token = seal_token(sample(), key_of(1), chance);
  for (std::size_t bit = 0; bit < kTokenBytes * 8; ++bit) {
    TokenBytes forged = token;
    forged[bit / 8] = static_cast<std::uint8_t>(forged[bit / 8] ^ (1u << (bit % 8)));
    EXPECT_EQ(open_token(forged, key_of(1)).error(), bit < 8 ? WireError::malformed : WireError::bad_tag) << "bit " << bit;
  }
  for (std::size_t size = 0; size < kTokenBytes; ++size) {
    EXPECT_EQ(open_token(Bytes(token).first(size), key_of(1)).error(), WireError::truncated) << size;
  }
  std::vector<std::uint8_t> longer(token.begin(), token.end());
  longer.push_back(0);
  EXPECT_EQ(open_token(longer, key_of(1)).error(), WireError::trailing);
}

TEST(Connect_token, Opens_only_with_the_key_of_its_own_node) {
  SeededChance chance(3);
  const Secret32 master = key_of(9);
  const TokenBytes token = seal_token(sample(), node_key(master, {513}), chance);
  EXPECT_TRUE(open_token(token, node_key(master, {513})));
  EXPECT_EQ(open_token(token, node_key(master, {514})).error(), WireError::bad_tag);
  EXPECT_EQ(open_token(token, node_key(key_of(8), {513})).error(), WireError::bad_tag);
}

TEST(Connect_token, Is_never_sealed_twice_alike) {
  SeededChance chance(4);
  EXPECT_NE(seal_token(sample(), key_of(1), chance), seal_token(sample(), key_of(1), chance));
}

TEST(Dev_account, Is_the_same_for_the_same_name_alone) {
  EXPECT_EQ(dev_account("ada"), dev_account("ada"));
  EXPECT_NE(dev_account("ada"), dev_account("adb"));
  EXPECT_NE(dev_account(""), 0u);
}

}  // namespace
}  // namespace meridian
