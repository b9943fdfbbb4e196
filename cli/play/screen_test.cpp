#include "cli/play/screen.hpp"

#include <gtest/gtest.h>

namespace meridian {
namespace {

TEST(Screen, Draws_a_new_picture_whole_and_then_only_what_changed) {
  Screen screen(Colors::truecolor);
  Canvas canvas(3, 2);
  canvas.put(1, 0, {.glyph = U'@', .color = {1, 2, 3}, .background = {4, 5, 6}, .bold = true});
  const std::string first(screen.draw(canvas));
  EXPECT_NE(first.find("\x1b[2J"), std::string::npos);
  EXPECT_NE(first.find("\x1b[1;38;2;1;2;3;48;2;4;5;6m@"), std::string::npos);
  EXPECT_EQ(screen.draw(canvas), "");

  canvas.put(2, 1, {.glyph = U'\u2663', .color = {7, 8, 9}, .background = {}, .bold = false});
  EXPECT_EQ(screen.draw(canvas), "\x1b[2;3H\x1b[22;38;2;7;8;9;48;2;0;0;0m\u2663\x1b[0m");
}

TEST(Screen, Neighbours_of_one_style_share_its_escape_and_need_no_cursor) {
  Screen screen(Colors::truecolor);
  Canvas canvas(8, 1);
  screen.draw(canvas);
  canvas.text(2, 0, "abc", {.color = {9, 9, 9}});
  EXPECT_EQ(screen.draw(canvas), "\x1b[1;3H\x1b[22;38;2;9;9;9;48;2;0;0;0mabc\x1b[0m");
}

TEST(Screen, Draws_whole_after_a_resize_and_after_forgetting) {
  Screen screen(Colors::ansi8);
  screen.draw(Canvas(4, 2));
  EXPECT_NE(screen.draw(Canvas(5, 2)).find("\x1b[2J"), std::string::npos);
  screen.forget();
  EXPECT_NE(screen.draw(Canvas(5, 2)).find("\x1b[2J"), std::string::npos);
}

TEST(Screen, A_glyph_stays_visible_where_eight_colours_make_it_one_with_its_background) {
  Screen screen(Colors::ansi8);
  Canvas canvas(1, 1);
  canvas.put(0, 0, {.glyph = U'"', .color = {40, 160, 40}, .background = {20, 140, 20}});
  EXPECT_NE(screen.draw(canvas).find("\x1b[22;37;42m\""), std::string::npos);
}

TEST(Canvas, Cuts_text_at_the_edge_and_ignores_what_lies_outside) {
  Canvas canvas(5, 1);
  EXPECT_EQ(canvas.text(3, 0, "abc", {}), 6);
  canvas.put(-1, 0, {.glyph = U'!'});
  canvas.put(0, 1, {.glyph = U'!'});
  EXPECT_EQ(canvas.row(0), "   ab");
}

TEST(Canvas, Lets_no_control_character_or_broken_UTF8_through_to_the_terminal) {
  Canvas canvas(20, 1);
  canvas.text(0, 0, "a\x1b[2Jb\xff\xc3z\x7f\xc2\x9b\xe2\x99\xa3\xe2\x99", {});
  EXPECT_EQ(canvas.row(0), "a?[2Jb??z??\u2663??");
}

TEST(Colours, Come_from_what_the_terminal_says_of_itself) {
  EXPECT_EQ(colors_of("truecolor", "xterm"), Colors::truecolor);
  EXPECT_EQ(colors_of("24bit", nullptr), Colors::truecolor);
  EXPECT_EQ(colors_of(nullptr, "screen-256color"), Colors::palette256);
  EXPECT_EQ(colors_of("", "linux"), Colors::ansi8);
  EXPECT_EQ(colors_of(nullptr, nullptr), Colors::ansi8);
}

TEST(Colours, Are_matched_to_the_nearest_of_a_palette) {
  const std::pair<Rgb, int> of_256[] = {{{0, 0, 0}, 16},      {{255, 255, 255}, 231}, {{255, 0, 0}, 196},
                                        {{95, 135, 175}, 67}, {{128, 128, 128}, 244}, {{8, 8, 8}, 232}};
  for (const auto& [color, index] : of_256) EXPECT_EQ(nearest_256(color), index);
  const std::pair<Rgb, int> of_8[] = {{{5, 5, 5}, 0},      {{200, 30, 30}, 1}, {{30, 120, 40}, 2},
                                      {{180, 170, 20}, 3}, {{20, 40, 140}, 4}, {{230, 230, 220}, 7}};
  for (const auto& [color, index] : of_8) EXPECT_EQ(nearest_8(color), index);
}

}  // namespace
}  // namespace meridian
