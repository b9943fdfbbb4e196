#include "world/change/change_log.hpp"

#include <gtest/gtest.h>

#include "world/testing/allocations.hpp"

namespace meridian {
namespace {

constexpr MapId kMap{2};
constexpr BlockId kGrass{1}, kWall{2};

World small_world() {
  BlockKind grass{.name = "grass", .layer = Layer::floor}, wall{.name = "wall", .solid = true};
  World world{.kinds = BlockKinds({grass, wall}), .chunks = {}, .entities = {}};
  Chunk& chunk = world.chunks.load({kMap, 0, 0});
  chunk.cells[static_cast<std::size_t>(Layer::floor)].fill(kGrass);
  return world;
}
BlockPlace cell(int x, int y) { return {kMap, {x, y}, Layer::active}; }
BodyState standing(int x, int y) { return {.x_q8 = x * 256 + 128, .y_q8 = y * 256 + 128}; }
constexpr Input kWalkEast{.heading = 0, .gait = Gait::walk};
constexpr Input kStand{};

TEST(Change_log, Keeps_the_last_of_several_writes_of_one_cell) {
  struct Case {
    const char* name;
    std::vector<std::pair<BlockPlace, BlockId>> writes;
    std::vector<BlockChange> recorded;
  };
  const Case cases[] = {
      {"nothing written", {}, {}},
      {"one write", {{cell(1, 1), kWall}}, {{cell(1, 1), kWall, kAir}}},
      {"the same block again", {{cell(1, 1), kAir}}, {}},
      {"two writes: the last", {{cell(1, 1), kWall}, {cell(1, 1), kGrass}}, {{cell(1, 1), kGrass, kAir}}},
      {"written back: no record", {{cell(1, 1), kWall}, {cell(1, 1), kAir}}, {}},
      {"written back and again", {{cell(1, 1), kWall}, {cell(1, 1), kAir}, {cell(1, 1), kWall}}, {{cell(1, 1), kWall, kAir}}},
      {"two cells in turn",
       {{cell(2, 1), kWall}, {cell(1, 1), kWall}, {cell(2, 1), kGrass}},
       {{cell(1, 1), kWall, kAir}, {cell(2, 1), kGrass, kAir}}},
      {"no chunk there", {{cell(-1, 1), kWall}}, {}},
      {"layers are apart",
       {{cell(1, 1), kWall}, {{kMap, {1, 1}, Layer::floor}, kAir}},
       {{{kMap, {1, 1}, Layer::floor}, kAir, kGrass}, {cell(1, 1), kWall, kAir}}},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    World world = small_world();
    ChangeLog log(world);
    log.begin(Tick{9});
    for (const auto& [place, block] : c.writes) {
      const BlockId before = world.chunks.block(place.map, place.at, place.layer);
      const bool possible = before != block && world.chunks.find(chunk_of(place.map, place.at)) != nullptr;
      EXPECT_EQ(log.write_block(place, block), possible);
    }
    const TickChanges changes = log.finish();
    EXPECT_EQ(changes.tick, Tick{9});
    EXPECT_EQ(std::vector(changes.blocks.begin(), changes.blocks.end()), c.recorded);
    for (const BlockChange& change : c.recorded) EXPECT_EQ(world.chunks.block(kMap, change.place.at, change.place.layer), change.block);
  }
}

TEST(Change_log, Records_motion_only_where_it_left_the_rule) {
  struct Case {
    const char* name;
    BodyState before;
    std::optional<Input> input;  // nothing: not stepped
    bool pushed;
    bool recorded;
  };
  const BodyState walking{.x_q8 = 1000, .y_q8 = 1000, .heading = 0, .speed = 51};
  const BodyState pushed{.x_q8 = 1000, .y_q8 = 1000, .heading = 64, .speed = 64, .push_ticks = 3};
  const BodyState cooling{.x_q8 = 1000, .y_q8 = 1000, .cooldown_ticks = 5};
  const Case cases[] = {
      {"stands and stands on", standing(4, 4), kStand, false, false},
      {"starts", standing(4, 4), kWalkEast, false, true},
      {"walks on", walking, kWalkEast, false, false},
      {"turns", walking, Input{.heading = 1, .gait = Gait::walk}, false, true},
      {"changes its gait", walking, Input{.heading = 0, .gait = Gait::run}, false, true},
      {"stops", walking, kStand, false, true},
      {"stands and looks elsewhere: the heading is kept", standing(4, 4), Input{.heading = 9}, false, false},
      {"presses a button that does something", standing(4, 4), Input{.buttons = kButtonPush}, false, true},
      {"presses it while it cools down", cooling, Input{.buttons = kButtonPush}, false, false},
      {"asks for something while it is pushed", pushed, kWalkEast, false, false},
      {"is pushed standing", standing(4, 4), kStand, true, true},
      {"is pushed while it walks on", walking, kWalkEast, true, true},
      {"is not stepped while it stands", standing(4, 4), std::nullopt, false, false},
      {"is not stepped while it walks: held where it is", walking, std::nullopt, false, true},
      {"is not stepped while its cooldown runs", cooling, std::nullopt, false, true},
      {"is pushed and not stepped", standing(4, 4), std::nullopt, true, true},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    World world = small_world();
    ChangeLog log(world);
    log.begin(Tick{1});
    const EntityId id{77};
    const EntityHandle handle = log.spawn(id, EntityKind::player, kMap, c.before);
    (void)log.finish();
    log.begin(Tick{2});
    const Row row = world.entities.row(handle);
    if (c.input) log.step_body(row, *c.input);
    if (c.pushed) log.push(row, 128);
    const TickChanges changes = log.finish();
    EXPECT_EQ(changes.spawns.size(), 0u);
    if (!c.recorded) {
      EXPECT_EQ(changes.motion.size(), 0u);
    } else {
      ASSERT_EQ(changes.motion.size(), 1u);
      EXPECT_EQ(changes.motion[0].id, id);
      EXPECT_EQ(changes.motion[0].body, world.entities.body(row));
    }
    if (c.pushed) {
      EXPECT_EQ(world.entities.body(row).heading, 128);
      EXPECT_EQ(world.entities.body(row).speed, kPushSpeed_q8);
      EXPECT_EQ(world.entities.body(row).push_ticks, kPushTicks);
    }
  }
}

TEST(Change_log, Lets_steps_see_the_blocks_of_the_same_tick) {
  World world = small_world();
  ChangeLog log(world);
  log.begin(Tick{1});
  const EntityHandle handle = log.spawn(EntityId{1}, EntityKind::player, kMap, standing(4, 4));
  (void)log.finish();
  log.begin(Tick{2});
  ASSERT_TRUE(log.write_block(cell(5, 4), kWall));
  log.step_body(world.entities.row(handle), {.heading = 0, .gait = Gait::run});
  EXPECT_EQ(world.entities.body(world.entities.row(handle)).x_q8, 5 * 256 - kBodyHalfSide_q8);
  (void)log.finish();
}

TEST(Change_log, Records_a_spawn_as_the_tick_ended_and_no_motion_beside_it) {
  World world = small_world();
  ChangeLog log(world);
  log.begin(Tick{1});
  const EntityHandle handle = log.spawn(EntityId{5}, EntityKind::item, kMap, standing(3, 3), Look{8});
  log.step_body(world.entities.row(handle), kWalkEast);
  log.push(world.entities.row(handle), 64);
  const TickChanges changes = log.finish();
  ASSERT_EQ(changes.spawns.size(), 1u);
  EXPECT_EQ(changes.spawns[0], (SpawnChange{EntityId{5}, EntityKind::item, kMap, world.entities.body(0), Look{8}}));
  EXPECT_EQ(changes.spawns[0].body.push_ticks, kPushTicks);
  EXPECT_EQ(changes.motion.size(), 0u);
}

TEST(Change_log, Forgets_what_is_spawned_and_despawned_in_one_tick) {
  World world = small_world();
  ChangeLog log(world);
  log.begin(Tick{1});
  for (std::uint64_t id = 1; id <= 4; ++id) log.spawn(EntityId{id}, EntityKind::player, kMap, standing(3, 3));
  log.despawn(EntityId{2});
  log.despawn(EntityId{4});
  const TickChanges changes = log.finish();
  ASSERT_EQ(changes.spawns.size(), 2u);
  EXPECT_EQ(changes.spawns[0].id, EntityId{1});
  EXPECT_EQ(changes.spawns[1].id, EntityId{3});
  EXPECT_EQ(changes.despawns.size(), 0u);
  EXPECT_EQ(world.entities.size(), 2u);
  EXPECT_TRUE(world.entities.ended(EntityId{2}));
}

TEST(Change_log, Records_a_despawn_alone_whatever_the_body_did_before) {
  World world = small_world();
  ChangeLog log(world);
  log.begin(Tick{1});
  log.spawn(EntityId{1}, EntityKind::player, kMap, standing(3, 3));
  log.spawn(EntityId{2}, EntityKind::player, kMap, standing(4, 4));
  (void)log.finish();
  log.begin(Tick{2});
  log.step_body(world.entities.row(EntityId{1}), kWalkEast);
  log.step_body(world.entities.row(EntityId{2}), kStand);
  log.push(world.entities.row(EntityId{1}), 3);
  log.despawn(EntityId{1});
  const TickChanges changes = log.finish();
  ASSERT_EQ(changes.despawns.size(), 1u);
  EXPECT_EQ(changes.despawns[0].id, EntityId{1});
  EXPECT_EQ(changes.motion.size(), 0u);
  EXPECT_EQ(world.entities.row(EntityId{1}), kNoRow);
}

TEST(Change_log, Ends_the_process_when_its_caller_breaks_the_order) {
  World world = small_world();
  ChangeLog log(world);
  EXPECT_DEATH(log.write_block(cell(1, 1), kWall), "Phase") << "before begin";
  log.begin(Tick{1});
  EXPECT_DEATH(log.begin(Tick{2}), "Phase");
  EXPECT_DEATH(log.write_block(cell(1, 1), BlockId{99}), "known");
  EXPECT_DEATH(log.despawn(EntityId{1}), "kNoRow");
  log.spawn(EntityId{1}, EntityKind::player, kMap, standing(3, 3));
  log.spawn(EntityId{2}, EntityKind::player, kMap, standing(3, 3));
  log.step_body(0, kStand);
  EXPECT_DEATH(log.step_body(0, kStand), "kOnTheRule") << "twice in a tick";
  EXPECT_DEATH(log.write_block(cell(1, 1), kWall), "Phase") << "after a step";
  log.push(0, 0);
  EXPECT_DEATH(log.step_body(1, kStand), "Phase") << "after a push";
  log.despawn(EntityId{2});
  EXPECT_DEATH(log.spawn(EntityId{2}, EntityKind::player, kMap, {}), "ended") << "an id that ended";
  (void)log.finish();
}

TEST(Change_log, Allocates_nothing_once_it_has_grown) {
  World world = small_world();
  ChangeLog log(world);
  std::uint64_t next_id = 1;
  log.begin(Tick{0});
  for (; next_id <= 300; ++next_id) log.spawn(EntityId{next_id}, EntityKind::player, kMap, standing(16, 16));
  (void)log.finish();
  std::size_t before = 0;
  for (std::uint64_t tick = 1; tick <= 3000; ++tick) {
    // Slots rest in a queue of 1,024: until it has filled once, turnover takes new ones.
    if (tick == 2000) before = allocations_so_far();
    log.begin(Tick{tick});
    for (int x = 0; x < 20; ++x) EXPECT_TRUE(log.write_block(cell(x, 0), tick % 2 == 0 ? kWall : kAir) || tick == 1);
    log.despawn(EntityId{next_id - 300});  // the oldest: ended ids stay one interval
    log.spawn(EntityId{next_id++}, EntityKind::player, kMap, standing(16, 16));
    for (Row row = 0; row < world.entities.size(); ++row)
      log.step_body(row, {.heading = static_cast<std::uint8_t>(tick), .gait = Gait::run});
    for (Row row = 0; row < 5; ++row) log.push(row, 7);
    EXPECT_GE(log.finish().motion.size(), 5u);
  }
  EXPECT_EQ(allocations_so_far() - before, 0u);
}

}  // namespace
}  // namespace meridian
