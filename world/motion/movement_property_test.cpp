// The rule against a slow one written apart from it: the body goes one 1/256 block at a time, along x and then along y, and stops before
// the first place where it would overlap. Random ground, random walks, both sides of zero.
#include <cstdlib>
#include <gtest/gtest.h>

#include "base/chance.hpp"
#include "world/motion/movement.hpp"

namespace meridian {
namespace {

constexpr MapId kMap{3};
constexpr int kSide = 48;  // blocks each way from the origin, ragged over chunk borders

struct RandomGround {
  BlockKinds kinds;
  Chunks chunks;

  explicit RandomGround(Chance& chance) {
    BlockKind slow, plain, fast, water, wall;
    slow.name = "slow", slow.layer = Layer::floor, slow.speed_percent = 33;
    plain.name = "plain", plain.layer = Layer::floor;
    fast.name = "fast", fast.layer = Layer::floor, fast.speed_percent = 200;
    water.name = "water", water.layer = Layer::floor, water.walkable = false;
    wall.name = "wall", wall.solid = true;
    kinds = BlockKinds({slow, plain, fast, water, wall});
    for (std::int32_t y = -kSide; y < kSide; ++y) {
      for (std::int32_t x = -kSide; x < kSide; ++x) {
        chunks.load(chunk_of(kMap, {x, y}));
        const bool wet = chance.below(100) < 7;
        chunks.write({kMap, {x, y}, Layer::floor}, BlockId{static_cast<std::uint16_t>(wet ? 4 : 1 + chance.below(3))});
        if (chance.below(100) < 18) chunks.write({kMap, {x, y}, Layer::active}, BlockId{5});
      }
    }
  }
  bool blocks(BlockCoord at) const {
    return chunks.block(kMap, at, Layer::active) == BlockId{5} || chunks.block(kMap, at, Layer::floor) == BlockId{4} ||
           chunks.block(kMap, at, Layer::floor) == kAir;
  }
  // Plain geometry: open intervals overlap.
  bool overlaps(std::int32_t x_q8, std::int32_t y_q8) const {
    const std::int32_t near_x = x_q8 / 256, near_y = y_q8 / 256;
    for (std::int32_t cy = near_y - 2; cy <= near_y + 2; ++cy) {
      for (std::int32_t cx = near_x - 2; cx <= near_x + 2; ++cx) {
        const bool apart = x_q8 + 96 <= cx * 256 || x_q8 - 96 >= (cx + 1) * 256 || y_q8 + 96 <= cy * 256 || y_q8 - 96 >= (cy + 1) * 256;
        if (!apart && blocks({cx, cy})) return true;
      }
    }
    return false;
  }
};

void creep(const RandomGround& ground, std::int32_t& moving, std::int32_t& x, std::int32_t& y, std::int32_t v) {
  for (const int one = v < 0 ? -1 : 1; v != 0; v -= one) {
    moving += one;
    if (ground.overlaps(x, y)) {
      moving -= one;
      return;
    }
  }
}

// Where the slow rule puts a free body, given what the rule decided about heading and speed.
void slow_step(const RandomGround& ground, BodyState& body, const Input& input) {
  std::int64_t speed = 64;
  std::uint8_t heading = body.heading;
  if (body.push_ticks == 0) {
    heading = input.heading;
    const BlockCoord under{body.x_q8 >= 0 ? body.x_q8 / 256 : -((255 - body.x_q8) / 256),
                           body.y_q8 >= 0 ? body.y_q8 / 256 : -((255 - body.y_q8) / 256)};
    const int percents[] = {100, 33, 100, 200, 100};
    speed = kGaitSpeed_q8[static_cast<std::size_t>(input.gait)];
    speed = (speed * percents[ground.chunks.block(kMap, under, Layer::floor).value] + 50) / 100;
  }
  const auto share = [&](std::int64_t d) { return static_cast<std::int32_t>((d * speed + (1 << 13)) >> 14); };
  const Direction d = kDirections[heading];
  creep(ground, body.x_q8, body.x_q8, body.y_q8, share(d.x));
  creep(ground, body.y_q8, body.x_q8, body.y_q8, share(d.y));
}

TEST(Movement_property, Random_walks_end_where_the_slow_rule_ends_and_never_overlap) {
  int steps = 0, blocked = 0;
  for (std::uint64_t seed = 1; seed <= 6; ++seed) {
    SeededChance chance(seed);
    const RandomGround ground(chance);
    for (int walker = 0; walker < 12; ++walker) {
      BodyState body;
      do {
        body.x_q8 = static_cast<std::int32_t>(chance.below(2 * kSide * 256)) - kSide * 256;
        body.y_q8 = static_cast<std::int32_t>(chance.below(2 * kSide * 256)) - kSide * 256;
      } while (ground.overlaps(body.x_q8, body.y_q8));
      Input input;
      for (int tick = 0; tick < 300; ++tick) {
        if (chance.below(12) == 0)
          input = {.heading = static_cast<std::uint8_t>(chance.below(256)), .gait = static_cast<Gait>(chance.below(4))};
        if (chance.below(60) == 0) {
          body.heading = static_cast<std::uint8_t>(chance.below(256));
          body.push_ticks = kPushTicks;
          body.speed = kPushSpeed_q8;
        }
        BodyState slow = body;
        slow_step(ground, slow, input);
        const StepResult result = step_body(body, input, ground.chunks, ground.kinds, kMap);
        ASSERT_EQ(body.x_q8, slow.x_q8) << "seed " << seed << " walker " << walker << " tick " << tick;
        ASSERT_EQ(body.y_q8, slow.y_q8) << "seed " << seed << " walker " << walker << " tick " << tick;
        ASSERT_FALSE(ground.overlaps(body.x_q8, body.y_q8)) << "seed " << seed << " walker " << walker << " tick " << tick;
        ++steps;
        blocked += result.blocked_x || result.blocked_y;
      }
    }
  }
  EXPECT_GT(blocked, steps / 20) << "the walks must meet walls, or this shows nothing";
  EXPECT_LT(blocked, steps);
}

}  // namespace
}  // namespace meridian
