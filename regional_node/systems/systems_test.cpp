#include <gtest/gtest.h>

#include "regional_node/systems/blocks.hpp"
#include "regional_node/systems/push.hpp"
#include "regional_node/tick/core_scene.hpp"

namespace meridian {
namespace {

using testing::flat_world;
using testing::kBush;
using testing::kGrass;
using testing::kRock;
using testing::kWall;
using testing::kWater;

constexpr MapId kMap{0};
constexpr EntityId kAnn = EntityId::make(NodeId{1}, 1);

BodyState standing_at(std::int32_t x_q8, std::int32_t y_q8) {
  BodyState body;
  body.x_q8 = x_q8;
  body.y_q8 = y_q8;
  return body;
}

BlockPlace active(std::int32_t x, std::int32_t y) { return {kMap, {x, y}, Layer::active}; }
BlockPlace floor_at(std::int32_t x, std::int32_t y) { return {kMap, {x, y}, Layer::floor}; }

// Ann stands in the middle of (10, 10); Bob in (13, 10), a little over its eastern edge; a wall at (12, 12), a rock at (9, 9), a bush at
// (9, 10), a hole in the floor at (8, 10).
struct Ground {
  Ground() : world(flat_world(1)), log(world) {
    Chunk& chunk = world.chunks.load({kMap, 0, 0});
    chunk.cells[0].fill(kGrass);
    chunk.cells[1][cell_of({12, 12})] = kWall;
    chunk.cells[1][cell_of({9, 9})] = kRock;
    chunk.cells[1][cell_of({9, 10})] = kBush;
    chunk.cells[0][cell_of({8, 10})] = kAir;
    log.begin(Tick{1});
    ann = log.spawn(kAnn, EntityKind::player, kMap, standing_at(10 * 256 + 128, 10 * 256 + 128));
    bob = log.spawn(EntityId::make(NodeId{1}, 2), EntityKind::player, kMap, standing_at(13 * 256 + 200, 10 * 256 + 128));
    grid.rebuild(world.entities, kMap);
  }
  Refusal judge(const Action& action) {
    std::vector<Row> scratch;
    return why_not(world, grid, kMap, ann, action, scratch);
  }
  World world;
  ChangeLog log;
  Grid grid;
  EntityHandle ann, bob;
};

TEST(Block_intents, Are_refused_each_for_its_reason) {
  const struct {
    const char* name;
    Action action;
    Refusal expected;
  } cases[] = {
      {"free place", PlaceBlock{1, active(11, 10), kRock}, Refusal::none},
      {"a kind that does not block may stand where somebody stands", PlaceBlock{1, active(10, 10), kBush}, Refusal::none},
      {"unknown kind", PlaceBlock{1, active(11, 10), BlockId{99}}, Refusal::no_such_block},
      {"air is not a block", PlaceBlock{1, active(11, 10), kAir}, Refusal::no_such_block},
      {"a kind that players may not place", PlaceBlock{1, active(11, 10), kWall}, Refusal::not_allowed},
      {"wrong layer", PlaceBlock{1, floor_at(11, 10), kRock}, Refusal::not_allowed},
      {"ceiling", PlaceBlock{1, {kMap, {11, 10}, Layer::ceiling}, kRock}, Refusal::not_allowed},
      {"something stands there", PlaceBlock{1, active(9, 9), kRock}, Refusal::occupied},
      {"the floor is one too", PlaceBlock{1, floor_at(11, 10), kWater}, Refusal::occupied},
      {"a hole in the floor", PlaceBlock{1, floor_at(8, 10), kWater}, Refusal::none},
      {"on himself", PlaceBlock{1, active(10, 10), kRock}, Refusal::somebody_there},
      {"on another", PlaceBlock{1, active(13, 10), kRock}, Refusal::somebody_there},
      {"on another's edge", PlaceBlock{1, active(14, 10), kRock}, Refusal::somebody_there},
      {"beside another", PlaceBlock{1, active(12, 10), kRock}, Refusal::none},
      {"five blocks away", PlaceBlock{1, active(15, 10), kRock}, Refusal::none},
      {"six blocks away", PlaceBlock{1, active(16, 10), kRock}, Refusal::out_of_reach},
      {"4 and 4 is more than five", PlaceBlock{1, active(14, 14), kRock}, Refusal::out_of_reach},
      {"3 and 4 is five", PlaceBlock{1, active(13, 14), kRock}, Refusal::none},
      {"no chunk there", PlaceBlock{1, active(10, -1), kRock}, Refusal::no_such_place},
      {"another map", PlaceBlock{1, {MapId{7}, {11, 10}, Layer::active}, kRock}, Refusal::no_such_place},
      {"the far end of the world", PlaceBlock{1, active(kMaxBlockCoord - 1, -kMaxBlockCoord), kRock}, Refusal::no_such_place},
      {"break a rock", BreakBlock{1, active(9, 9)}, Refusal::none},
      {"break nothing", BreakBlock{1, active(11, 10)}, Refusal::nothing_there},
      {"break what may not be broken", BreakBlock{1, active(12, 12)}, Refusal::not_allowed},
      {"break out of reach", BreakBlock{1, active(10, 16)}, Refusal::out_of_reach},
      {"break the floor beside", BreakBlock{1, floor_at(11, 10)}, Refusal::none},
      {"break the floor under oneself", BreakBlock{1, floor_at(10, 10)}, Refusal::somebody_there},
      {"break the floor under another", BreakBlock{1, floor_at(13, 10)}, Refusal::somebody_there},
      {"break a hole", BreakBlock{1, floor_at(8, 10)}, Refusal::nothing_there},
  };
  for (const auto& c : cases) {
    Ground ground;
    EXPECT_EQ(ground.judge(c.action), c.expected) << c.name << ": " << text(ground.judge(c.action));
  }
}

TEST(Block_intents, Of_somebody_without_a_body_are_refused) {
  Ground ground;
  ground.log.despawn(kAnn);
  ground.grid.rebuild(ground.world.entities, kMap);
  EXPECT_EQ(ground.judge(PlaceBlock{1, active(11, 10), kRock}), Refusal::link_dead);
}

TEST(Block_intents, See_what_the_ones_before_them_did) {
  Ground ground;
  ActionRate rate(20);
  const BlockIntent intents[] = {{5, ground.ann, &rate, PlaceBlock{1, active(11, 10), kRock}},
                                 {5, ground.bob, &rate, PlaceBlock{2, active(11, 10), kRock}},
                                 {5, ground.bob, &rate, BreakBlock{3, active(11, 10)}}};
  std::vector<BlockOutcome> outcomes;
  std::vector<Row> scratch;
  run_block_intents(intents, ground.grid, kMap, ground.log, outcomes, scratch);
  ASSERT_EQ(outcomes.size(), 3u);
  EXPECT_EQ(outcomes[0].result.refusal, Refusal::none);
  EXPECT_EQ(outcomes[1].result.refusal, Refusal::occupied);
  EXPECT_EQ(outcomes[2].result.refusal, Refusal::nothing_there) << "when the tick began nothing stood there";
  EXPECT_EQ(ground.world.chunks.block(kMap, {11, 10}, Layer::active), kRock);
}

// Found by the simulation: Ann broke, Bob placed the same again, the tick left no change, and Ann, told "done", showed a hole for ever.
TEST(Block_intents, Two_that_undo_each_other_in_one_tick_are_not_both_done) {
  Ground ground;
  ActionRate rate(20);
  const BlockIntent intents[] = {{5, ground.ann, &rate, BreakBlock{1, active(9, 9)}},
                                 {6, ground.ann, &rate, PlaceBlock{2, active(9, 9), kRock}}};
  std::vector<BlockOutcome> outcomes;
  std::vector<Row> scratch;
  run_block_intents(intents, ground.grid, kMap, ground.log, outcomes, scratch);
  ASSERT_EQ(outcomes.size(), 2u);
  EXPECT_EQ(outcomes[0].result.refusal, Refusal::none);
  EXPECT_EQ(outcomes[1].result.refusal, Refusal::occupied);
  EXPECT_EQ(ground.log.finish().blocks.size(), 1u);
}

TEST(Action_rate, Allows_a_burst_and_then_so_many_a_second_at_any_tick_rate) {
  for (const std::uint16_t hz : {10, 20, 30, 60}) {
    ActionRate rate(hz);
    std::uint32_t burst = 0;
    while (rate.take()) ++burst;
    EXPECT_EQ(burst, kActionBurst);
    std::uint32_t done = 0;
    for (int tick = 0; tick < hz * 10; ++tick) {
      rate.tick();
      while (rate.take()) ++done;
    }
    EXPECT_EQ(done, kActionsPerSecond * 10) << hz;
  }
}

TEST(Push, Finds_the_nearest_within_range_and_arc) {
  const struct {
    const char* name;
    std::int32_t dx, dy;  // of Bob from Ann, q8
    std::uint16_t aim;
    bool hit;
  } cases[] = {
      {"before him", 256, 0, 0, true},
      {"at the range", 384, 0, 0, true},
      {"past the range", 385, 0, 0, false},
      {"behind him", -256, 0, 0, false},
      {"at 45 degrees", 200, 200, 0, true},
      {"past 45 degrees", 200, 206, 0, false},
      {"at 45 degrees to the other side", 200, -200, 0, true},
      {"aimed south", 0, 256, 1024, true},
      {"aimed north, he stands south", 0, 256, 3072, false},
      {"aimed a hair below a full turn", 256, 0, 4095, true},
      {"in the same place", 0, 0, 77, true},
  };
  for (const auto& c : cases) {
    World world = flat_world(1);
    ChangeLog log(world);
    log.begin(Tick{1});
    const EntityHandle ann = log.spawn(kAnn, EntityKind::player, kMap, standing_at(2560, 2560));
    log.spawn(EntityId::make(NodeId{1}, 2), EntityKind::player, kMap, standing_at(2560 + c.dx, 2560 + c.dy));
    Grid grid;
    grid.rebuild(world.entities, kMap);
    std::vector<Neighbour> scratch;
    EXPECT_EQ(push_target(world.entities, grid, world.entities.row(ann), c.aim, scratch).has_value(), c.hit) << c.name;
  }
}

TEST(Push, Of_two_takes_the_nearer_and_of_two_equally_near_the_lesser_id) {
  World world = flat_world(1);
  ChangeLog log(world);
  log.begin(Tick{1});
  const EntityHandle ann = log.spawn(kAnn, EntityKind::player, kMap, standing_at(2560, 2560));
  log.spawn(EntityId::make(NodeId{1}, 9), EntityKind::player, kMap, standing_at(2760, 2600));
  log.spawn(EntityId::make(NodeId{1}, 5), EntityKind::player, kMap, standing_at(2760, 2520));
  Grid grid;
  grid.rebuild(world.entities, kMap);
  std::vector<Neighbour> scratch;
  auto target = push_target(world.entities, grid, world.entities.row(ann), 0, scratch);
  ASSERT_TRUE(target);
  EXPECT_EQ(world.entities.ids()[*target].counter(), 5u);
  log.spawn(EntityId::make(NodeId{1}, 20), EntityKind::player, kMap, standing_at(2660, 2560));
  grid.rebuild(world.entities, kMap);
  target = push_target(world.entities, grid, world.entities.row(ann), 0, scratch);
  ASSERT_TRUE(target);
  EXPECT_EQ(world.entities.ids()[*target].counter(), 20u);
}

}  // namespace
}  // namespace meridian
