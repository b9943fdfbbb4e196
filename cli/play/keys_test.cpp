#include "cli/play/keys.hpp"

#include <gtest/gtest.h>

namespace meridian {
namespace {

constexpr Press walk(std::uint8_t heading, bool run = false) { return {.kind = Press::Kind::walk, .heading = heading, .run = run}; }
constexpr Press press(Press::Kind kind) { return {.kind = kind}; }

struct Case {
  const char* name;
  std::string_view bytes;
  std::vector<Press> presses;
};

const Case kCases[] = {
    {"arrows", "\x1b[A\x1b[B\x1b[C\x1b[D", {walk(192), walk(64), walk(0), walk(128)}},
    {"arrows of an application keypad", "\x1bOA\x1bOD", {walk(192), walk(128)}},
    {"arrows with Shift run", "\x1b[1;2A", {walk(192, true)}},
    {"arrows with Alt walk", "\x1b[1;3A", {walk(192)}},
    {"WASD", "wasd", {walk(192), walk(128), walk(64), walk(0)}},
    {"WASD with Shift runs", "W", {walk(192, true)}},
    {"Space stands", " ", {press(Press::Kind::stand)}},
    {"work", "bx\rf", {press(Press::Kind::place), press(Press::Kind::break_block), press(Press::Kind::place), press(Press::Kind::push)}},
    {"work with caps lock", "BXF", {press(Press::Kind::place), press(Press::Kind::break_block), press(Press::Kind::push)}},
    {"numbers choose, 0 does not", "190", {{.kind = Press::Kind::choose, .number = 1}, {.kind = Press::Kind::choose, .number = 9}}},
    {"q and Ctrl-C leave", "q\x03Q", {press(Press::Kind::quit), press(Press::Kind::quit), press(Press::Kind::quit)}},
    {"unknown sequences are swallowed", "\x1b[15~\x1b[200~\x1b[<0;3;4Mw", {walk(192)}},
    {"a lone escape eats nothing", "\x1bw\x1b\x1b[A", {walk(192), walk(192)}},
    {"other keys mean nothing", "zZ\t\n;\xc3\xa4", {}},
};

TEST(KeyDecoder, Reads_keys) {
  for (const Case& c : kCases) {
    KeyDecoder decoder;
    std::vector<Press> presses;
    decoder.feed(c.bytes, presses);
    EXPECT_EQ(presses, c.presses) << c.name;
  }
}

TEST(KeyDecoder, Reads_the_same_when_bytes_come_one_at_a_time) {
  for (const Case& c : kCases) {
    KeyDecoder decoder;
    std::vector<Press> presses;
    for (const char byte : c.bytes) decoder.feed(std::string_view(&byte, 1), presses);
    EXPECT_EQ(presses, c.presses) << c.name;
  }
}

TEST(HeldKey, Walks_600_ms_for_the_first_press_and_150_ms_after_each_repeat) {
  HeldKey key;
  EXPECT_EQ(key.input(0).gait, Gait::stand);
  key.press(64, false, 1'000'000);
  EXPECT_EQ(key.input(1'599'999).gait, Gait::walk);
  EXPECT_EQ(key.input(1'599'999).heading, 64);
  EXPECT_EQ(key.input(1'600'000).gait, Gait::stand);

  key.press(64, false, 2'000'000);
  key.press(64, false, 2'500'000);  // the first repeat
  EXPECT_EQ(key.input(2'649'999).gait, Gait::walk);
  EXPECT_EQ(key.input(2'650'000).gait, Gait::stand);
  key.press(64, false, 2'640'000);
  EXPECT_EQ(key.input(2'789'999).gait, Gait::walk);
}

TEST(HeldKey, Another_direction_starts_afresh_and_Space_stands_at_once) {
  HeldKey key;
  key.press(64, false, 1'000'000);
  key.press(64, false, 1'100'000);
  key.press(0, true, 1'200'000);
  EXPECT_EQ(key.input(1'799'999).gait, Gait::run);
  EXPECT_EQ(key.input(1'799'999).heading, 0);
  key.stand();
  EXPECT_EQ(key.input(1'300'000).gait, Gait::stand);
  EXPECT_EQ(key.input(1'300'000).heading, 0);  // keeps facing where it went
}

}  // namespace
}  // namespace meridian
