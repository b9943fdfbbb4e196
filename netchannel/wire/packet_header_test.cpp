#include "netchannel/wire/packet_header.hpp"

#include <array>
#include <gtest/gtest.h>
#include <vector>

#include "netchannel/wire/packet_number.hpp"

namespace meridian {
namespace {

struct Row {
  const char* what;
  std::vector<std::uint8_t> bytes;
  PacketHeader header;
};

const Row kRows[] = {
    {"down, number 1", {0x00, 0x01}, {false, 1, {}}},
    {"down, greatest number", {0x1F, 0xFF}, {false, 0x1FFF, {}}},
    {"down, number's high bits are in byte 0", {0x12, 0x34}, {false, 0x1234, {}}},
    {"down, key phase", {0x40, 0x07}, {true, 7, {}}},
    {"up, id little-endian", {0x20, 0x02, 0x34, 0x12}, {false, 2, 0x1234}},
    {"up, all bits", {0x7F, 0xFF, 0xFF, 0xFF}, {true, 0x1FFF, 0xFFFF}},
};

TEST(Packet_header, Is_written_and_read_as_drawn) {
  for (const Row& row : kRows) {
    std::array<std::uint8_t, 8> room{};
    ByteWriter out(room);
    write_packet_header(out, row.header);
    EXPECT_EQ(std::vector<std::uint8_t>(out.written().begin(), out.written().end()), row.bytes) << row.what;
    EXPECT_EQ(row.header.size(), row.bytes.size()) << row.what;
    const auto read = read_packet_header(row.bytes);
    ASSERT_TRUE(read) << row.what;
    EXPECT_EQ(*read, row.header) << row.what;
  }
}

TEST(Packet_header, Refuses_what_ends_inside_and_what_is_a_handshake) {
  const std::vector<std::pair<std::vector<std::uint8_t>, WireError>> rows = {
      {{}, WireError::truncated},           {{0x00}, WireError::truncated},
      {{0x20, 0x01}, WireError::truncated}, {{0x20, 0x01, 0x05}, WireError::truncated},
      {{0x81, 0x00}, WireError::not_data},  {{0xFF, 0xFF, 0, 0}, WireError::not_data},
  };
  for (const auto& [bytes, error] : rows) {
    const auto read = read_packet_header(bytes);
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error(), error);
  }
}

TEST(Packet_number, Is_rebuilt_for_every_gap_below_4096_around_every_kind_of_place) {
  for (const std::uint64_t newest :
       {0ull, 1ull, 63ull, 4095ull, 4096ull, 8191ull, 8192ull, 1'000'003ull, (1ull << 32) - 5, (1ull << 40) + 12345}) {
    const std::uint64_t expected = newest + 1;
    for (std::uint64_t gap = 0; gap < 4096; ++gap) {
      const std::uint64_t ahead = expected + gap;
      ASSERT_EQ(nearest_with_low_bits(expected, ahead & 0x1FFF, 13), ahead) << expected << " +" << gap;
      if (gap <= expected) {
        const std::uint64_t behind = expected - gap;
        ASSERT_EQ(nearest_with_low_bits(expected, behind & 0x1FFF, 13), behind) << expected << " -" << gap;
      }
    }
  }
}

TEST(Packet_number, Of_an_ack_is_the_least_from_the_last_acked_on) {
  for (const std::uint64_t from : {0ull, 1ull, 127ull, 128ull, 100'000ull}) {
    for (std::uint64_t gap = 0; gap < 8192; ++gap) {
      ASSERT_EQ(least_with_low_bits(from, (from + gap) & 0x1FFF, 13), from + gap);
      if (gap >= 128) continue;
      ASSERT_EQ(least_with_low_bits(from, (from + gap) & 0x7F, 7), from + gap);
    }
  }
}

TEST(Packet_number, Of_a_message_is_rebuilt_across_the_wrap_of_16_bits) {
  EXPECT_EQ(nearest_with_low_bits(0x1'0002, 0xFFFE, 16), 0xFFFEu);
  EXPECT_EQ(nearest_with_low_bits(0xFFFE, 0x0003, 16), 0x1'0003u);
  EXPECT_EQ(nearest_with_low_bits(0, 0xFFFF, 16), 0xFFFFu);  // never below 0
}

}  // namespace
}  // namespace meridian
