#include "regional_node/tick/chunk_stream.hpp"

#include <algorithm>
#include <gtest/gtest.h>

#include "regional_node/tick/core_scene.hpp"

namespace meridian {
namespace {

using testing::kBush;
using testing::kRock;
using testing::Scene;
using testing::scene_settings;

constexpr SessionId kAnn = Scene::session(1), kBob = Scene::session(2);

// Where a body stands, in blocks.
BlockCoord block_of(const BodyState& body) { return {body.x_q8 >> 8, body.y_q8 >> 8}; }

const ReadChunk* last_full(const testing::Told& told, std::int32_t x, std::int32_t y) {
  const ReadChunk* last = nullptr;
  for (const ReadChunk& chunk : told.chunks)
    if (chunk.head.x == x && chunk.head.y == y) last = &chunk;
  return last;
}

TEST(Chunk_stream, Sends_what_is_in_view_nearest_first_and_no_more_than_eight_unacked) {
  NodeCoreSettings settings = scene_settings();
  settings.view_blocks = 64;
  Scene scene(settings, 6);
  scene.never_ack_chunks = true;
  scene.open(kAnn, 1);
  scene.steps(5);
  auto& chunks = scene.told(kAnn).chunks;
  ASSERT_EQ(chunks.size(), ChunkStream::kMaxOpen);
  const BlockCoord at = block_of(scene.body(kAnn));
  EXPECT_EQ(chunks[0].head.x, at.x >> 5);
  EXPECT_EQ(chunks[0].head.y, at.y >> 5);
  std::int64_t last = 0;
  for (const ReadChunk& chunk : chunks) {
    const std::int64_t dx = chunk.head.x * 32 + 16 - at.x, dy = chunk.head.y * 32 + 16 - at.y;
    EXPECT_GE(dx * dx + dy * dy, last);
    last = dx * dx + dy * dy;
  }
  scene.never_ack_chunks = false;
  scene.steps(10);
  EXPECT_GT(chunks.size(), 12u);
  EXPECT_LT(chunks.size(), 36u) << "not the whole slice";
  std::ranges::sort(chunks, {}, [](const ReadChunk& c) { return c.head.serial; });
  for (std::size_t i = 0; i < chunks.size(); ++i) EXPECT_EQ(chunks[i].head.serial, i + 1) << "a new serial each";
}

TEST(Chunk_stream, Holds_a_chunk_back_until_the_bulk_window_has_room_for_it) {
  Scene scene;
  scene.room.bulk_free_bytes = 20;
  scene.open(kAnn, 1);
  scene.steps(5);
  EXPECT_TRUE(scene.told(kAnn).chunks.empty());
  scene.room.bulk_free_bytes = 65'536;
  scene.step();
  EXPECT_FALSE(scene.told(kAnn).chunks.empty());
}

TEST(Chunk_stream, Numbers_the_deltas_since_the_full_and_tells_every_holder) {
  Scene scene;
  scene.open(kAnn, 1);
  scene.open(kBob, 2);
  scene.steps(5);
  const BlockCoord at{block_of(scene.body(kAnn)).x + 3, block_of(scene.body(kAnn)).y};
  scene.act(kAnn, PlaceBlock{1, {MapId{0}, at, Layer::active}, kRock});
  scene.step();
  scene.step();
  scene.act(kAnn, BreakBlock{2, {MapId{0}, at, Layer::active}});
  scene.step();
  for (const SessionId session : {kAnn, kBob}) {
    const auto& deltas = scene.told(session).deltas;
    const ReadChunk* full = last_full(scene.told(session), at.x >> 5, at.y >> 5);
    ASSERT_TRUE(full);
    ASSERT_EQ(deltas.size(), 2u);
    EXPECT_EQ(deltas[0].serial, full->head.serial);
    EXPECT_EQ(deltas[0].n, 1);
    EXPECT_EQ(deltas[1].n, 2);
    ASSERT_EQ(deltas[0].cells.size(), 1u);
    EXPECT_EQ(deltas[0].cells[0].cell, cell_of(at));
    EXPECT_EQ(deltas[0].cells[0].block, kRock);
    EXPECT_EQ(deltas[1].cells[0].block, kAir);
  }
}

TEST(Chunk_stream, Puts_what_changes_before_the_full_goes_into_the_full) {
  Scene scene;
  scene.room.bulk_free_bytes = 0;
  scene.open(kAnn, 1);
  scene.steps(3);
  const BlockCoord at{block_of(scene.body(kAnn)).x + 3, block_of(scene.body(kAnn)).y};
  scene.act(kAnn, PlaceBlock{1, {MapId{0}, at, Layer::active}, kRock});
  scene.step();
  EXPECT_TRUE(scene.told(kAnn).deltas.empty());
  scene.room.bulk_free_bytes = 65'536;
  scene.step();
  const ReadChunk* full = last_full(scene.told(kAnn), at.x >> 5, at.y >> 5);
  ASSERT_TRUE(full);
  EXPECT_EQ(full->cells[1][cell_of(at)], kRock);
}

TEST(Chunk_stream, Sends_a_new_full_after_sixty_four_deltas) {
  Scene scene;
  scene.open(kAnn, 1);
  scene.steps(20);
  const BlockCoord at{block_of(scene.body(kAnn)).x + 3, block_of(scene.body(kAnn)).y};
  const BlockPlace place{MapId{0}, at, Layer::active};
  const std::uint16_t first = last_full(scene.told(kAnn), at.x >> 5, at.y >> 5)->head.serial;
  std::uint16_t id = 0;
  for (int i = 0; i < 70; ++i) {
    scene.act(kAnn, i % 2 == 0 ? Action(PlaceBlock{++id, place, kRock}) : Action(BreakBlock{++id, place}));
    scene.steps(3);  // inside the rate
  }
  const auto& deltas = scene.told(kAnn).deltas;
  ASSERT_EQ(deltas.size(), 69u) << "the 65th change went as a full";
  EXPECT_EQ(deltas[63].n, 64);
  EXPECT_EQ(deltas[64].n, 1);
  const ReadChunk* full = last_full(scene.told(kAnn), at.x >> 5, at.y >> 5);
  EXPECT_GT(full->head.serial, first);
  EXPECT_EQ(deltas[64].serial, full->head.serial);
  EXPECT_EQ(full->cells[1][cell_of(at)], kRock) << "the 65th change, an odd one, placed it";
}

TEST(Chunk_stream, Sends_a_full_instead_of_deltas_to_who_does_not_ack_them) {
  Scene scene;
  scene.open(kAnn, 1);
  scene.steps(5);
  const BlockCoord at{block_of(scene.body(kAnn)).x + 3, block_of(scene.body(kAnn)).y};
  const std::uint16_t first = last_full(scene.told(kAnn), at.x >> 5, at.y >> 5)->head.serial;
  scene.room.event_unacked = ChunkStream::kMaxEventsUnacked;
  scene.act(kAnn, PlaceBlock{1, {MapId{0}, at, Layer::active}, kRock});
  scene.step();
  EXPECT_TRUE(scene.told(kAnn).deltas.empty());
  const ReadChunk* full = last_full(scene.told(kAnn), at.x >> 5, at.y >> 5);
  EXPECT_GT(full->head.serial, first);
  EXPECT_EQ(full->cells[1][cell_of(at)], kRock);
  EXPECT_EQ(scene.core.counters().queue_full, 1u);
}

TEST(Chunk_stream, Forgets_what_is_out_of_view_and_sends_it_anew_on_return) {
  Scene scene(scene_settings(), 6);
  scene.open(kAnn, 1);
  scene.steps(5);
  const testing::Told& told = scene.told(kAnn);
  const ReadChunk* west = last_full(told, 0, 1);
  ASSERT_TRUE(west);
  const std::uint16_t serial = west->head.serial;
  // 32 of view and 16 of margin past the chunk's last block, 31; walked in steps of 8 blocks.
  std::int32_t forgotten_at = 0;
  for (int i = 0; i < 200 && forgotten_at == 0; ++i) {
    scene.input(kAnn, {.heading = 0, .gait = Gait::run});
    scene.step();
    for (const ForgetChunk& forget : told.forgets)
      if (forget.x == 0 && forget.y == 1 && forget.serial == serial) forgotten_at = block_of(scene.body(kAnn)).x;
  }
  EXPECT_GT(forgotten_at, 31 + 32 + 16);
  EXPECT_LE(forgotten_at, 31 + 32 + 16 + 8);
  for (int i = 0; i < 200; ++i) {
    scene.input(kAnn, {.heading = 128, .gait = Gait::run});
    scene.step();
  }
  EXPECT_GT(last_full(told, 0, 1)->head.serial, serial);
}

TEST(Chunk_stream, Sends_a_chunk_again_to_who_holds_it_and_asks_not_too_often) {
  Scene scene;
  scene.open(kAnn, 1);
  scene.steps(5);
  const BlockCoord at = block_of(scene.body(kAnn));
  const testing::Told& told = scene.told(kAnn);
  const std::uint16_t serial = last_full(told, at.x >> 5, at.y >> 5)->head.serial;
  const auto ask = [&](std::int32_t x, std::int32_t y, std::uint16_t s) {
    std::uint8_t bytes[32];
    scene.message(kAnn, Lane::system, write_ask_chunk({x, y, s}, bytes));
    scene.steps(2);
  };
  ask(at.x >> 5, at.y >> 5, serial);
  EXPECT_EQ(last_full(told, at.x >> 5, at.y >> 5)->head.serial, serial) << "not a second after it was sent";
  scene.steps(20);
  ask(at.x >> 5, at.y >> 5, static_cast<std::uint16_t>(serial + 1));
  ask(77, 77, serial);
  EXPECT_EQ(last_full(told, at.x >> 5, at.y >> 5)->head.serial, serial);
  EXPECT_EQ(scene.core.counters().chunks_asks_refused, 3u);
  ask(at.x >> 5, at.y >> 5, serial);
  EXPECT_GT(last_full(told, at.x >> 5, at.y >> 5)->head.serial, serial);
  EXPECT_EQ(scene.core.counters().chunks_asked_again, 1u);
}

TEST(Chunk_cache, Compresses_a_chunk_once_a_revision_and_at_most_so_many_a_tick) {
  ChunkCache cache;
  World world = testing::flat_world(1);
  const ChunkCoord at{MapId{0}, 0, 0};
  const Chunk& chunk = *world.chunks.find(at);
  const std::uint8_t* first = cache.message(at, chunk).data();
  EXPECT_EQ(cache.message(at, chunk).data(), first);
  int made = 0;
  for (std::uint32_t i = 0; i < ChunkCache::kCompressionsPerTick + 5; ++i) {
    ASSERT_TRUE(world.chunks.write({at.map, {0, 0}, Layer::active}, i % 2 == 0 ? kRock : kBush));
    made += cache.message(at, chunk).empty() ? 0 : 1;
  }
  EXPECT_EQ(made, static_cast<int>(ChunkCache::kCompressionsPerTick) - 1);
  cache.begin_tick();
  ReadChunk read;
  ASSERT_TRUE(read_chunk(cache.message(at, chunk), read));
  EXPECT_EQ(read.cells[1][0], chunk.at(Layer::active, 0)) << "the newest revision";
}

}  // namespace
}  // namespace meridian
