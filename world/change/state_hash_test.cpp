// The header's byte layout is computed here again, by hand, from its text alone.
#include "world/change/state_hash.hpp"

#include <gtest/gtest.h>

#include "base/siphash.hpp"
#include "world/change/change_log.hpp"

namespace meridian {
namespace {

void put(std::vector<std::uint8_t>& bytes, std::uint64_t value, int size) {
  for (int i = 0; i < size; ++i) bytes.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
}

constexpr BodyState kBody{.x_q8 = -300, .y_q8 = 70'000, .layer = 1, .heading = 200, .speed = 64, .push_ticks = 3, .cooldown_ticks = 9};

World world_of(const std::vector<SpawnChange>& entities, const std::vector<ChunkCoord>& chunks) {
  World world;
  for (const ChunkCoord at : chunks) world.chunks.load(at);
  ChangeLog log(world);
  log.begin(Tick{1});
  for (const SpawnChange& e : entities) log.spawn(e.id, e.kind, e.map, e.body, e.look);
  (void)log.finish();
  return world;
}
constexpr SpawnChange kFirst{EntityId{0x0140000000000007}, EntityKind::item, MapId{515}, kBody, Look{1027}};
constexpr SpawnChange kSecond{EntityId{8}, EntityKind::player, MapId{0}, {}, {}};

std::vector<std::uint8_t> entity_bytes() {
  std::vector<std::uint8_t> bytes;
  put(bytes, 0x0140000000000007, 8);
  put(bytes, static_cast<std::uint64_t>(-300), 4);
  put(bytes, 70'000, 4);
  put(bytes, 515, 2);
  put(bytes, 1027, 2);
  for (const int value : {3, 1, 200, 64, 3, 9}) put(bytes, static_cast<std::uint64_t>(value), 1);
  return bytes;
}

TEST(State_hash, Of_an_entity_is_that_of_its_26_documented_bytes) {
  const World world = world_of({kFirst}, {});
  EXPECT_EQ(entity_bytes().size(), 26u);
  EXPECT_EQ(entity_hash(world.entities, 0), siphash24(entity_bytes()));
}

TEST(State_hash, Of_a_chunk_is_that_of_its_6154_documented_bytes) {
  Chunks chunks;
  const ChunkCoord at{MapId{515}, -2, 3};
  Chunk& chunk = chunks.load(at);
  std::vector<std::uint8_t> bytes;
  put(bytes, 515, 2);
  put(bytes, static_cast<std::uint64_t>(-2), 4);
  put(bytes, 3, 4);
  for (std::size_t layer = 0; layer < 3; ++layer) {
    for (std::size_t cell = 0; cell < 1024; ++cell) {
      const auto block = static_cast<std::uint16_t>(layer * 5000 + cell * 3);
      chunk.cells[layer][cell] = BlockId{block};
      put(bytes, block, 2);
    }
  }
  EXPECT_EQ(bytes.size(), 6154u);
  EXPECT_EQ(chunk_hash(at, chunk), siphash24(bytes));
  chunk.revision += 5;
  EXPECT_EQ(chunk_hash(at, chunk), siphash24(bytes)) << "how often it changed is not what it is";
}

TEST(State_hash, Is_that_of_the_chunks_by_map_y_x_and_the_sum_of_the_entities) {
  const std::vector<ChunkCoord> in_order = {{MapId{0}, 9, -1}, {MapId{0}, -1, 0}, {MapId{0}, 0, 0}, {MapId{1}, -5, -5}};
  const World world = world_of({kFirst, kSecond}, {in_order[3], in_order[1], in_order[0], in_order[2]});
  std::vector<std::uint8_t> bytes;
  for (const ChunkCoord at : in_order) put(bytes, chunk_hash(at, *world.chunks.find(at)), 8);
  put(bytes, entity_hash(world.entities, 0) + entity_hash(world.entities, 1), 8);
  EXPECT_EQ(state_hash(world), siphash24(bytes));

  const std::vector<std::uint8_t> nothing(8, 0);
  const World empty = world_of({}, {});
  EXPECT_EQ(state_hash(empty), siphash24(nothing));
}

// Recorded worlds name these numbers: a change here is a change of protocol.
TEST(State_hash, Is_pinned) {
  const World world = world_of({kFirst, kSecond}, {{MapId{0}, 0, 0}, {MapId{0}, -1, 0}});
  EXPECT_EQ(entity_hash(world.entities, 0), 12814851673603253150u);
  EXPECT_EQ(state_hash(world), 15818984111156879400u);
}

TEST(State_hash, Does_not_depend_on_the_order_of_rows) {
  EXPECT_EQ(entities_hash(world_of({kFirst, kSecond}, {}).entities), entities_hash(world_of({kSecond, kFirst}, {}).entities));
}

TEST(State_hash, Differs_with_every_field_of_an_entity) {
  const std::uint64_t base = entities_hash(world_of({kFirst}, {}).entities);
  struct Case {
    const char* name;
    void (*change)(SpawnChange&);
  };
  const Case cases[] = {
      {"id", [](SpawnChange& e) { e.id.bits ^= 1; }},
      {"kind", [](SpawnChange& e) { e.kind = EntityKind::player; }},
      {"map", [](SpawnChange& e) { e.map.value ^= 1; }},
      {"x", [](SpawnChange& e) { e.body.x_q8 ^= 1; }},
      {"y", [](SpawnChange& e) { e.body.y_q8 ^= 1; }},
      {"layer", [](SpawnChange& e) { e.body.layer = 2; }},
      {"heading", [](SpawnChange& e) { e.body.heading ^= 1; }},
      {"speed", [](SpawnChange& e) { e.body.speed ^= 1; }},
      {"push ticks", [](SpawnChange& e) { e.body.push_ticks ^= 1; }},
      {"cooldown", [](SpawnChange& e) { e.body.cooldown_ticks ^= 1; }},
      {"appearance", [](SpawnChange& e) { e.look.appearance ^= 1; }},
  };
  for (const Case& c : cases) {
    SpawnChange changed = kFirst;
    c.change(changed);
    EXPECT_NE(entities_hash(world_of({changed}, {}).entities), base) << c.name;
  }
}

}  // namespace
}  // namespace meridian
