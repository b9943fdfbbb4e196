// The movement rule clause by clause, on small maps drawn as text. One character is one cell; q8 places are 256 a cell.
#include "world/motion/movement.hpp"

#include <gtest/gtest.h>
#include <string>
#include <string_view>
#include <vector>

namespace meridian {
namespace {

constexpr MapId kMap{0};

BlockKinds test_kinds() {
  const auto floor = [](std::string name, std::uint8_t percent, bool walkable) {
    BlockKind kind;
    kind.name = std::move(name);
    kind.layer = Layer::floor;
    kind.speed_percent = percent;
    kind.walkable = walkable;
    return kind;
  };
  BlockKind wall, flower;
  wall.name = "wall";
  wall.solid = true;
  flower.name = "flower";
  return BlockKinds({floor("grass", 100, true), floor("swamp", 50, true), floor("road", 150, true), floor("ice", 200, true),
                     floor("water", 100, false), wall, flower});
}

// Draws `rows` with their upper left cell at `corner`. '.' grass, ',' swamp, 'r' road, 'i' ice, '~' water, '#' wall on grass, '*' flower on
// grass, ' ' void. All chunks touched are loaded; cells not drawn are void.
struct Scene {
  BlockKinds kinds = test_kinds();
  Chunks chunks;

  explicit Scene(const std::vector<std::string_view>& rows, BlockCoord corner = {0, 0}) {
    for (std::size_t y = 0; y < rows.size(); ++y) {
      for (std::size_t x = 0; x < rows[y].size(); ++x) {
        const BlockCoord at{corner.x + static_cast<std::int32_t>(x), corner.y + static_cast<std::int32_t>(y)};
        draw(at, rows[y][x]);
      }
    }
  }
  void draw(BlockCoord at, char what) {
    chunks.load(chunk_of(kMap, at));
    constexpr std::string_view kFloors = ".,ri~";
    const std::size_t floor = kFloors.find(what);
    const std::uint16_t floor_id = what == ' ' ? 0 : floor == std::string_view::npos ? 1 : static_cast<std::uint16_t>(floor + 1);
    chunks.write({kMap, at, Layer::floor}, BlockId{floor_id});
    chunks.write({kMap, at, Layer::active}, BlockId{static_cast<std::uint16_t>(what == '#' ? 6 : what == '*' ? 7 : 0)});
  }
  StepResult step(BodyState& body, std::uint8_t heading, Gait gait, std::uint8_t buttons = 0) const {
    return step_body(body, {.heading = heading, .gait = gait, .buttons = buttons}, chunks, kinds, kMap);
  }
};

Scene field(char floor = '.', BlockCoord corner = {-32, -32}) {
  return Scene(std::vector<std::string_view>(64, std::string_view(std::string(64, floor))), corner);
}

TEST(Movement, Rounds_each_axis_once_half_upward) {
  struct Case {
    const char* why;
    std::uint8_t heading;
    Gait gait;
    std::int32_t vx, vy;
  };
  constexpr Case kCases[] = {
      {"along +x exactly the speed", 0, Gait::run, 77, 0},
      {"along +y", 64, Gait::run, 0, 77},
      {"along -x: (-77 * 2^14 + 2^13) >> 14 is -77", 128, Gait::run, -77, 0},
      {"along -y", 192, Gait::walk, 0, -51},
      {"a small negative share: -402 * 26 / 2^14 = -0.64", 255, Gait::sneak, 26, -1},
      {"-402 * 51 / 2^14 = -1.25", 255, Gait::walk, 51, -1},
      {"the same angle upward: +1.25", 1, Gait::walk, 51, 1},
      {"diagonal: 11,585 * 77 / 2^14 = 54.45", 32, Gait::run, 54, 54},
      {"diagonal the other way: -54.45", 160, Gait::run, -54, -54},
      {"4,756 * 77 / 2^14 = 22.35", 12, Gait::run, 74, 22},
      {"sneaking: 26 at 45 degrees is 18.38", 96, Gait::sneak, -18, 18},
  };
  const Scene scene = field();
  for (const Case& c : kCases) {
    BodyState body{.x_q8 = 128, .y_q8 = 128};
    const StepResult result = scene.step(body, c.heading, c.gait);
    EXPECT_EQ(body.x_q8 - 128, c.vx) << c.why;
    EXPECT_EQ(body.y_q8 - 128, c.vy) << c.why;
    EXPECT_FALSE(result.blocked_x || result.blocked_y) << c.why;
  }
}

TEST(Movement, Rounds_by_the_formula_for_every_heading_and_gait) {
  const Scene scene = field();
  for (int heading = 0; heading < 256; ++heading) {
    for (const Gait gait : {Gait::sneak, Gait::walk, Gait::run}) {
      BodyState body{.x_q8 = -300, .y_q8 = -300};
      scene.step(body, static_cast<std::uint8_t>(heading), gait);
      const Direction d = kDirections[static_cast<std::size_t>(heading)];
      const auto rounded = [&](int part) {  // floor(part * s / 2^14 + 1/2), written with a true floor division
        const int n = part * kGaitSpeed_q8[static_cast<std::size_t>(gait)] + 8192;
        return n >= 0 ? n / 16384 : -((-n + 16383) / 16384);
      };
      EXPECT_EQ(body.x_q8, -300 + rounded(d.x)) << heading;
      EXPECT_EQ(body.y_q8, -300 + rounded(d.y)) << heading;
    }
  }
}

TEST(Movement, A_straight_walk_of_n_ticks_is_n_times_one_tick) {
  const Scene scene = field();
  for (int heading = 0; heading < 256; heading += 5) {
    BodyState first{.x_q8 = -128, .y_q8 = -128};
    scene.step(first, static_cast<std::uint8_t>(heading), Gait::run);
    const std::int32_t vx = first.x_q8 + 128, vy = first.y_q8 + 128;
    BodyState body{.x_q8 = -128, .y_q8 = -128};
    for (int n = 1; n <= 90; ++n) {
      scene.step(body, static_cast<std::uint8_t>(heading), Gait::run);
      ASSERT_EQ(body.x_q8, -128 + n * vx) << heading;
      ASSERT_EQ(body.y_q8, -128 + n * vy) << heading;
    }
  }
}

TEST(Movement, Standing_keeps_the_place_and_the_heading) {
  const Scene scene = field();
  BodyState body{.x_q8 = 77, .y_q8 = -77, .heading = 40, .speed = 51};
  scene.step(body, 200, Gait::stand);
  EXPECT_EQ(body, (BodyState{.x_q8 = 77, .y_q8 = -77, .heading = 40, .speed = 0}));
}

TEST(Movement, Ends_flush_on_each_side) {
  const Scene scene({".......",  //
                     ".......",  //
                     "..#.#..",  // a pit of one cell at (3, 3), its walls in columns 2 and 4, rows 2 and 4
                     "..#.#..",  //
                     "..###..",  //
                     ".......",  //
                     "......."});
  struct Case {
    const char* why;
    BodyState start;
    std::uint8_t heading;
    std::int32_t x, y;
    bool blocked_x, blocked_y;
  };
  constexpr std::int32_t kMiddle = 3 * 256 + 128;
  constexpr Case kCases[] = {
      {"east against column 4: 4 * 256 - 96", {.x_q8 = kMiddle, .y_q8 = kMiddle}, 0, 928, kMiddle, true, false},
      {"west against column 2: 3 * 256 + 96", {.x_q8 = kMiddle, .y_q8 = kMiddle}, 128, 864, kMiddle, true, false},
      {"south against row 4: 4 * 256 - 96", {.x_q8 = kMiddle, .y_q8 = kMiddle}, 64, kMiddle, 928, false, true},
      {"north against row 4 from below: 5 * 256 + 96", {.x_q8 = kMiddle, .y_q8 = 5 * 256 + 128}, 192, kMiddle, 1376, false, true},
      {"flush already: stays, and says blocked", {.x_q8 = 928, .y_q8 = kMiddle}, 0, 928, kMiddle, true, false},
      {"one short of flush: one step", {.x_q8 = 927, .y_q8 = kMiddle}, 0, 928, kMiddle, true, false},
      {"arrives exactly flush: not blocked", {.x_q8 = 928 - 77, .y_q8 = kMiddle}, 0, 928, kMiddle, false, false},
      {"sides that touch do not overlap: slides along", {.x_q8 = 928, .y_q8 = kMiddle}, 192, 928, kMiddle - 77, false, false},
      {"one blocked axis leaves the other: slides south-east", {.x_q8 = 928, .y_q8 = 700}, 32, 928, 754, true, false},
      {"into the corner: both", {.x_q8 = 920, .y_q8 = 920}, 32, 928, 928, true, true},
  };
  for (const Case& c : kCases) {
    BodyState body = c.start;
    const StepResult result = scene.step(body, c.heading, Gait::run);
    EXPECT_EQ(body.x_q8, c.x) << c.why;
    EXPECT_EQ(body.y_q8, c.y) << c.why;
    EXPECT_EQ(result.blocked_x, c.blocked_x) << c.why;
    EXPECT_EQ(result.blocked_y, c.blocked_y) << c.why;
    EXPECT_EQ(body.speed, 77) << "what was asked for, blocked or not: " << c.why;
  }
}

TEST(Movement, X_before_y_decides_a_corner) {
  const Scene scene({"...",  //
                     "...",  //
                     "..#"});
  // Ten short of both sides of the cell (2, 2), going diagonally into its corner. x goes first, past the corner; then y finds the cell
  // below.
  BodyState body{.x_q8 = 2 * 256 - 96 - 10, .y_q8 = 2 * 256 - 96 - 10};
  const StepResult result = scene.step(body, 32, Gait::run);
  EXPECT_EQ(body.x_q8, 406 + 54);
  EXPECT_EQ(body.y_q8, 416) << "y first would give x 416, y 460";
  EXPECT_TRUE(!result.blocked_x && result.blocked_y);
}

TEST(Movement, A_gap_of_one_cell_lets_a_body_through_and_its_half_does_not) {
  const Scene scene({"...#...",  //
                     ".......",  //
                     "...#..."});
  struct Case {
    std::int32_t y;
    bool through;
  };
  // Body 192 high in a gap of 256: centres 352 to 416 fit.
  for (const Case c : {Case{351, false}, Case{352, true}, Case{384, true}, Case{416, true}, Case{417, false}}) {
    BodyState body{.x_q8 = 300, .y_q8 = c.y};
    for (int i = 0; i < 14; ++i) scene.step(body, 0, Gait::run);
    EXPECT_EQ(body.x_q8, c.through ? 300 + 14 * 77 : 3 * 256 - 96) << c.y;
  }
}

TEST(Movement, What_blocks) {
  struct Case {
    const char* why;
    char cell;
    bool blocks;
  };
  for (const Case& c : {Case{"grass", '.', false},
                        {"swamp", ',', false},
                        {"a thing that is not solid", '*', false},
                        {"a solid block", '#', true},
                        {"a floor that is not walkable", '~', true},
                        {"void", ' ', true}}) {
    Scene scene = field();
    scene.draw({1, 0}, c.cell);
    BodyState body{.x_q8 = 128, .y_q8 = 128};
    const StepResult result = scene.step(body, 0, Gait::run);
    EXPECT_EQ(result.blocked_x, c.blocks) << c.why;
    EXPECT_EQ(body.x_q8, c.blocks ? 160 : 205) << c.why;
  }
}

TEST(Movement, A_chunk_that_is_not_held_and_an_unknown_block_block) {
  Scene scene({std::vector<std::string_view>(32, "................................")});
  BodyState body{.x_q8 = 32 * 256 - 100, .y_q8 = 1000};
  EXPECT_TRUE(scene.step(body, 0, Gait::run).blocked_x);
  EXPECT_EQ(body.x_q8, 32 * 256 - 96);
  body = {.x_q8 = 1000, .y_q8 = 100};
  EXPECT_TRUE(scene.step(body, 192, Gait::run).blocked_y);
  EXPECT_EQ(body.y_q8, 96) << "the chunk to the north";

  scene.chunks.write({kMap, {5, 5}, Layer::active}, BlockId{60'000});
  body = {.x_q8 = 4 * 256 + 128, .y_q8 = 5 * 256 + 128};
  EXPECT_TRUE(scene.step(body, 0, Gait::run).blocked_x);
}

TEST(Movement, Another_maps_blocks_do_not_count) {
  const Scene scene = field();
  BodyState body{.x_q8 = 128, .y_q8 = 128};
  EXPECT_TRUE(step_body(body, {.heading = 0, .gait = Gait::run}, scene.chunks, scene.kinds, MapId{1}).blocked_x) << "map 1 has no chunk";
  EXPECT_EQ(body.x_q8, 160) << "to the edge of its own cell";
}

TEST(Movement, The_world_ends_at_its_farthest_line) {
  Scene scene = field('.', {(1 << 22) - 32, -16});
  BodyState body{.x_q8 = kFarthest_q8 - 100, .y_q8 = 0};
  for (int i = 0; i < 3; ++i) scene.step(body, 0, Gait::run);
  EXPECT_EQ(body.x_q8, kFarthest_q8 - 96);
}

TEST(Movement, The_floor_under_the_centre_at_the_ticks_start_decides_the_pace) {
  struct Case {
    const char* why;
    char floor;
    Gait gait;
    std::int32_t dx;
  };
  constexpr Case kCases[] = {
      {"full speed", '.', Gait::run, 77},
      {"half of 77 rounds up: (77 * 50 + 50) / 100", ',', Gait::run, 39},
      {"half of 51", ',', Gait::walk, 26},
      {"half of 26", ',', Gait::sneak, 13},
      {"one and a half of 77", 'r', Gait::run, 116},
      {"twice 77", 'i', Gait::run, 154},
  };
  for (const Case& c : kCases) {
    const Scene scene = field(c.floor);
    BodyState body{.x_q8 = 128, .y_q8 = 128};
    scene.step(body, 0, c.gait);
    EXPECT_EQ(body.x_q8, 128 + c.dx) << c.why;
    EXPECT_EQ(body.speed, kGaitSpeed_q8[static_cast<std::size_t>(c.gait)]) << "speed is as asked for: " << c.why;
  }
  const Scene edge({"..,,"});
  BodyState body{.x_q8 = 2 * 256 - 1, .y_q8 = 128};
  edge.step(body, 0, Gait::walk);
  EXPECT_EQ(body.x_q8, 2 * 256 - 1 + 51) << "the centre began on grass";
  edge.step(body, 0, Gait::walk);
  EXPECT_EQ(body.x_q8, 2 * 256 - 1 + 51 + 26) << "and is on swamp now";
  body = {.x_q8 = 2 * 256, .y_q8 = 128};
  edge.step(body, 128, Gait::walk);
  EXPECT_EQ(body.x_q8, 2 * 256 - 26) << "a centre on the line is in the cell above it";
}

TEST(Movement, A_push_is_4_ticks_of_64_that_no_input_and_no_floor_changes) {
  const Scene scene = field(',');
  BodyState body{.x_q8 = -100, .y_q8 = 50, .heading = 128, .speed = kPushSpeed_q8, .push_ticks = kPushTicks};
  for (int tick = 1; tick <= 4; ++tick) {
    scene.step(body, 64, Gait::run);
    EXPECT_EQ(body.x_q8, -100 - 64 * tick);
    EXPECT_EQ(body.y_q8, 50);
    EXPECT_EQ(body.heading, 128);
    EXPECT_EQ(body.push_ticks, 4 - tick);
    EXPECT_EQ(body.speed, tick < 4 ? 64 : 0);
  }
  scene.step(body, 64, Gait::run);
  EXPECT_EQ(body.y_q8, 50 + 39) << "then the input rules again";
}

TEST(Movement, A_push_collides) {
  const Scene scene({"....#"});
  BodyState body{.x_q8 = 3 * 256, .y_q8 = 128, .heading = 0, .speed = kPushSpeed_q8, .push_ticks = kPushTicks};
  bool blocked = false;
  for (int tick = 0; tick < 4; ++tick) blocked = scene.step(body, 0, Gait::stand).blocked_x;
  EXPECT_TRUE(blocked);
  EXPECT_EQ(body.x_q8, 4 * 256 - 96);
  EXPECT_EQ(body.push_ticks, 0) << "a wall does not make it longer";
}

TEST(Movement, The_push_button_works_once_a_cooldown) {
  const Scene scene = field();
  BodyState body{.x_q8 = 0, .y_q8 = 0};
  std::vector<int> started;
  for (int tick = 0; tick < 25; ++tick) {
    if (scene.step(body, 0, Gait::stand, kButtonPush).push_started) started.push_back(tick);
  }
  EXPECT_EQ(started, (std::vector<int>{0, 11, 22})) << "the tick that starts it does not count down";
}

TEST(Movement, The_cooldown_goes_down_by_one_and_stops_at_zero) {
  const Scene scene = field();
  BodyState body{.cooldown_ticks = 2};
  for (const int left : {1, 0, 0}) {
    EXPECT_FALSE(scene.step(body, 0, Gait::walk).push_started);
    EXPECT_EQ(body.cooldown_ticks, left);
  }
  EXPECT_FALSE(scene.step(body, 0, Gait::stand, 0x3E).push_started) << "other buttons are not the push";
  EXPECT_TRUE(scene.step(body, 0, Gait::stand, 0x3F).push_started);
  EXPECT_EQ(body.cooldown_ticks, kPushCooldownTicks);
}

TEST(Movement, Who_is_being_pushed_cannot_push) {
  const Scene scene = field();
  BodyState body{.heading = 0, .speed = 64, .push_ticks = 2};
  EXPECT_FALSE(scene.step(body, 0, Gait::stand, kButtonPush).push_started);
  EXPECT_FALSE(scene.step(body, 0, Gait::stand, kButtonPush).push_started);
  EXPECT_TRUE(scene.step(body, 0, Gait::stand, kButtonPush).push_started);
}

TEST(Movement, A_body_overlapping_a_blocking_cell_may_leave_and_not_go_deeper) {
  const Scene scene({".....",  //
                     ".....",  //
                     "..#..",  //
                     ".....",  //
                     "....."});
  struct Case {
    const char* why;
    std::int32_t x, y;
    std::uint8_t heading;
    std::int32_t dx, dy;
  };
  constexpr std::int32_t kCentre = 2 * 256 + 128;  // of the cell
  constexpr Case kCases[] = {
      {"west part, going on east: stays", 500, kCentre, 0, 0, 0},
      {"west part, back west: leaves", 500, kCentre, 128, -77, 0},
      {"east part, on east: leaves", 700, kCentre, 0, 77, 0},
      {"east part, west: stays", 700, kCentre, 128, 0, 0},
      {"inside, left of the middle, east: stays", kCentre - 1, kCentre, 0, 0, 0},
      {"inside, left of the middle, west: leaves", kCentre - 1, kCentre, 128, -77, 0},
      {"dead centre: either way", kCentre, kCentre, 0, 77, 0},
      {"dead centre: either way", kCentre, kCentre, 192, 0, -77},
      {"north part, south: stays", kCentre, 500, 64, 0, 0},
      {"north part, north: leaves", kCentre, 500, 192, 0, -77},
      {"north-west, diagonally out", 500, 500, 160, -54, -54},
      {"north-west, diagonally in", 500, 500, 32, 0, 0},
      {"north-west, out on one axis only", 500, 500, 96, -54, 0},
  };
  for (const Case& c : kCases) {
    BodyState body{.x_q8 = c.x, .y_q8 = c.y};
    const StepResult result = scene.step(body, c.heading, Gait::run);
    EXPECT_EQ(body.x_q8 - c.x, c.dx) << c.why;
    EXPECT_EQ(body.y_q8 - c.y, c.dy) << c.why;
    EXPECT_TRUE(c.dx != 0 || c.dy != 0 || result.blocked_x || result.blocked_y) << c.why;
  }
}

TEST(Movement, A_body_in_nowhere_stays_in_its_cell) {
  const Scene nowhere({""});
  BodyState body{.x_q8 = 5 * 256 + 128, .y_q8 = 5 * 256 + 128};
  for (int i = 0; i < 20; ++i) nowhere.step(body, 0, Gait::run);
  EXPECT_EQ(body.x_q8, 6 * 256 - 96);
}

TEST(Coast_input, Goes_on_as_the_body_does) {
  struct Case {
    std::uint8_t speed;
    Gait gait;
  };
  for (const Case c : {Case{0, Gait::stand}, {26, Gait::sneak}, {51, Gait::walk}, {77, Gait::run}, {64, Gait::stand}, {255, Gait::stand}}) {
    const Input expected{.heading = 99, .gait = c.gait, .buttons = 0, .aim = 0};
    EXPECT_EQ(coast_input({.heading = 99, .speed = c.speed}), expected) << int{c.speed};
  }
}

TEST(Body_touches, Half_open_cells) {
  const BodyState body{.x_q8 = 256 + 96, .y_q8 = -160};  // x 256 to 447: cell 1; y -256 to -65: cell -1
  EXPECT_TRUE(body_touches(body, {1, -1}));
  EXPECT_FALSE(body_touches(body, {0, -1}));
  EXPECT_FALSE(body_touches(body, {2, -1}));
  EXPECT_FALSE(body_touches(body, {1, -2}));
  EXPECT_FALSE(body_touches(body, {1, 0}));
  EXPECT_TRUE(body_touches({.x_q8 = 256 + 95, .y_q8 = -160}, {0, -1}));
  EXPECT_TRUE(body_touches({.x_q8 = 256 + 161, .y_q8 = -160}, {2, -1}));
  EXPECT_TRUE(body_touches({.x_q8 = 256 + 96, .y_q8 = -95}, {1, 0}));
}

}  // namespace
}  // namespace meridian
