#include "cli/play/view.hpp"

#include <gtest/gtest.h>

namespace meridian {
namespace {

constexpr BlockId kGrass{1}, kTree{2};

struct Scene {
  BlockKinds kinds;
  Chunks chunks;
  SelfView self;
  std::vector<EntityView> others;
  std::vector<BlockId> placeable;
  PlayView view;
  Canvas canvas{40, 12};  // a map of 20 x 10 blocks

  Scene() {
    BlockKind grass, tree, plank;
    grass.name = "grass", grass.layer = Layer::floor, grass.glyph = U',', grass.color = {60, 160, 60}, grass.background = {20, 60, 20};
    tree.name = "oak_tree", tree.solid = true, tree.glyph = U'T', tree.color = {90, 200, 90};
    plank.name = "plank_wall", plank.solid = true, plank.placeable = true, plank.glyph = U'#', plank.color = {200, 150, 90};
    kinds = BlockKinds({grass, tree, plank});
    for (std::int32_t y = 0; y < 2; ++y)
      for (std::int32_t x = 0; x < 2; ++x) chunks.load({MapId{}, x, y}).cells[0].fill(kGrass);
    self.body.x_q8 = 20 * 256 + 128, self.body.y_q8 = 20 * 256 + 128;
    self.shown_x = self.shown_y = 20.5;
    self.id = EntityId::make({1}, 1);
    placeable = placeable_kinds(kinds);
    view.chunks = &chunks, view.kinds = &kinds, view.self = &self, view.placeable = placeable;
  }
  void draw() {
    view.others = others;
    canvas = Canvas(40, 12);
    draw_play(view, canvas);
  }
  // The two characters of a block, and its background; the player at (20, 20) is drawn at column 20, row 5.
  std::u32string block(std::int32_t x, std::int32_t y) const { return {left(x, y).glyph, canvas.at(21 + (x - 20) * 2, 5 + y - 20).glyph}; }
  const Cell& left(std::int32_t x, std::int32_t y) const { return canvas.at(20 + (x - 20) * 2, 5 + y - 20); }
};

TEST(Play_view, Puts_the_player_in_the_middle_facing_a_marked_cell) {
  Scene scene;
  scene.self.body.heading = 64;
  scene.draw();
  EXPECT_EQ(scene.block(20, 20), U"@\u25BE");
  EXPECT_EQ(scene.block(20, 21), U"[]");
}

TEST(Play_view, Shows_blocks_in_the_colours_of_the_content_and_the_ground_under_them) {
  Scene scene;
  scene.chunks.write({MapId{}, {17, 18}, Layer::active}, kTree);
  scene.draw();
  EXPECT_EQ(scene.block(17, 18), U"TT");
  EXPECT_EQ(scene.left(17, 18).color, (Rgb{90, 200, 90}));
  const Rgb free = scene.left(16, 18).background, under_tree = scene.left(17, 18).background;
  EXPECT_NEAR(free.g, 60, 8);            // a shade of the grass
  EXPECT_LT(under_tree.g, free.g - 15);  // solid: in its own shadow
  EXPECT_EQ(scene.left(17, 18).bold, true);
}

TEST(Play_view, Leaves_what_it_does_not_know_dark) {
  Scene scene;
  scene.self.body.x_q8 = 256, scene.self.shown_x = 1.5;
  scene.draw();
  EXPECT_EQ(scene.canvas.at(0, 5).background, (Rgb{14, 14, 18}));
}

TEST(Play_view, Shows_others_where_they_are_each_in_a_colour_of_its_own_and_the_lost_ones_grey) {
  Scene scene;
  scene.others = {{.id = EntityId::make({1}, 2), .kind = EntityKind::player, .look = {}, .x = 22.9, .y = 19.1, .heading = 128},
                  {.id = EntityId::make({1}, 3), .kind = EntityKind::player, .look = {}, .x = 18, .y = 19.1},
                  {.id = EntityId::make({1}, 4), .kind = EntityKind::player, .look = {}, .x = 16, .y = 19.1, .stale = true},
                  {.id = scene.self.id, .kind = EntityKind::player, .look = {}, .x = 12, .y = 19.1},
                  {.id = EntityId::make({1}, 5), .kind = EntityKind::player, .look = {}, .x = -900, .y = 9'999}};
  scene.draw();
  EXPECT_EQ(scene.block(22, 19), U"@\u25C2");
  EXPECT_EQ(scene.block(18, 19), U"@\u25B8");
  EXPECT_NE(scene.left(22, 19).background, scene.left(18, 19).background);
  EXPECT_EQ(scene.left(16, 19).background, (Rgb{128, 130, 140}));
  EXPECT_NE(scene.left(12, 19).glyph, U'@');  // oneself is drawn once, where one is
}

TEST(Play_view, Tells_figures_blocks_and_the_last_refusal_in_its_lowest_rows) {
  Scene scene;
  scene.canvas = Canvas(100, 12);
  scene.view.stats.rtt_ms = 41.6;
  scene.view.stats.corrections = 3;
  scene.view.stats.corrections_without_cause = 1;
  scene.view.last_refusal = "place: out of reach";
  draw_play(scene.view, scene.canvas);
  EXPECT_EQ(scene.canvas.row(11), " rtt 42 ms | corrected 3 (1 without a cause) | matched | idle | place: out of reach");
  EXPECT_TRUE(scene.canvas.row(10).starts_with(" 1#plank wall ")) << scene.canvas.row(10);
  EXPECT_TRUE(scene.canvas.row(10).ends_with("[ ] grass"));
  scene.chunks.write({MapId{}, {21, 20}, Layer::active}, kTree);
  scene.view.stats.corrections_without_cause = 0;
  draw_play(scene.view, scene.canvas);
  EXPECT_EQ(scene.canvas.row(11), " rtt 42 ms | corrected 3 | matched | idle | place: out of reach");
  EXPECT_TRUE(scene.canvas.row(10).ends_with("[ ] oak tree"));
}

TEST(Play_view, Says_its_message_also_when_nobody_is_in_the_world) {
  Scene scene;
  scene.view.self = nullptr;
  scene.view.link = "no answer in 10 s";
  scene.draw();
  EXPECT_EQ(scene.canvas.row(9), " no answer in 10 s");
  EXPECT_EQ(scene.canvas.row(3), "");
}

TEST(Play_view, Shows_a_notice_beside_what_is_wrong_with_the_link) {
  Scene scene;
  scene.view.link = "connecting ...";
  scene.view.notice = "taken back";
  scene.draw();
  EXPECT_EQ(scene.canvas.row(9), " connecting ...");
  EXPECT_EQ(scene.canvas.row(8), " taken back");
  scene.view.link = "";
  scene.draw();
  EXPECT_EQ(scene.canvas.row(9), " taken back");
}

TEST(Play_view, Draws_own_edits_without_an_answer_faint) {
  Scene scene;
  scene.chunks.write({MapId{}, {17, 18}, Layer::active}, kTree);
  scene.chunks.write({MapId{}, {18, 18}, Layer::active}, kTree);
  const std::vector<BlockPlace> pending = {{MapId{}, {18, 18}, Layer::active}, {MapId{}, {23, 18}, Layer::active}};
  scene.view.pending = pending;
  scene.draw();
  EXPECT_EQ(scene.block(18, 18), U"TT");
  EXPECT_TRUE(scene.left(17, 18).bold);
  EXPECT_FALSE(scene.left(18, 18).bold);
  EXPECT_LT(scene.left(18, 18).color.g, scene.left(17, 18).color.g - 50);
  EXPECT_EQ(scene.block(23, 18), U"\u00B7\u00B7") << "broken: nothing is left to be faint";
}

TEST(Play_view, Keeps_people_trees_and_ground_apart_in_256_and_in_8_colours) {
  Scene scene;
  scene.chunks.write({MapId{}, {17, 18}, Layer::active}, kTree);
  scene.others = {{.id = EntityId::make({1}, 2), .kind = EntityKind::player, .look = {}, .x = 22, .y = 19, .heading = 128}};
  scene.draw();
  struct Row {
    Colors colors;
    const char *self, *other, *tree;  // glyph and style
  };
  for (const Row& row : {Row{Colors::palette256, "[1;38;5;231;48;5;125m@", "[1;38;5;16;48;5;221m@", "[1;38;5;77;48;5;233mTT"},
                         Row{Colors::ansi8, "[1;37;41m@", "[1;30;47m@", "[1;33;40mTT"}}) {
    Screen screen(row.colors);
    const std::string bytes(screen.draw(scene.canvas));
    for (const char* glyph : {row.self, row.other, row.tree}) EXPECT_TRUE(bytes.contains(glyph)) << glyph;
    EXPECT_FALSE(bytes.contains("38;2;")) << "no colour that such a terminal does not have";
  }
}

TEST(Play_view, Draws_into_a_terminal_too_small_for_anything) {
  Scene scene;
  scene.view.link = scene.view.notice = "hello";
  for (const auto& [width, height] : {std::pair{1, 1}, {2, 3}, {7, 2}}) {
    Canvas canvas(width, height);
    draw_play(scene.view, canvas);
    EXPECT_EQ(canvas.width(), width);
  }
}

struct FacedCase {
  const char* name;
  std::int32_t x_q8, y_q8;
  std::uint8_t heading;
  BlockCoord cell;
};

TEST(Faced_cell, Is_the_first_one_ahead_that_the_body_does_not_touch) {
  const FacedCase cases[] = {
      {"east of the middle", 10 * 256 + 128, 10 * 256 + 128, 0, {11, 10}},
      {"south", 10 * 256 + 128, 10 * 256 + 128, 64, {10, 11}},
      {"west", 10 * 256 + 128, 10 * 256 + 128, 128, {9, 10}},
      {"north", 10 * 256 + 128, 10 * 256 + 128, 192, {10, 9}},
      {"nearly south counts as south", 10 * 256 + 128, 10 * 256 + 128, 64 + 31, {10, 11}},
      {"reaching over the edge: the cell behind it", 10 * 256 + 200, 10 * 256 + 128, 0, {12, 10}},
      {"flush with the edge: the cell itself", 10 * 256 + 160, 10 * 256 + 128, 0, {11, 10}},
      {"left of nought", -1 * 256 + 128, 128, 128, {-2, 0}},
  };
  for (const FacedCase& c : cases) {
    BodyState body;
    body.x_q8 = c.x_q8, body.y_q8 = c.y_q8, body.heading = c.heading;
    EXPECT_EQ(faced_cell(body), c.cell) << c.name;
  }
}

}  // namespace
}  // namespace meridian
