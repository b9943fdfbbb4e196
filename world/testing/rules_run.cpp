#include "world/testing/rules_run.hpp"

#include <array>
#include <string>
#include <vector>

#include "base/chance.hpp"
#include "base/siphash.hpp"
#include "world/change/change_log.hpp"
#include "world/change/reducer.hpp"
#include "world/change/state_hash.hpp"
#include "world/chunk/generator.hpp"

namespace meridian {
namespace {

constexpr std::uint64_t kBodies = 64;
constexpr int kSideChunks = 5;
constexpr std::array<ChunkCoord, 2> kCorners = {ChunkCoord{MapId{0}, -10, -10}, ChunkCoord{MapId{1}, 6, 6}};  // both sides of zero
constexpr std::uint64_t kHashEvery_ticks = 64;

BlockKind floor_kind(const char* name, std::uint8_t speed_percent, bool walkable = true) {
  BlockKind kind;
  kind.name = name;
  kind.layer = Layer::floor;
  kind.speed_percent = speed_percent;
  kind.walkable = walkable;
  return kind;
}
BlockKind thing(const char* name, bool solid) {
  BlockKind kind;
  kind.name = name;
  kind.solid = solid;
  return kind;
}

struct Ground {
  BlockKinds kinds{{floor_kind("deep_water", 100, false), floor_kind("water", 45), floor_kind("sand", 80), floor_kind("grass", 100),
                    floor_kind("meadow", 100), floor_kind("dirt", 115), floor_kind("stone_floor", 100), floor_kind("plank_floor", 110),
                    thing("tree", true), thing("pine", true), thing("bush", false), thing("rock", true), thing("wall", true),
                    floor_kind("ice", 200), thing("plank_wall", true)}};
  GeneratorKinds generated{.deep_water = {1},
                           .water = {2},
                           .sand = {3},
                           .grass = {4},
                           .meadow = {5},
                           .dirt = {6},
                           .stone_floor = {7},
                           .plank_floor = {8},
                           .tree = {9},
                           .pine = {10},
                           .bush = {11},
                           .rock = {12},
                           .wall = {13}};
  static constexpr BlockId kDeepWater{1}, kGrass{4}, kIce{14}, kPlankWall{15};
};

void load_ground(World& world, std::uint64_t seed) {
  const Ground ground;
  world.kinds = ground.kinds;
  const Generator generator(seed, ground.generated);
  for (const ChunkCoord corner : kCorners) {
    for (int i = 0; i < kSideChunks * kSideChunks; ++i) {
      const ChunkCoord at{corner.map, corner.x + i % kSideChunks, corner.y + i / kSideChunks};
      generator.fill(at, world.chunks.load(at));
    }
  }
}

class Run {
 public:
  explicit Run(std::uint64_t seed) : chance_(seed) {
    load_ground(truth_, seed);
    load_ground(replica_, seed);
  }

  RulesRun to(std::uint64_t steps) {
    while (done_.steps < steps) tick();
    take_hash();
    return done_;
  }

 private:
  void tick() {
    log_.begin(tick_);
    edit();
    steps();
    for (const auto& [row, heading] : pushed_) log_.push(row, heading);
    pushed_.clear();
    if (tick_.value % 16 == 5) log_.despawn(truth_.entities.ids()[chance_.below(truth_.entities.size())]);
    while (truth_.entities.size() < kBodies) be_born();
    Reducer(replica_).apply(log_.finish());
    ++tick_;
    if (tick_.value % kHashEvery_ticks == 0) take_hash();
  }

  // Somewhere near somebody: walls and water come and go, also where a body stands.
  void edit() {
    for (int i = 0; i < 4 && truth_.entities.size() > 0; ++i) {
      const auto row = static_cast<Row>(chance_.below(truth_.entities.size()));
      const BodyState body = truth_.entities.body(row);
      const BlockCoord at{(body.x_q8 >> 8) + small(3), (body.y_q8 >> 8) + small(3)};
      const bool above = chance_.below(2) == 0;
      const std::array<BlockId, 4> choice = above ? std::array{Ground::kPlankWall, kAir, kAir, kAir}
                                                  : std::array{Ground::kDeepWater, Ground::kIce, Ground::kGrass, Ground::kGrass};
      const BlockPlace place{truth_.entities.maps()[row], at, above ? Layer::active : Layer::floor};
      done_.edits += log_.write_block(place, choice[chance_.below(choice.size())]);
    }
  }

  void steps() {
    for (Row row = 0; row < truth_.entities.size(); ++row) {
      Input input = coast_input(truth_.entities.body(row));  // on as before, most of the time
      if (chance_.below(20) == 0) {
        input.heading = static_cast<std::uint8_t>(chance_.below(256));
        input.gait = static_cast<Gait>(chance_.below(4));
      }
      if (chance_.below(30) == 0) input.buttons = kButtonPush;
      const StepResult result = log_.step_body(row, input);
      ++done_.steps;
      done_.blocked += result.blocked_x || result.blocked_y;
      if (result.push_started) push_somebody(row);
    }
  }
  void push_somebody(Row from) {
    const auto to = static_cast<Row>(chance_.below(truth_.entities.size()));
    const BodyState mine = truth_.entities.body(from), theirs = truth_.entities.body(to);
    pushed_.emplace_back(to, heading_of(theirs.x_q8 - mine.x_q8, theirs.y_q8 - mine.y_q8));
    ++done_.pushes;
  }
  void be_born() {
    const ChunkCoord corner = kCorners[chance_.below(kCorners.size())];
    const auto place = [&](std::int32_t first_chunk) {
      return first_chunk * kChunkBlocks * kBlock_q8 + static_cast<std::int32_t>(chance_.below(kSideChunks * kChunkBlocks * kBlock_q8));
    };
    const std::int32_t x_q8 = place(corner.x), y_q8 = place(corner.y);
    log_.spawn(EntityId::make(NodeId{1}, ++last_id_), EntityKind::player, corner.map, {.x_q8 = x_q8, .y_q8 = y_q8});
  }
  std::int32_t small(std::int32_t reach) {
    return static_cast<std::int32_t>(chance_.below(2 * static_cast<std::uint64_t>(reach) + 1)) - reach;
  }

  void take_hash() {
    const std::uint64_t now = state_hash(truth_);
    done_.replica_off += now != state_hash(replica_);
    std::array<std::uint8_t, 16> bytes{};
    ByteWriter out(bytes);
    out.u64(done_.hash);
    out.u64(now);
    done_.hash = siphash24(bytes);
  }

  SeededChance chance_;
  World truth_, replica_;
  ChangeLog log_{truth_};
  Tick tick_{1};
  std::uint64_t last_id_ = 0;
  std::vector<std::pair<Row, std::uint8_t>> pushed_;
  RulesRun done_;
};

}  // namespace

RulesRun run_rules(std::uint64_t seed, std::uint64_t steps) { return Run(seed).to(steps); }

}  // namespace meridian
