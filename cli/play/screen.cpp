#include "cli/play/screen.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <iterator>

namespace meridian {
namespace {

void append_utf8(std::string& out, char32_t c) {
  if (c < 0x80) {
    out += static_cast<char>(c);
  } else if (c < 0x800) {
    out += static_cast<char>(0xC0 | (c >> 6));
    out += static_cast<char>(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    out += static_cast<char>(0xE0 | (c >> 12));
    out += static_cast<char>(0x80 | ((c >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (c & 0x3F));
  } else {
    out += static_cast<char>(0xF0 | (c >> 18));
    out += static_cast<char>(0x80 | ((c >> 12) & 0x3F));
    out += static_cast<char>(0x80 | ((c >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (c & 0x3F));
  }
}

// The next character; '?' for a byte that is none (the text may come from a node). Control characters never reach the terminal.
char32_t take_utf8(std::string_view& text) {
  const auto byte = [&text](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const std::uint8_t first = byte(0);
  const std::size_t length = first < 0x80 ? 1 : first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : first >= 0xC0 ? 2 : 0;
  char32_t c = length == 1 ? first : first & (0xFF >> (length + 1));
  bool good = length != 0 && length <= text.size();
  for (std::size_t i = 1; good && i < length; ++i) {
    good = (byte(i) & 0xC0) == 0x80;
    c = (c << 6) | (byte(i) & 0x3F);
  }
  text.remove_prefix(good ? length : 1);
  const bool control = c < 0x20 || (c >= 0x7F && c < 0xA0);
  return good && !control ? c : U'?';
}

int distance(Rgb a, Rgb b) {
  const int r = a.r - b.r, g = a.g - b.g, blue = a.b - b.b;
  return 3 * r * r + 6 * g * g + blue * blue;  // about how much the eye weighs them
}

}  // namespace

void Canvas::put(int x, int y, const Cell& cell) {
  if (x >= 0 && y >= 0 && x < width_ && y < height_)
    cells_[static_cast<std::size_t>(y) * static_cast<std::size_t>(width_) + static_cast<std::size_t>(x)] = cell;
}

int Canvas::text(int x, int y, std::string_view utf8, const Cell& style) {
  while (!utf8.empty()) {
    Cell cell = style;
    cell.glyph = take_utf8(utf8);
    put(x++, y, cell);
  }
  return x;
}

void Canvas::fill_row(int y, const Cell& cell) {
  for (int x = 0; x < width_; ++x) put(x, y, cell);
}

std::string Canvas::row(int y) const {
  std::string out;
  for (int x = 0; x < width_; ++x) append_utf8(out, at(x, y).glyph);
  out.erase(out.find_last_not_of(' ') + 1);
  return out;
}

Colors colors_of(const char* colorterm, const char* term) {
  const std::string_view depth = colorterm ? colorterm : "", kind = term ? term : "";
  if (depth == "truecolor" || depth == "24bit") return Colors::truecolor;
  return kind.find("256color") != std::string_view::npos ? Colors::palette256 : Colors::ansi8;
}

std::uint8_t nearest_256(Rgb color) {
  constexpr std::array<int, 6> kSteps = {0, 95, 135, 175, 215, 255};
  const auto step = [&kSteps](int v) {
    return std::min_element(kSteps.begin(), kSteps.end(), [v](int a, int b) { return std::abs(a - v) < std::abs(b - v); }) - kSteps.begin();
  };
  const auto r = step(color.r), g = step(color.g), b = step(color.b);
  const auto at = [&kSteps](std::ptrdiff_t i) { return static_cast<std::uint8_t>(kSteps[static_cast<std::size_t>(i)]); };
  const int grey = std::clamp(((color.r + color.g + color.b) / 3 - 3) / 10, 0, 23);  // 232 + n is the grey 8 + 10 n
  const auto level = static_cast<std::uint8_t>(8 + 10 * grey);
  if (distance(color, {level, level, level}) < distance(color, {at(r), at(g), at(b)})) return static_cast<std::uint8_t>(232 + grey);
  return static_cast<std::uint8_t>(16 + 36 * r + 6 * g + b);
}

std::uint8_t nearest_8(Rgb color) {
  constexpr Rgb kPalette[] = {{0, 0, 0},   {170, 0, 0},   {0, 170, 0},   {170, 170, 0},
                              {0, 0, 170}, {170, 0, 170}, {0, 170, 170}, {200, 200, 200}};
  return static_cast<std::uint8_t>(std::min_element(std::begin(kPalette), std::end(kPalette),
                                                    [color](Rgb a, Rgb b) { return distance(a, color) < distance(b, color); }) -
                                   std::begin(kPalette));
}

std::string_view Screen::draw(const Canvas& next) {
  bytes_.clear();
  const bool whole = shown_.width() != next.width() || shown_.height() != next.height();
  if (whole) bytes_ += "\x1b[0m\x1b[2J";
  Cell styled;
  bool any_style = false;
  for (int y = 0; y < next.height(); ++y) {
    int cursor = -1;  // the column where the terminal would write next in this row; -1: elsewhere
    for (int x = 0; x < next.width(); ++x) {
      const Cell& cell = next.at(x, y);
      if (!whole && cell == shown_.at(x, y)) continue;
      if (cursor != x) fmt::format_to(std::back_inserter(bytes_), "\x1b[{};{}H", y + 1, x + 1);
      if (!any_style || cell.color != styled.color || cell.background != styled.background || cell.bold != styled.bold) style(cell);
      styled = cell;
      any_style = true;
      append_utf8(bytes_, cell.glyph);
      cursor = x + 1;
    }
  }
  if (any_style) bytes_ += "\x1b[0m";
  shown_ = next;
  return bytes_;
}

void Screen::style(const Cell& cell) {
  const auto out = std::back_inserter(bytes_);
  const Rgb f = cell.color, b = cell.background;
  const int weight = cell.bold ? 1 : 22;
  switch (colors_) {
    case Colors::truecolor: fmt::format_to(out, "\x1b[{};38;2;{};{};{};48;2;{};{};{}m", weight, f.r, f.g, f.b, b.r, b.g, b.b); break;
    case Colors::palette256: fmt::format_to(out, "\x1b[{};38;5;{};48;5;{}m", weight, nearest_256(f), nearest_256(b)); break;
    case Colors::ansi8: {
      const int back = nearest_8(b), front = nearest_8(f);
      // A glyph of its background's colour would be lost: white on dark, black on light.
      const int readable = front != back ? front : (b.r + b.g + b.b > 380 ? 0 : 7);
      fmt::format_to(out, "\x1b[{};{};{}m", weight, 30 + readable, 40 + back);
      break;
    }
  }
}

}  // namespace meridian
