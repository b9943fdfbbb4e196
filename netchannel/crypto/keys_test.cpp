#include "netchannel/crypto/keys.hpp"

#include <algorithm>
#include <gtest/gtest.h>
#include <string_view>
#include <vector>

namespace meridian {
namespace {

std::vector<std::uint8_t> from_hex(std::string_view hex) {
  const auto digit = [](char c) { return static_cast<std::uint8_t>(c <= '9' ? c - '0' : c - 'a' + 10); };
  std::vector<std::uint8_t> out;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) out.push_back(static_cast<std::uint8_t>((digit(hex[i]) << 4) | digit(hex[i + 1])));
  return out;
}

struct Vector {
  const char* source;
  Suite suite;
  std::string_view key, nonce, header, plain, sealed;  // sealed = cipher text | tag
};
const Vector kVectors[] = {
    {"RFC 8439 2.8.2", Suite::chacha20_poly1305, "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f",
     "070000004041424344454647", "50515253c0c1c2c3c4c5c6c7",
     "4c616469657320616e642047656e746c656d656e206f662074686520636c617373206f66202739393a204966204920636f756c64206f6666657220796f75206f"
     "6e6c79206f6e652074697020666f7220746865206675747572652c2073756e73637265656e20776f756c642062652069742e",
     "d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d63dbea45e8ca9671282fafb69da92728b1a71de0a9e060b2905d6a5b67ecd3b36"
     "92ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc3ff4def08e4b7a9de576d26586cec64b61161ae10b594f09e26a7e902ecbd060"
     "0691"},
    {"McGrew, Viega: GCM, test case 16", Suite::aes256_gcm, "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
     "cafebabefacedbaddecaf888", "feedfacedeadbeeffeedfacedeadbeefabaddad2",
     "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
     "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f66276fc6ece"
     "0f4e1768cddf8853bb2d551b"},
};

// The vector's nonce is reached from two sides: as the iv itself with number 0, and as an iv that the packet number turns into it.
DirectionKeys keys_for(const Vector& vector, std::uint64_t number) {
  DirectionKeys keys;
  std::ranges::copy(from_hex(vector.key), keys.key.bytes.begin());
  std::ranges::copy(from_hex(vector.nonce), keys.iv.begin());
  for (std::size_t i = 0; i < 8; ++i) keys.iv[4 + i] = static_cast<std::uint8_t>(keys.iv[4 + i] ^ (number >> (8 * i)));
  return keys;
}

std::vector<std::uint8_t> joined(std::string_view a, std::string_view b, std::size_t more = 0) {
  std::vector<std::uint8_t> out = from_hex(a);
  std::ranges::copy(from_hex(b), std::back_inserter(out));
  out.resize(out.size() + more);
  return out;
}

std::vector<Suite> suites_here() {
  start_crypto();
  std::vector<Suite> out{Suite::chacha20_poly1305};
  if (available(Suite::aes256_gcm)) out.push_back(Suite::aes256_gcm);
  return out;
}

TEST(Packet_seal, Gives_the_published_vectors_in_place_with_the_number_in_bytes_4_to_11_of_the_nonce) {
  const auto suites = suites_here();
  for (const Vector& vector : kVectors) {
    if (std::ranges::find(suites, vector.suite) == suites.end()) continue;  // no AES instructions here: the suite is never offered either
    const std::size_t header_bytes = vector.header.size() / 2;
    for (const std::uint64_t number : {0ull, 1ull, 0x0123456789ABCDEFull}) {
      const PacketSeal seal(vector.suite, keys_for(vector, number));
      std::vector<std::uint8_t> packet = joined(vector.header, vector.plain, kTagBytes);
      seal.seal(packet, header_bytes, number);
      EXPECT_EQ(packet, joined(vector.header, vector.sealed)) << vector.source << ", number " << number;
      const auto plain = seal.open(packet, header_bytes, number);
      ASSERT_TRUE(plain) << vector.source;
      EXPECT_EQ(std::vector<std::uint8_t>(plain->begin(), plain->end()), from_hex(vector.plain)) << vector.source;
    }
  }
}

TEST(Packet_seal, Refuses_every_flipped_bit_another_number_and_every_shorter_packet) {
  for (const Suite suite : suites_here()) {
    SeededChance chance(1);
    DirectionKeys keys;
    chance.fill(keys.key.bytes);
    chance.fill(keys.iv);
    const PacketSeal seal(suite, keys);
    std::vector<std::uint8_t> packet(4 + 21 + kTagBytes, 7);
    seal.seal(packet, 4, 99);
    for (std::size_t bit = 0; bit < packet.size() * 8; ++bit) {
      std::vector<std::uint8_t> forged = packet;
      forged[bit / 8] = static_cast<std::uint8_t>(forged[bit / 8] ^ (1u << (bit % 8)));
      EXPECT_EQ(seal.open(forged, 4, 99).error(), WireError::bad_tag) << "bit " << bit;
    }
    for (std::size_t size = 0; size < packet.size(); ++size) {
      std::vector<std::uint8_t> cut(packet.begin(), packet.begin() + static_cast<std::ptrdiff_t>(size));
      EXPECT_EQ(seal.open(cut, 4, 99).error(), size < 4 + kTagBytes ? WireError::truncated : WireError::bad_tag) << size;
    }
    std::vector<std::uint8_t> other = packet;
    EXPECT_EQ(seal.open(other, 4, 100).error(), WireError::bad_tag);
    EXPECT_TRUE(seal.open(packet, 4, 99));
  }
}

TEST(Packet_seal, Survives_a_move) {
  for (const Suite suite : suites_here()) {
    PacketSeal first(suite, {});
    std::vector<std::uint8_t> packet(2 + 5 + kTagBytes, 3);
    first.seal(packet, 2, 1);
    const PacketSeal second = std::move(first);
    const auto plain = second.open(packet, 2, 1);
    ASSERT_TRUE(plain);
    EXPECT_EQ(std::vector<std::uint8_t>(plain->begin(), plain->end()), std::vector<std::uint8_t>(5, 3));
  }
}

TEST(Secret, Is_wiped_when_it_goes) {
  alignas(Secret32) unsigned char memory[sizeof(Secret32)];
  Secret32* const secret = new (memory) Secret32;
  secret->bytes.fill(0xAB);
  secret->~Secret32();
  EXPECT_TRUE(std::ranges::all_of(memory, [](unsigned char byte) { return byte == 0; }));
}

TEST(System_chance, Never_repeats_itself) {
  start_crypto();
  SystemChance chance;
  EXPECT_NE(chance.next_u64(), chance.next_u64());
}

}  // namespace
}  // namespace meridian
