#include "netchannel/wire/handshake.hpp"

#include <functional>
#include <gtest/gtest.h>
#include <numeric>
#include <vector>

namespace meridian {
namespace {

template <std::size_t N>
std::array<std::uint8_t, N> counting(int from) {
  std::array<std::uint8_t, N> out;
  std::iota(out.begin(), out.end(), static_cast<std::uint8_t>(from));
  return out;
}

const Hello kHello{.wire_min = 1, .wire_max = 2, .client_random = 0x0807060504030201, .echo_us = 0x1817161514131211};
const Challenge kChallenge{.wire = 1,
                           .flags = 5,
                           .load_percent = 99,
                           .cookie_time_s = 0x44434241,
                           .client_random = 0x0807060504030201,
                           .cookie = 0x2827262524232221,
                           .echo_us = 0x1817161514131211,
                           .incarnation = 0x34333231,
                           .node = {0x0201},
                           .queue = 0x5251,
                           .wall_ms = 0x6867666564636261};
const Connect kConnect{.wire_min = 1,
                       .wire_max = 2,
                       .suites = 3,
                       .cookie_time_s = 0x44434241,
                       .client_random = 0x0807060504030201,
                       .cookie = 0x2827262524232221,
                       .features = 0x7877767574737271,
                       .client_eph = counting<32>(100),
                       .token = counting<184>(1),
                       .build = 0x34333231,
                       .mac = counting<16>(200)};
const Welcome kWelcome{.wire = 1,
                       .suite = Suite::aes256_gcm,
                       .flags = 9,
                       .cid = 0x0201,
                       .tick_hz = 20,
                       .client_random = 0x0807060504030201,
                       .features = 0x7877767574737271,
                       .server_eph = counting<32>(100)};
const WelcomeSealed kSealed{.tick = 0x44434241,
                            .phase_us = 0x34333231,
                            .session = 0x2827262524232221,
                            .incarnation = 0x54535251,
                            .idle_ms = 10'000,
                            .keepalive_ms = 5'000,
                            .payload_max = 1'200,
                            .budget = 6'000};
const Refuse kRefuse{.reason = Reason::full,
                     .wire_min = 1,
                     .wire_max = 2,
                     .retry_ms = 0x44434241,
                     .client_random = 0x0807060504030201,
                     .mac = counting<16>(200),
                     .text = "exactly thirty-two bytes of text"};
const Lost kLost{.cid = 0x0201, .incarnation = 0x44434241, .packet = counting<16>(1)};

using Packet = std::vector<std::uint8_t>;
struct Row {
  const char* name;
  std::size_t size;
  std::function<MutableBytes(MutableBytes)> write;
  std::function<std::expected<Packet, WireError>(Bytes)> again;  // reads and writes
  std::vector<std::pair<std::size_t, std::size_t>> zeros;        // [from, to): the design calls them zero
  std::vector<std::pair<std::size_t, int>> bytes;                // offset: byte, one of each field
};

template <class Read, class Write>
auto again(Read read, Write write) {
  return [=](Bytes in) -> std::expected<Packet, WireError> {
    const auto message = read(in);
    if (!message) return std::unexpected(message.error());
    Packet out(kConnectBytes);
    const MutableBytes written = write(*message, out);
    return Packet(written.begin(), written.end());
  };
}

const std::vector<Row> kRows = {
    {"HELLO",
     64,
     [](MutableBytes room) { return write_hello(kHello, room); },
     again(read_hello, write_hello),
     {{3, 4}, {24, 64}},
     {{0, 0x81}, {1, 1}, {2, 2}, {4, 'M'}, {7, '1'}, {8, 1}, {15, 8}, {16, 0x11}, {23, 0x18}}},
    {"CHALLENGE",
     48,
     [](MutableBytes room) { return write_challenge(kChallenge, room); },
     again(read_challenge, write_challenge),
     {},
     {{0, 0x82},
      {1, 1},
      {2, 5},
      {3, 99},
      {4, 0x41},
      {8, 1},
      {16, 0x21},
      {24, 0x11},
      {32, 0x31},
      {36, 1},
      {38, 0x51},
      {40, 0x61},
      {47, 0x68}}},
    {"CONNECT",
     1200,
     [](MutableBytes room) { return write_connect(kConnect, room); },
     again(read_connect, write_connect),
     {{252, 256}, {272, 1200}},
     {{0, 0x83},
      {1, 1},
      {2, 2},
      {3, 3},
      {4, 0x41},
      {8, 1},
      {16, 0x21},
      {24, 0x71},
      {32, 100},
      {64, 1},
      {247, 184},
      {248, 0x31},
      {256, 200},
      {271, 215}}},
    {"WELCOME",
     128,
     [](MutableBytes room) { return write_welcome(kWelcome, kSealed, room); },
     [](Bytes in) -> std::expected<Packet, WireError> {
       const auto head = read_welcome(in);
       if (!head) return std::unexpected(head.error());
       const auto sealed = read_welcome_sealed(in.subspan(Welcome::kHeadBytes, 56));
       if (!sealed) return std::unexpected(sealed.error());
       Packet out(kWelcomeBytes);
       write_welcome(*head, *sealed, out);
       return out;
     },
     {{84, 112}},
     {{0, 0x84},
      {1, 1},
      {2, 2},
      {3, 9},
      {4, 1},
      {6, 20},
      {8, 1},
      {16, 0x71},
      {24, 100},
      {55, 131},
      {56, 0x41},
      {60, 0x31},
      {64, 0x21},
      {72, 0x51},
      {76, 0x10},
      {78, 0x88},
      {80, 0xB0},
      {82, 0x70}}},
    {"REFUSE",
     64,
     [](MutableBytes room) { return write_refuse(kRefuse, room); },
     again(read_refuse, write_refuse),
     {},
     {{0, 0x85}, {1, 6}, {2, 1}, {3, 2}, {4, 0x41}, {8, 1}, {16, 200}, {31, 215}, {32, 'e'}, {63, 't'}}},
    {"LOST",
     24,
     [](MutableBytes room) { return write_lost(kLost, room); },
     again(read_lost, write_lost),
     {{1, 2}},
     {{0, 0x86}, {2, 1}, {3, 2}, {4, 0x41}, {7, 0x44}, {8, 1}, {23, 16}}},
};

TEST(Handshake, Each_message_has_its_size_and_each_field_its_offset) {
  for (const Row& row : kRows) {
    Packet room(kConnectBytes, 0xEE);
    const MutableBytes written = row.write(room);
    ASSERT_EQ(written.size(), row.size) << row.name;
    for (const auto& [at, byte] : row.bytes) EXPECT_EQ(written[at], byte) << row.name << " at " << at;
    for (const auto& [from, to] : row.zeros) {
      for (std::size_t at = from; at < to; ++at) EXPECT_EQ(written[at], 0) << row.name << " at " << at;
    }
  }
}

TEST(Handshake, Each_message_reads_back_to_the_same_bytes) {
  for (const Row& row : kRows) {
    Packet room(kConnectBytes);
    const MutableBytes written = row.write(room);
    const auto second = row.again(written);
    ASSERT_TRUE(second) << row.name;
    EXPECT_EQ(*second, Packet(written.begin(), written.end())) << row.name;
  }
}

TEST(Handshake, Another_length_another_type_or_a_byte_that_must_be_zero_is_refused) {
  for (const Row& row : kRows) {
    Packet room(kConnectBytes + 1);
    const std::size_t size = row.write(room).size();
    for (std::size_t cut = 0; cut < size; ++cut)
      EXPECT_EQ(row.again(Bytes(room).first(cut)).error(), WireError::truncated) << row.name << cut;
    EXPECT_EQ(row.again(Bytes(room).first(size + 1)).error(), WireError::trailing) << row.name;
    for (int type = 0; type < 256; ++type) {
      Packet other(room.begin(), room.begin() + static_cast<std::ptrdiff_t>(size));
      if (other[0] == type) continue;
      other[0] = static_cast<std::uint8_t>(type);
      EXPECT_EQ(row.again(other).error(), WireError::malformed) << row.name << " as " << type;
    }
    for (const auto& [from, to] : row.zeros) {
      for (std::size_t at = from; at < to; ++at) {
        Packet other(room.begin(), room.begin() + static_cast<std::ptrdiff_t>(size));
        other[at] = 1;
        EXPECT_EQ(row.again(other).error(), WireError::malformed) << row.name << " at " << at;
      }
    }
  }
}

TEST(Handshake, Fields_that_nobody_can_use_are_refused) {
  struct Bad {
    std::size_t row, at;
    int byte;
  };
  for (const Bad& bad : {Bad{0, 4, 'm'}, Bad{0, 7, '2'}, Bad{3, 2, 0}, Bad{3, 2, 3}, Bad{3, 6, 0}, Bad{4, 1, 0}, Bad{4, 40, 0},
                         Bad{4, 40, '\n'}, Bad{4, 40, 0x7F}}) {
    Packet room(kConnectBytes);
    const MutableBytes written = kRows[bad.row].write(room);
    written[bad.at] = static_cast<std::uint8_t>(bad.byte);
    EXPECT_EQ(kRows[bad.row].again(written).error(), WireError::malformed) << kRows[bad.row].name << " at " << bad.at << ": " << bad.byte;
  }
}

TEST(Handshake, A_refusals_text_is_printable_utf8) {
  struct Case {
    const char* text;
    bool good;
  };
  for (const Case& c : {Case{"", true}, Case{"\xC3\xA0 bient\xC3\xB4t", true}, Case{"thirty bytes and a sign\x20\xF0\x9F\x8C\x8A 32", true},
                        Case{"a\xC2\x9B"
                             "2J",
                             false},
                        Case{"\x9B"
                             "2J",
                             false},
                        Case{"cut \xE2\x82", false}, Case{"\xC0\xAF", false}}) {
    Refuse refuse = kRefuse;
    refuse.text = c.text;
    Packet room(kRefuseBytes);
    EXPECT_EQ(read_refuse(write_refuse(refuse, room)).has_value(), c.good) << c.text;
  }
}

TEST(Handshake, The_first_byte_tells_the_type_and_a_data_packet_has_none) {
  for (int first = 0; first < 256; ++first) {
    const std::uint8_t byte[1] = {static_cast<std::uint8_t>(first)};
    EXPECT_EQ(handshake_type(byte).has_value(), first >= 0x81 && first <= 0x86) << first;
  }
  EXPECT_FALSE(handshake_type({}));
}

}  // namespace
}  // namespace meridian
