#include "regional_node/tick/spawn_ground.hpp"

#include <cstdlib>
#include <gtest/gtest.h>

#include "regional_node/tick/core_scene.hpp"

namespace meridian {
namespace {

using testing::flat_world;
using testing::kRock;

constexpr BlockCoord kSpawn{160, 160};

BlockCoord cell_of_body(const BodyState& body) { return {body.x_q8 >> 8, body.y_q8 >> 8}; }

TEST(Spawn_ground, Puts_a_character_on_free_ground_near_the_spawn_point) {
  const World world = flat_world(10);
  const SpawnGround ground(world, MapId{0}, kSpawn);
  EXPECT_EQ(ground.cells().size(), SpawnGround::kGroundCells);
  for (std::uint64_t character = 1; character <= 100; ++character) {
    const auto body = ground.place(world, character);
    ASSERT_TRUE(body);
    EXPECT_LE(std::abs(cell_of_body(*body).x - kSpawn.x), 8);
  }
}

TEST(Spawn_ground, Goes_outward_when_all_its_cells_are_built_over) {
  World world = flat_world(10);
  const SpawnGround ground(world, MapId{0}, kSpawn);
  for (const BlockCoord at : ground.cells()) world.chunks.write({MapId{0}, at, Layer::active}, kRock);
  const auto body = ground.place(world, 1);
  ASSERT_TRUE(body) << "players could keep everybody else out";
  EXPECT_TRUE(free_cell(world, MapId{0}, cell_of_body(*body)));
  EXPECT_LE(std::abs(cell_of_body(*body).x - kSpawn.x), 16) << "and no further than it takes";
  EXPECT_EQ(ground.place(world, 1), body) << "the same world gives the same place";
}

TEST(Spawn_ground, Is_nowhere_when_there_is_nothing_to_stand_on) {
  const World world = flat_world(10);
  const SpawnGround ground(world, MapId{0}, {5000, 5000});
  EXPECT_TRUE(ground.cells().empty());
  EXPECT_FALSE(ground.place(world, 1));
}

}  // namespace
}  // namespace meridian
