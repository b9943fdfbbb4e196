#include "netchannel/client/chunk_mirror.hpp"

#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace meridian {
namespace {

constexpr std::int64_t kSecond_us = 1'000'000;
constexpr std::int64_t kStart_us = 500 * kSecond_us;

BlockKinds ten_kinds() {
  std::vector<BlockKind> kinds;
  for (int i = 1; i < 10; ++i) kinds.push_back({.name = "kind" + std::to_string(i)});
  return BlockKinds(std::move(kinds));
}

ReadChunk full_of(std::int32_t x, std::int32_t y, std::uint16_t serial, std::uint16_t block) {
  ReadChunk chunk{.head = {x, y, serial}, .cells = {}};
  chunk.cells[1].fill(BlockId{block});
  return chunk;
}
// The n-th delta of a serial: cell 0 of ACTIVE becomes `block`.
BlockDelta delta_of(std::uint16_t serial, std::uint8_t n, std::uint16_t block) {
  return {.serial = serial, .n = n, .cells = {{.cell = 0, .layer = Layer::active, .block = BlockId{block}}}};
}

enum class Do { full, delta, forget, wait_s };
struct Step {
  Do what;
  std::uint16_t serial = 0;  // of chunk (2, 3); seconds for wait_s
  std::uint8_t n = 0;
  std::uint16_t block = 0;
  ChunkMirror::Accepted expected = ChunkMirror::Accepted::applied;
};
struct ScriptCase {
  const char* name;
  std::vector<Step> steps;
  int shown;  // cell 0 of ACTIVE; -1 = no chunk
  std::size_t waiting = 0;
};

using enum ChunkMirror::Accepted;

const ScriptCase kScripts[] = {
    {"a full is shown", {{Do::full, 10, 0, 1}}, 1},
    {"deltas in order", {{Do::full, 10, 0, 1}, {Do::delta, 10, 1, 2}, {Do::delta, 10, 2, 3}}, 3},
    {"a delta of a hole waits", {{Do::full, 10, 0, 1}, {Do::delta, 10, 2, 3, waits}}, 1, 1},
    {"the hole is filled", {{Do::full, 10, 0, 1}, {Do::delta, 10, 2, 3, waits}, {Do::delta, 10, 1, 2}}, 3},
    {"two holes: the first filled frees only what follows it",
     {{Do::full, 10, 0, 1}, {Do::delta, 10, 2, 3, waits}, {Do::delta, 10, 4, 5, waits}, {Do::delta, 10, 1, 2}},
     3,
     1},
    {"a repeat is dropped", {{Do::full, 10, 0, 1}, {Do::delta, 10, 1, 2}, {Do::delta, 10, 1, 7, dropped}}, 2},
    {"a repeat of a waiting one is dropped", {{Do::full, 10, 0, 1}, {Do::delta, 10, 3, 2, waits}, {Do::delta, 10, 3, 7, dropped}}, 1, 1},
    {"deltas before their full wait for it", {{Do::delta, 10, 2, 3, waits}, {Do::delta, 10, 1, 2, waits}, {Do::full, 10, 0, 1}}, 3},
    {"deltas before their full, with a hole", {{Do::delta, 10, 2, 3, waits}, {Do::full, 10, 0, 1}}, 1, 1},
    {"a greater serial replaces", {{Do::full, 10, 0, 1}, {Do::delta, 10, 1, 2}, {Do::full, 12, 0, 4}}, 4},
    {"a smaller serial is dropped", {{Do::full, 12, 0, 4}, {Do::full, 10, 0, 1, dropped}}, 4},
    {"the same serial again is dropped",
     {{Do::full, 12, 0, 4}, {Do::delta, 12, 1, 5}, {Do::full, 12, 0, 4, dropped}, {Do::delta, 12, 2, 6}},
     6},
    {"a delta of what was replaced is dropped", {{Do::full, 10, 0, 1}, {Do::full, 12, 0, 4}, {Do::delta, 10, 1, 2, dropped}}, 4},
    {"a delta of what was dropped is dropped", {{Do::full, 12, 0, 4}, {Do::full, 10, 0, 1, dropped}, {Do::delta, 10, 1, 2, dropped}}, 4},
    {"what waited for a dropped full goes with it", {{Do::full, 12, 0, 4}, {Do::delta, 10, 1, 2, waits}, {Do::full, 10, 0, 1, dropped}}, 4},
    {"a replaced chunk's waiting deltas go with it", {{Do::full, 10, 0, 1}, {Do::delta, 10, 2, 3, waits}, {Do::full, 12, 0, 4}}, 4},
    {"the next full's deltas wait while the old one is here",
     {{Do::full, 10, 0, 1}, {Do::delta, 12, 1, 5, waits}, {Do::delta, 10, 1, 2}, {Do::full, 12, 0, 4}},
     5},
    {"forget", {{Do::full, 10, 0, 1}, {Do::forget, 10}}, -1},
    {"forget takes smaller serials with it", {{Do::full, 10, 0, 1}, {Do::forget, 12}}, -1},
    {"forget leaves a greater serial", {{Do::full, 12, 0, 4}, {Do::forget, 10, 0, 0, dropped}}, 4},
    {"a full on the way when it was forgotten is dropped", {{Do::forget, 10, 0, 0, dropped}, {Do::full, 10, 0, 1, dropped}}, -1},
    {"a smaller one on the way too", {{Do::forget, 10, 0, 0, dropped}, {Do::full, 8, 0, 1, dropped}, {Do::delta, 8, 1, 2, dropped}}, -1},
    {"forgotten, then shown again", {{Do::full, 10, 0, 1}, {Do::forget, 10}, {Do::full, 11, 0, 4}, {Do::delta, 11, 1, 5}}, 5},
    {"a delta of what was forgotten is dropped", {{Do::full, 10, 0, 1}, {Do::forget, 10}, {Do::delta, 10, 1, 2, dropped}}, -1},
    {"serials wrap", {{Do::full, 65'530, 0, 1}, {Do::full, 3, 0, 4}, {Do::full, 65'531, 0, 1, dropped}}, 4},
    {"ended serials are kept for 60 s, not longer",
     {{Do::full, 10, 0, 1},
      {Do::full, 12, 0, 4},
      {Do::wait_s, 59},
      {Do::delta, 10, 1, 2, dropped},
      {Do::wait_s, 2},
      {Do::delta, 10, 1, 2, waits}},
     4,
     1},
    {"after a minute any other serial is newer: the count may have gone round",
     {{Do::full, 40'000, 0, 1}, {Do::wait_s, 61}, {Do::full, 30'000, 0, 4}},
     4},
    {"deltas whose full never comes do not wait for ever", {{Do::delta, 10, 1, 2, waits}, {Do::wait_s, 61}, {Do::full, 99, 0, 1}}, 1, 0},
    {"a block of no known kind is refused", {{Do::full, 10, 0, 1}, {Do::delta, 10, 1, 99, refused}, {Do::full, 11, 0, 99, refused}}, 1},
};

TEST(Chunk_mirror, Follows_the_serial_rules_of_7_5) {
  const BlockKinds kinds = ten_kinds();
  for (const ScriptCase& row : kScripts) {
    ChunkMirror mirror(kinds);
    mirror.clear(MapId{7});
    std::int64_t now_us = kStart_us;
    std::vector<ChunkMirror::Written> written;
    for (std::size_t i = 0; i < row.steps.size(); ++i) {
      const Step& step = row.steps[i];
      written.clear();
      ChunkMirror::Accepted got = applied;
      switch (step.what) {
        case Do::full: got = mirror.full(full_of(2, 3, step.serial, step.block), now_us, written); break;
        case Do::delta: got = mirror.delta(delta_of(step.serial, step.n, step.block), now_us, written); break;
        case Do::forget: got = mirror.forget({.x = 2, .y = 3, .serial = step.serial}, now_us, written); break;
        case Do::wait_s: now_us += step.serial * kSecond_us; break;
      }
      EXPECT_EQ(got, step.expected) << row.name << ", step " << i;
      if (step.what != Do::wait_s) {
        EXPECT_EQ(written.empty(), got != applied) << row.name << ", step " << i;
      }
    }
    const Chunk* chunk = mirror.chunks().find({MapId{7}, 2, 3});
    EXPECT_EQ(chunk ? static_cast<int>(chunk->at(Layer::active, 0).value) : -1, row.shown) << row.name;
    EXPECT_EQ(mirror.waiting(), row.waiting) << row.name;
  }
}

TEST(Chunk_mirror, Says_what_was_written_in_order) {
  const BlockKinds kinds = ten_kinds();
  ChunkMirror mirror(kinds);
  mirror.clear(MapId{7});
  std::vector<ChunkMirror::Written> written;
  BlockDelta two = delta_of(10, 1, 2);
  two.cells.push_back({.cell = 33, .layer = Layer::floor, .block = BlockId{5}});
  mirror.delta(two, kStart_us, written);
  EXPECT_TRUE(written.empty());
  mirror.full(full_of(-1, 3, 10, 1), kStart_us, written);
  ASSERT_EQ(written.size(), 1u) << "what had waited for the chunk is part of it";
  EXPECT_TRUE(written[0].whole);
  EXPECT_EQ(written[0].chunk, (ChunkCoord{MapId{7}, -1, 3}));
  two.n = 2;
  written.clear();
  mirror.delta(two, kStart_us, written);
  ASSERT_EQ(written.size(), 2u);
  EXPECT_EQ(written[0].place, (BlockPlace{MapId{7}, {-32, 96}, Layer::active}));
  EXPECT_EQ(written[1].place, (BlockPlace{MapId{7}, {-31, 97}, Layer::floor}));
  EXPECT_EQ(mirror.chunks().block(MapId{7}, {-31, 97}, Layer::floor).value, 5);
}

TEST(Chunk_mirror, Asks_again_after_a_hole_of_one_second_once_a_second_until_the_new_full) {
  const BlockKinds kinds = ten_kinds();
  ChunkMirror mirror(kinds);
  mirror.clear(MapId{7});
  std::vector<ChunkMirror::Written> written;
  std::vector<AskChunk> ask;
  const auto asked_at = [&](std::int64_t us) {
    mirror.ask_again(kStart_us + us, ask);
    return ask.size();
  };
  mirror.delta(delta_of(10, 2, 2), kStart_us, written);
  EXPECT_EQ(asked_at(30 * kSecond_us), 0u) << "a full not yet here is no hole";
  mirror.full(full_of(2, 3, 10, 1), kStart_us + 30 * kSecond_us, written);
  EXPECT_EQ(asked_at(31 * kSecond_us - 1), 0u);
  EXPECT_EQ(asked_at(31 * kSecond_us), 1u);
  EXPECT_EQ(ask[0].x, 2);
  EXPECT_EQ(ask[0].y, 3);
  EXPECT_EQ(ask[0].serial, 10);
  EXPECT_EQ(asked_at(32 * kSecond_us - 1), 0u);
  EXPECT_EQ(asked_at(32 * kSecond_us), 1u);
  mirror.full(full_of(2, 3, 11, 1), kStart_us + 32 * kSecond_us, written);
  EXPECT_EQ(asked_at(40 * kSecond_us), 0u);
}

TEST(Chunk_mirror, A_hole_filled_in_time_is_not_asked_for_and_the_next_one_counts_from_its_own_start) {
  const BlockKinds kinds = ten_kinds();
  ChunkMirror mirror(kinds);
  mirror.clear(MapId{7});
  std::vector<ChunkMirror::Written> written;
  std::vector<AskChunk> ask;
  mirror.full(full_of(2, 3, 10, 1), kStart_us, written);
  mirror.delta(delta_of(10, 2, 2), kStart_us, written);
  mirror.delta(delta_of(10, 4, 3), kStart_us + 900'000, written);
  mirror.delta(delta_of(10, 1, 1), kStart_us + 950'000, written);
  mirror.ask_again(kStart_us + kSecond_us, ask);
  EXPECT_TRUE(ask.empty());
  mirror.ask_again(kStart_us + 900'000 + kSecond_us, ask);
  EXPECT_EQ(ask.size(), 1u);
}

TEST(Chunk_mirror, At_most_64_wait_a_serial) {
  const BlockKinds kinds = ten_kinds();
  ChunkMirror mirror(kinds);
  mirror.clear(MapId{7});
  std::vector<ChunkMirror::Written> written;
  for (int n = 1; n <= 64; ++n) EXPECT_EQ(mirror.delta(delta_of(10, static_cast<std::uint8_t>(n), 2), kStart_us, written), waits);
  EXPECT_EQ(mirror.waiting(), 64u);
  mirror.full(full_of(2, 3, 10, 1), kStart_us, written);
  EXPECT_EQ(mirror.waiting(), 0u);
  EXPECT_EQ(written.size(), 1u) << "the whole chunk";
}

TEST(Chunk_mirror, Unknown_serials_are_bounded) {
  const BlockKinds kinds = ten_kinds();
  ChunkMirror mirror(kinds);
  mirror.clear(MapId{7});
  std::vector<ChunkMirror::Written> written;
  for (int serial = 0; serial < 1100; ++serial) mirror.delta(delta_of(static_cast<std::uint16_t>(serial), 1, 2), kStart_us, written);
  EXPECT_LE(mirror.waiting(), 1024u);
}

// Found by the simulation (seed 13): a register named twice made the optimistic edits take their own block for the node's.
TEST(Chunk_mirror, Names_what_a_message_wrote_once_however_often_it_was_written) {
  const BlockKinds kinds = ten_kinds();
  ChunkMirror mirror(kinds);
  mirror.clear(MapId{0});
  std::vector<ChunkMirror::Written> written;
  EXPECT_EQ(mirror.full(full_of(2, 3, 10, 1), kStart_us, written), applied);
  EXPECT_EQ(mirror.delta(delta_of(10, 2, 3), kStart_us, written), waits);
  EXPECT_EQ(mirror.delta(delta_of(10, 3, 4), kStart_us, written), waits);
  written.clear();
  EXPECT_EQ(mirror.delta(delta_of(10, 1, 2), kStart_us, written), applied);
  EXPECT_EQ(written.size(), 1u) << "three deltas of one cell";

  EXPECT_EQ(mirror.delta(delta_of(12, 1, 5), kStart_us, written), waits);
  written.clear();
  EXPECT_EQ(mirror.full(full_of(2, 3, 12, 1), kStart_us, written), applied);
  EXPECT_EQ(written.size(), 1u) << "the whole chunk, and a delta that had waited for it";
  EXPECT_TRUE(written.at(0).whole);
}

}  // namespace
}  // namespace meridian
