// A picture of coloured characters, and the bytes that bring a terminal from the last picture to the next: only what changed. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "world/chunk/block_kinds.hpp"

namespace meridian {

struct Cell {
  char32_t glyph = U' ';  // one column wide
  Rgb color{0xD0, 0xD0, 0xD0};
  Rgb background{0, 0, 0};
  bool bold = false;
  friend bool operator==(const Cell&, const Cell&) = default;
};

class Canvas {
 public:
  Canvas() = default;
  Canvas(int width, int height) : width_(width), height_(height), cells_(static_cast<std::size_t>(width * height)) {}
  int width() const { return width_; }
  int height() const { return height_; }
  const Cell& at(int x, int y) const {
    return cells_[static_cast<std::size_t>(y) * static_cast<std::size_t>(width_) + static_cast<std::size_t>(x)];
  }
  // Outside the picture nothing happens.
  void put(int x, int y, const Cell& cell);
  // UTF-8, cut off at the edge. `style` gives colours. Returns the column after it.
  int text(int x, int y, std::string_view utf8, const Cell& style);
  void fill_row(int y, const Cell& cell);
  // A row as plain UTF-8 without trailing blanks: for tests.
  std::string row(int y) const;

 private:
  int width_ = 0, height_ = 0;
  std::vector<Cell> cells_;
};

enum class Colors : std::uint8_t { truecolor, palette256, ansi8 };
// From COLORTERM and TERM (nullptr = not set).
Colors colors_of(const char* colorterm, const char* term);
std::uint8_t nearest_256(Rgb color);  // of the 6 x 6 x 6 cube and the greys
std::uint8_t nearest_8(Rgb color);

class Screen {
 public:
  explicit Screen(Colors colors) : colors_(colors) {}
  // Empty when nothing changed. A picture of another size is drawn whole. Valid until the next call.
  std::string_view draw(const Canvas& next);
  // The next picture is drawn whole: the terminal may show anything.
  void forget() { shown_ = Canvas(); }

 private:
  void style(const Cell& cell);
  Colors colors_;
  Canvas shown_;
  std::string bytes_;
};

}  // namespace meridian
