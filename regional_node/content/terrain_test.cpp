#include "regional_node/content/terrain.hpp"

#include <gtest/gtest.h>

#include "regional_node/content/blocks_content.hpp"

namespace meridian {
namespace {

RegionSettings region(std::int32_t min, std::int32_t max, BlockCoord spawn) {
  RegionSettings settings;
  settings.min_x = settings.min_y = min;
  settings.max_x = settings.max_y = max;
  settings.spawn = spawn;
  return settings;
}

TEST(Terrain, Says_why_nobody_could_enter_where_there_is_only_sea) {
  const auto kinds = load_blocks("config/content/blocks.yaml");
  ASSERT_TRUE(kinds);
  const auto of_generator = generator_kinds(*kinds);
  ASSERT_TRUE(of_generator);
  EXPECT_EQ(spawn_problem(region(0, 511, {256, 256}), *kinds, *of_generator), std::nullopt) << "the middle of a land";
  const auto problem = spawn_problem(region(-32, 31, {0, 0}), *kinds, *of_generator);
  ASSERT_TRUE(problem) << "between four lands";
  EXPECT_NE(problem->find("'world.spawn' [0, 0]"), std::string::npos) << *problem;
  EXPECT_NE(problem->find("choose a place on land"), std::string::npos) << *problem;
}

TEST(Terrain, Fills_the_whole_slice) {
  const auto kinds = load_blocks("config/content/blocks.yaml");
  ASSERT_TRUE(kinds);
  const World world = make_terrain(region(-64, 63, {0, 0}), *kinds, *generator_kinds(*kinds));
  EXPECT_EQ(world.chunks.size(), 16u);
  EXPECT_NE(world.chunks.block(MapId{0}, {-64, 63}, Layer::floor), kAir);
}

}  // namespace
}  // namespace meridian
