// Two worlds, one log: whatever a random origin does in a tick, a reducer that gets nothing but the tick's changes must arrive at the same
// hash; and the changes must hold no more than it needs. What "needs" means is written here again, from the outside.
#include "world/change/reducer.hpp"

#include <gtest/gtest.h>
#include <map>

#include "base/chance.hpp"
#include "world/change/change_log.hpp"
#include "world/change/state_hash.hpp"

namespace meridian {
namespace {

constexpr BlockId kGrass{1}, kWall{5};  // 2 mud, 3 ice, 4 water, as made below
constexpr int kSide = 24;               // blocks each way from the origin: over chunk borders, ragged

World random_world(std::uint64_t seed) {
  BlockKind grass{.name = "grass", .layer = Layer::floor}, mud{.name = "mud", .layer = Layer::floor, .speed_percent = 33},
      ice{.name = "ice", .layer = Layer::floor, .speed_percent = 170}, water{.name = "water", .layer = Layer::floor, .walkable = false},
      wall{.name = "wall", .solid = true};
  World world{.kinds = BlockKinds({grass, mud, ice, water, wall}), .chunks = {}, .entities = {}};
  SeededChance chance(seed);
  for (const MapId map : {MapId{0}, MapId{9}}) {
    const int from = map == MapId{0} ? -kSide : 0;  // the second map is one chunk
    for (int y = from; y < kSide; ++y) {
      for (int x = from; x < kSide; ++x) {
        world.chunks.load(chunk_of(map, {x, y}));
        world.chunks.write({map, {x, y}, Layer::floor}, BlockId{static_cast<std::uint16_t>(1 + chance.below(20) / 6)});
        if (chance.below(8) == 0) world.chunks.write({map, {x, y}, Layer::active}, kWall);
      }
    }
  }
  return world;
}

// An origin whose players walk, build, fight, come and go by chance.
class Origin {
 public:
  explicit Origin(std::uint64_t seed) : world_(random_world(seed)), log_(world_), chance_(seed + 1) {}
  World& world() { return world_; }

  TickChanges tick() {
    log_.begin(++tick_);
    bodies_before_.clear();
    for (Row row = 0; row < world_.entities.size(); ++row) bodies_before_[world_.entities.ids()[row]] = world_.entities.body(row);
    come_and_go();
    write_blocks();
    come_and_go();
    step_bodies();
    come_and_go();
    for (std::uint64_t i = chance_.below(3); i > 0 && world_.entities.size() > 0; --i) log_.push(any_row(), any_byte());
    come_and_go();
    return log_.finish();
  }
  const std::map<EntityId, BodyState>& bodies_before() const { return bodies_before_; }

 private:
  std::uint8_t any_byte() { return static_cast<std::uint8_t>(chance_.below(256)); }
  Row any_row() { return static_cast<Row>(chance_.below(world_.entities.size())); }
  int any_block() { return static_cast<int>(chance_.below(2 * kSide + 8)) - kSide - 4; }  // some beyond the edge

  void come_and_go() {
    const std::uint64_t what = chance_.below(world_.entities.size() < 25 ? 12 : 24);
    if (what < 2) {
      const BodyState body{.x_q8 = any_block() * 256 + 128,
                           .y_q8 = any_block() * 256 + 128,
                           .heading = any_byte(),
                           .cooldown_ticks = static_cast<std::uint8_t>(chance_.below(10))};
      const auto kind = static_cast<EntityKind>(1 + chance_.below(3));
      next_counter_ += 1 + chance_.below(3);
      log_.spawn(EntityId::make(NodeId{5}, next_counter_), kind, chance_.below(4) == 0 ? MapId{9} : MapId{0}, body, Look{any_byte()});
    } else if (what == 2 && world_.entities.size() > 0) {
      log_.despawn(world_.entities.ids()[any_row()]);
    }
  }
  void write_blocks() {
    for (std::uint64_t i = chance_.below(6); i > 0; --i) {
      const BlockPlace place{
          chance_.below(4) == 0 ? MapId{9} : MapId{0}, {any_block(), any_block()}, chance_.below(3) == 0 ? Layer::floor : Layer::active};
      const BlockId before = world_.chunks.block(place.map, place.at, place.layer);
      const BlockId block = place.layer == Layer::floor ? BlockId{static_cast<std::uint16_t>(1 + chance_.below(4))}
                            : chance_.below(2) == 0     ? kWall
                                                        : kAir;
      log_.write_block(place, block);
      if (chance_.below(3) == 0) log_.write_block(place, before);  // back again
    }
  }
  void step_bodies() {
    for (Row row = 0; row < world_.entities.size(); ++row) {
      if (chance_.below(30) == 0) continue;  // nobody moves it this tick
      Input& input = inputs_[world_.entities.ids()[row]];
      if (chance_.below(10) == 0)
        input = {
            .heading = any_byte(), .gait = static_cast<Gait>(chance_.below(4)), .aim = static_cast<std::uint16_t>(chance_.below(4096))};
      input.buttons = chance_.below(15) == 0 ? kButtonPush : 0;
      log_.step_body(row, input);
    }
  }

  World world_;
  ChangeLog log_;
  SeededChance chance_;
  Tick tick_;
  std::uint64_t next_counter_ = 0;
  std::map<EntityId, Input> inputs_;
  std::map<EntityId, BodyState> bodies_before_;
};

// The ids whose end is not what the rule makes of their beginning: exactly these need a motion row.
std::map<EntityId, BodyState> rows_needed(const World& after, const std::map<EntityId, BodyState>& before) {
  std::map<EntityId, BodyState> needed;
  for (const auto& [id, began] : before) {
    const Row row = after.entities.row(id);
    if (row == kNoRow) continue;
    BodyState by_rule = began;
    step_body(by_rule, coast_input(by_rule), after.chunks, after.kinds, after.entities.maps()[row]);
    if (by_rule != after.entities.body(row)) needed[id] = after.entities.body(row);
  }
  return needed;
}

TEST(Reducer, Arrives_at_the_same_hash_after_each_of_2000_random_ticks) {
  constexpr std::uint64_t kSeeds = 3;
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Origin origin(seed);
    World copy = random_world(seed);
    Reducer reducer(copy);
    ASSERT_EQ(state_hash(copy), state_hash(origin.world()));
    std::size_t blocks = 0, spawns = 0, despawns = 0, motion = 0, body_ticks = 0;
    for (int tick = 0; tick < 2000; ++tick) {
      const TickChanges changes = origin.tick();
      ASSERT_TRUE(reducer.apply(changes)) << "tick " << tick;
      ASSERT_EQ(state_hash(copy), state_hash(origin.world())) << "tick " << tick;

      std::map<EntityId, BodyState> rows;
      for (const MotionChange& change : changes.motion) rows[change.id] = change.body;
      ASSERT_EQ(rows.size(), changes.motion.size()) << "one row a body";
      ASSERT_EQ(rows, rows_needed(origin.world(), origin.bodies_before())) << "tick " << tick;
      for (const BlockChange& change : changes.blocks) ASSERT_NE(change.block, change.replaced);

      blocks += changes.blocks.size(), spawns += changes.spawns.size(), despawns += changes.despawns.size();
      motion += changes.motion.size(), body_ticks += origin.world().entities.size();
    }
    // The run reached what it is about.
    EXPECT_GT(blocks, 1000u);
    EXPECT_GT(spawns, 200u);
    EXPECT_GT(despawns, 100u);
    EXPECT_GT(motion, 1000u);
    EXPECT_LT(motion, body_ticks / 2) << "most body ticks are the rule's own";
  }
}

// Every record is needed: the first of its kind left out of a tick shows in that tick's hash.
TEST(Reducer, Differs_in_its_hash_when_one_record_is_dropped) {
  enum Kind { block, spawn, despawn, motion };
  struct Case {
    const char* name;
    Kind kind;
  };
  for (const Case& c : {Case{"a block", block}, {"a spawn", spawn}, {"a despawn", despawn}, {"a motion row", motion}}) {
    SCOPED_TRACE(c.name);
    int dropped = 0;
    for (const std::uint64_t seed : {10, 11, 12, 13, 14}) {
      Origin origin(seed);
      World copy = random_world(seed);
      Reducer reducer(copy);
      for (int tick = 0; tick < 300; ++tick) {
        TickChanges changes = origin.tick();
        bool drop = false;
        const auto without_first = [&](auto& list) {
          drop = tick >= 50 && !list.empty();  // not before there are some bodies
          if (drop) list = list.subspan(1);
        };
        if (c.kind == block) without_first(changes.blocks);
        if (c.kind == spawn) without_first(changes.spawns);
        if (c.kind == despawn) without_first(changes.despawns);
        if (c.kind == motion) without_first(changes.motion);
        reducer.apply(changes);
        if (!drop) {
          ASSERT_EQ(state_hash(copy), state_hash(origin.world()));
          continue;
        }
        ASSERT_NE(state_hash(copy), state_hash(origin.world())) << "seed " << seed << ", tick " << tick;
        ++dropped;
        break;
      }
    }
    EXPECT_EQ(dropped, 5);
  }
}

TEST(Reducer, Says_when_a_record_does_not_fit_and_applies_the_others) {
  const World origin = random_world(1);
  const BlockPlace place{MapId{0}, {3, 3}, Layer::ceiling};
  struct Case {
    const char* name;
    std::vector<BlockChange> blocks;
    std::vector<SpawnChange> spawns;
    std::vector<DespawnChange> despawns;
    std::vector<MotionChange> motion;
    bool fits;
  };
  const EntityId known{1}, ended{2}, unknown{3};
  const Case cases[] = {
      {"nothing at all", {}, {}, {}, {}, true},
      {"a block that fits", {{place, kWall, kAir}}, {}, {}, {}, true},
      {"a block that replaces another than stands there", {{place, kWall, kGrass}}, {}, {}, {}, false},
      {"a block of no known kind", {{place, BlockId{99}, kAir}}, {}, {}, {}, false},
      {"a block where no chunk is", {{{MapId{7}, {0, 0}, Layer::active}, kWall, kAir}}, {}, {}, {}, false},
      {"a despawn of a stranger", {}, {}, {{unknown}}, {}, false},
      {"a despawn of somebody that ended", {}, {}, {{ended}}, {}, false},
      {"motion of a stranger", {}, {}, {}, {{unknown, {}}}, false},
      {"a spawn of one that lives", {}, {{known, EntityKind::player, MapId{0}, {}, {}}}, {}, {}, false},
      {"a spawn of one that ended", {}, {{ended, EntityKind::player, MapId{0}, {}, {}}}, {}, {}, false},
      {"a spawn of nobody", {}, {{EntityId{}, EntityKind::player, MapId{0}, {}, {}}}, {}, {}, false},
      {"a spawn that fits", {}, {{unknown, EntityKind::player, MapId{0}, {}, {}}}, {}, {}, true},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    World world = random_world(1);
    ChangeLog log(world);
    log.begin(Tick{1});
    log.spawn(known, EntityKind::player, MapId{0}, {});
    log.spawn(ended, EntityKind::player, MapId{0}, {});
    log.despawn(ended);
    (void)log.finish();
    auto motion = c.motion;
    const BodyState moved{.x_q8 = 7, .y_q8 = 8};
    motion.push_back({known, moved});
    EXPECT_EQ(Reducer(world).apply({.tick = Tick{2}, .blocks = c.blocks, .spawns = c.spawns, .despawns = c.despawns, .motion = motion}),
              c.fits);
    EXPECT_EQ(world.entities.body(world.entities.row(known)), moved) << "the record that fits is applied";
    EXPECT_EQ(world.entities.row(unknown) != kNoRow, c.fits && !c.spawns.empty());
    EXPECT_EQ(world.chunks.block(place.map, place.at, place.layer), c.fits && !c.blocks.empty() ? kWall : kAir);
  }
}

}  // namespace
}  // namespace meridian
