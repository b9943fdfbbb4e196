#include "e2e/simulation/readers/input_oracle.hpp"

#include <gtest/gtest.h>
#include <sstream>

#include "e2e/simulation/readers/vectors_page.hpp"

namespace meridian::sim {
namespace {

// "heading 224, run, push, aim 3072"
DueInput input_of(const std::string& text) {
  DueInput input;
  const char* kGaits[] = {"stand", "sneak", "walk", "run"};
  for (std::uint32_t gait = 0; gait < 4; ++gait)
    if (text.find(kGaits[gait]) != std::string::npos) input.gait = gait;
  input.heading = static_cast<std::uint32_t>(field_of(text, "heading"));
  input.buttons = text.find("push") != std::string::npos ? 1 : 0;
  input.aim = static_cast<std::uint32_t>(field_of(text, "aim", 0));
  return input;
}

// "tick 65535, 8 inputs, hash beef: all heading 64, walk": newest first.
std::vector<DueInput> inputs_of(const std::string& title) {
  const std::int64_t count = std::stoll(title.substr(title.find(", ") + 2));
  std::istringstream said(title.substr(title.find(": ") + 2));
  std::vector<DueInput> out;
  for (std::string one; std::getline(said, one, ';');) {
    const bool same = one.find("the same") != std::string::npos;
    const std::size_t times = one.starts_with("all ") ? static_cast<std::size_t>(count) : 1;
    for (std::size_t i = 0; i < times; ++i) out.push_back(same ? out.back() : input_of(one));
  }
  EXPECT_EQ(out.size(), static_cast<std::size_t>(count)) << title;
  return out;
}

void expect_due(InputOracle& oracle, std::uint64_t tick, const DueInput& said) {
  const DueInput due = oracle.due(tick);
  EXPECT_EQ(due.heading, said.heading) << tick;
  EXPECT_EQ(due.gait, said.gait) << tick;
  EXPECT_EQ(due.buttons, said.buttons) << tick;
  EXPECT_EQ(due.aim, said.aim) << tick;
}

TEST(Input_oracle, Reads_the_page_s_three_as_the_page_says) {
  const std::vector<Vector> vectors = vectors_of_page("inputs");
  ASSERT_EQ(vectors.size(), 3u);
  for (const Vector& vector : vectors) {
    SCOPED_TRACE(vector.title);
    const std::vector<DueInput> said = inputs_of(vector.title);
    ASSERT_FALSE(said.empty());
    // A turn of the 16 bits later, so that the oldest of tick 0 has a tick too.
    const std::uint64_t newest = 65'536 + static_cast<std::uint64_t>(field_of(vector.title, "tick")), oldest = newest + 1 - said.size();
    InputOracle oracle;
    ASSERT_TRUE(oracle.hear(vector.bytes, oldest));
    const std::size_t hash_at = vector.title.find(", hash ");
    if (hash_at == std::string::npos) {
      EXPECT_FALSE(oracle.claim(newest));
    } else {
      EXPECT_EQ(oracle.claim(newest), std::stoul(vector.title.substr(hash_at + 7), nullptr, 16));
    }
    for (std::uint64_t tick = oldest; tick <= newest; ++tick) expect_due(oracle, tick, said[newest - tick]);
  }
}

TEST(Input_oracle, Repeats_the_last_for_5_ticks_and_lets_it_stand_in_the_6th) {
  const std::vector<Vector> vectors = vectors_of_page("inputs");
  ASSERT_EQ(vectors.size(), 3u);
  InputOracle oracle;
  ASSERT_TRUE(oracle.hear(vectors[0].bytes, 4660));
  for (std::uint64_t tick = 4660; tick <= 4665; ++tick) expect_due(oracle, tick, {.heading = 64, .gait = 2});
  expect_due(oracle, 4666, {.heading = 64, .gait = 0});
}

TEST(Input_oracle, Presses_a_late_button_once_in_the_next_tick_and_moves_nobody_by_it) {
  const std::vector<Vector> vectors = vectors_of_page("inputs");
  ASSERT_EQ(vectors.size(), 3u);
  InputOracle oracle;
  ASSERT_TRUE(oracle.hear(vectors[2].bytes, 65'537));  // its newest tick has just run
  expect_due(oracle, 65'537, {.buttons = 1, .aim = 3072});
  ASSERT_TRUE(oracle.hear(vectors[2].bytes, 65'538));
  expect_due(oracle, 65'538, {});
}

TEST(Input_oracle, Aims_two_late_buttons_as_the_newer_one_did) {
  std::vector<std::uint8_t> bytes(10);
  std::size_t at = 0;
  const auto put = [&](unsigned value, unsigned bits) {
    for (unsigned i = 0; i < bits; ++i, ++at) bytes[at / 8] = static_cast<std::uint8_t>(bytes[at / 8] | ((value >> i & 1) << at % 8));
  };
  put(100, 16), put(2 - 1, 3), put(0, 1);
  put(0, 8), put(0, 2), put(1, 6), put(3072, 12);           // tick 100
  put(0, 1), put(0, 8), put(0, 2), put(1, 6), put(16, 12);  // tick 99, not the same
  InputOracle oracle;
  ASSERT_TRUE(oracle.hear(bytes, 101));
  expect_due(oracle, 101, {.buttons = 1, .aim = 3072});
}

TEST(Input_oracle, Refuses_bits_left_that_are_not_zero) {
  std::vector<Vector> vectors = vectors_of_page("inputs");
  ASSERT_EQ(vectors.size(), 3u);
  for (Vector& vector : vectors) {
    InputOracle oracle;
    vector.bytes.push_back(0);
    EXPECT_FALSE(oracle.hear(vector.bytes, 65'536)) << vector.title;
  }
}

}  // namespace
}  // namespace meridian::sim
