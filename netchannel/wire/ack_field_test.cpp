#include "netchannel/wire/ack_field.hpp"

#include <algorithm>
#include <array>
#include <gtest/gtest.h>
#include <set>
#include <vector>

#include "base/chance.hpp"
#include "netchannel/wire/packet_number.hpp"

namespace meridian {
namespace {

constexpr std::uint64_t kBit63 = std::uint64_t{1} << 63;

struct Row {
  const char* what;
  std::uint64_t newest, missing, read_by_peer;
  std::vector<std::uint8_t> bytes;
};

const Row kRows[] = {
    {"nothing received but packet 0", 0, 0, 0, {0x00}},
    {"short: low 7 bits", 200, 0, 190, {0x48}},
    {"short at 63 past what the peer has read", 163, 0, 100, {0x23}},
    {"extended at 64 past", 164, 0, 100, {0xA4, 0x01, 0x00}},
    {"one missing just below: 1 B", 300, 0x01, 299, {0xAC, 0x02, 0x01}},
    {"eighth below: 1 B", 300, 0x80, 299, {0xAC, 0x02, 0x80}},
    {"ninth below: 2 B", 300, 0x100, 299, {0xAC, 0x42, 0x00, 0x01}},
    {"seventeenth below: 4 B", 300, 0x10001, 299, {0xAC, 0x82, 0x01, 0x00, 0x01, 0x00}},
    {"thirty-third below: 8 B", 300, std::uint64_t{1} << 32, 299, {0xAC, 0xC2, 0, 0, 0, 0, 1, 0, 0, 0}},
    {"high bits of a 13-bit number", 8191, 1, 8190, {0xFF, 0x3F, 0x01}},
    {"the 64th below alone: the short form does not speak of it", 300, kBit63, 299, {0x2C}},
    {"the 64th below beside another: said", 300, kBit63 | 1, 299, {0xAC, 0xC2, 1, 0, 0, 0, 0, 0, 0, 0x80}},
};

TEST(Ack_field, Is_written_and_read_as_drawn) {
  for (const Row& row : kRows) {
    const AckField ack = make_ack_field(row.newest, row.missing, row.read_by_peer);
    std::array<std::uint8_t, kMaxAckBytes> room{};
    ByteWriter out(room);
    write_ack_field(out, ack);
    EXPECT_EQ(std::vector<std::uint8_t>(out.written().begin(), out.written().end()), row.bytes) << row.what;
    ByteReader in(row.bytes);
    const auto read = read_ack_field(in);
    ASSERT_TRUE(read) << row.what;
    EXPECT_TRUE(in.done()) << row.what;
    EXPECT_EQ(*read, ack) << row.what;
  }
}

TEST(Ack_field, Refuses_every_cut) {
  for (const Row& row : kRows) {
    for (std::size_t size = 0; size < row.bytes.size(); ++size) {
      ByteReader in(Bytes(row.bytes).first(size));
      EXPECT_FALSE(read_ack_field(in)) << row.what << " cut to " << size;
    }
  }
}

// Against a set: what a reader takes from the bytes is never more than what was received, and all of the last 63.
TEST(Ack_field, Says_what_a_set_says) {
  SeededChance chance(11);
  for (int round = 0; round < 3000; ++round) {
    const std::uint64_t newest = 1 + chance.below(20'000);
    const std::uint64_t read_by_peer = newest - chance.below(std::min<std::uint64_t>(newest, 127) + 1);
    std::set<std::uint64_t> received = {newest};
    std::uint64_t missing = 0;
    const std::uint32_t loss = static_cast<std::uint32_t>(chance.below(4)) * 100'000;
    for (std::uint64_t n = 0; n < 64 && n < newest; ++n) {
      if (chance.one_in(loss)) {
        missing |= std::uint64_t{1} << n;
      } else {
        received.insert(newest - 1 - n);
      }
    }
    std::array<std::uint8_t, kMaxAckBytes> room{};
    ByteWriter out(room);
    write_ack_field(out, make_ack_field(newest, missing, read_by_peer));
    ByteReader in(out.written());
    const auto read = read_ack_field(in);
    ASSERT_TRUE(read && in.done());
    const std::uint64_t said = least_with_low_bits(read_by_peer, read->newest_low, read->newest_bits);
    ASSERT_EQ(said, newest);
    for (std::uint64_t n = 0; n < 64 && n < newest; ++n) {
      const bool acked = (read->missing >> n & 1) == 0;
      EXPECT_TRUE(!acked || received.contains(newest - 1 - n));
      EXPECT_TRUE(n == 63 || acked == received.contains(newest - 1 - n));
    }
  }
}

}  // namespace
}  // namespace meridian
