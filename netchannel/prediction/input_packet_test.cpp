#include "netchannel/prediction/input_packet.hpp"

#include <algorithm>
#include <gtest/gtest.h>
#include <vector>

#include "base/chance.hpp"
#include "netchannel/testing/protocol_vectors.hpp"

namespace meridian {
namespace {

std::vector<std::uint8_t> written(const InputPacket& packet) {
  std::array<std::uint8_t, kMaxInputPacketBytes> room;
  const Bytes bytes = write_input_packet(packet, room);
  return {bytes.begin(), bytes.end()};
}

TEST(Input_packet, Is_laid_out_as_drawn) {
  struct Case {
    const char* what;
    InputPacket packet;
    std::vector<std::uint8_t> bytes;
  };
  const Input walk{.heading = 0x40, .gait = Gait::walk, .buttons = 0, .aim = 0};
  const Input push{.heading = 0x40, .gait = Gait::walk, .buttons = kButtonPush, .aim = 0xABC};
  const Case cases[] = {
      // tick 0x1234 | count-1 = 0, no hash: 4 zero bits | heading, gait 2, buttons 0
      {"one input", {.newest_tick_low = 0x1234, .count = 1, .inputs = {walk}, .own_hash16 = {}}, {0x34, 0x12, 0x00, 0x24, 0x00}},
      // count-1 = 2, has hash: 1010 from bit 0 = 0xA | hash | record | same, same
      {"three alike and a hash",
       {.newest_tick_low = 0x1234, .count = 3, .inputs = {walk, walk, walk}, .own_hash16 = 0xBEEF},
       {0x34, 0x12, 0xFA, 0xEE, 0x0B, 0x24, 0x30}},
      // push with aim, then 0 | walk
      {"a button has an aim",
       {.newest_tick_low = 0x1234, .count = 2, .inputs = {push, walk}, .own_hash16 = {}},
       {0x34, 0x12, 0x01, 0x64, 0xC0, 0xAB, 0x80, 0x04, 0x00}},
  };
  for (const Case& c : cases) EXPECT_EQ(written(c.packet), c.bytes) << c.what;
}

TEST(Input_packet, What_is_written_is_read_back) {
  SeededChance chance(8);
  for (int round = 0; round < 5000; ++round) {
    InputPacket packet;
    packet.newest_tick_low = static_cast<std::uint16_t>(chance.next_u64());
    packet.count = static_cast<std::uint8_t>(1 + chance.below(8));
    if (chance.below(2) == 0) packet.own_hash16 = static_cast<std::uint16_t>(chance.next_u64());
    for (std::size_t i = 0; i < packet.count; ++i) {
      Input& input = packet.inputs[i];
      if (i > 0 && chance.below(2) == 0) {
        input = packet.inputs[i - 1];
        continue;
      }
      input.heading = static_cast<std::uint8_t>(chance.below(256));
      input.gait = static_cast<Gait>(chance.below(4));
      input.buttons = chance.below(3) == 0 ? static_cast<std::uint8_t>(chance.below(64)) : std::uint8_t{0};
      input.aim = input.buttons != 0 ? static_cast<std::uint16_t>(chance.below(4096)) : std::uint16_t{0};
    }
    const auto read = read_input_packet(written(packet));
    ASSERT_TRUE(read.has_value());
    EXPECT_EQ(read->newest_tick_low, packet.newest_tick_low);
    EXPECT_EQ(read->count, packet.count);
    EXPECT_EQ(read->own_hash16, packet.own_hash16);
    EXPECT_EQ(read->inputs, packet.inputs);
  }
}

TEST(Input_packet, An_aim_without_a_button_is_not_sent) {
  const Input aimless{.heading = 1, .gait = Gait::run, .buttons = 0, .aim = 99};
  const auto read = read_input_packet(written({.newest_tick_low = 1, .count = 1, .inputs = {aimless}, .own_hash16 = {}}));
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->inputs[0].aim, 0);
}

TEST(Input_packet, Eight_different_inputs_with_buttons_fill_the_stated_bound) {
  InputPacket packet{.newest_tick_low = 1, .count = 8, .inputs = {}, .own_hash16 = 7};
  for (std::uint8_t i = 0; i < 8; ++i) packet.inputs[i] = {.heading = i, .gait = Gait::run, .buttons = 63, .aim = 4095};
  EXPECT_EQ(written(packet).size(), kMaxInputPacketBytes);
}

TEST(Input_packet, Cut_long_or_unclean_bytes_are_refused) {
  const Input walk{.heading = 0x40, .gait = Gait::walk, .buttons = 0, .aim = 0};
  const std::vector<std::uint8_t> good =
      written({.newest_tick_low = 0x1234, .count = 3, .inputs = {walk, walk, walk}, .own_hash16 = 0xBEEF});
  for (std::size_t size = 0; size < good.size(); ++size) {
    const auto refused = read_input_packet(Bytes(good).first(size));
    ASSERT_FALSE(refused.has_value()) << size;
    EXPECT_EQ(refused.error(), WireError::truncated) << size;
  }
  std::vector<std::uint8_t> longer(good.size() + 1);
  std::ranges::copy(good, longer.begin());
  EXPECT_EQ(read_input_packet(longer).error(), WireError::trailing);
  std::vector<std::uint8_t> unclean = good;
  unclean.back() |= 0x80;
  EXPECT_EQ(read_input_packet(unclean).error(), WireError::out_of_range);
}

TEST(Input_packet, Vectors_are_the_ones_of_the_protocol_page) {
  const Input walk{.heading = 64, .gait = Gait::walk, .buttons = 0, .aim = 0},
      stand{.heading = 64, .gait = Gait::stand, .buttons = 0, .aim = 0};
  const Input push{.heading = 224, .gait = Gait::run, .buttons = kButtonPush, .aim = 3'072};
  struct Vector {
    const char* fields;
    InputPacket packet;
  };
  const Vector vectors[] = {
      {"tick 4660, 1 input, no hash: heading 64, walk", {.newest_tick_low = 4'660, .count = 1, .inputs = {walk}, .own_hash16 = {}}},
      {"tick 65535, 8 inputs, hash beef: all heading 64, walk",
       {.newest_tick_low = 65'535, .count = 8, .inputs = {walk, walk, walk, walk, walk, walk, walk, walk}, .own_hash16 = 0xBEEF}},
      {"tick 0, 4 inputs, hash 0001: heading 224, run, push, aim 3072; heading 64, walk; the same; heading 64, stand",
       {.newest_tick_low = 0, .count = 4, .inputs = {push, walk, walk, stand}, .own_hash16 = 1}},
  };
  std::string block = "```\n";
  for (const Vector& v : vectors) block += std::string(v.fields) + "\n" + hex_lines(written(v.packet));
  expect_vectors("inputs", block + "```\n");
}

}  // namespace
}  // namespace meridian
