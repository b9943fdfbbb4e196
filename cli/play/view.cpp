#include "cli/play/view.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <fmt/format.h>

#include "world/motion/movement.hpp"

namespace meridian {
namespace {

constexpr int kColumnsPerBlock = 2;  // a character is about twice as high as wide
constexpr int kRowsBelow = 2;
constexpr std::size_t kNumberKeys = 9;

constexpr Rgb kUnknown{14, 14, 18};  // nothing held of that place
constexpr Rgb kInk{214, 214, 206}, kFaint{128, 130, 140}, kPanel{24, 26, 34}, kNotice{58, 50, 20};
constexpr Rgb kBlack{0, 0, 0}, kSelf{255, 255, 255}, kSelfGround{160, 30, 80};
// Okabe and Ito, "Color universal design" (2008): told apart with every common kind of colour blindness.
constexpr std::array<Rgb, 6> kPlayers = {Rgb{230, 159, 0}, {86, 180, 233}, {240, 228, 66}, {204, 121, 167}, {213, 94, 0}, {0, 158, 115}};

Rgb mix(Rgb a, Rgb b, int b_percent) {
  const auto one = [b_percent](int x, int y) { return static_cast<std::uint8_t>(x + (y - x) * b_percent / 100); };
  return {one(a.r, b.r), one(a.g, b.g), one(a.b, b.b)};
}

// The same for a place at every look, unlike for its neighbours (a xor-shift of the coordinates).
std::uint32_t grain(BlockCoord at) {
  std::uint32_t h = static_cast<std::uint32_t>(at.x) * 0x9E3779B1u ^ static_cast<std::uint32_t>(at.y) * 0x85EBCA77u;
  h ^= h >> 15;
  h *= 0x2C1B3C6Du;
  return h ^ (h >> 13);
}

// Which block lies where on the canvas: the player's stands in the middle.
struct Camera {
  BlockCoord middle;
  int middle_column, middle_row, rows;
  int column(std::int32_t x) const { return middle_column + (x - middle.x) * kColumnsPerBlock; }
  int row(std::int32_t y) const { return middle_row + (y - middle.y); }
};

struct Brush {
  Canvas& canvas;
  const Camera& camera;
  void block(BlockCoord at, const Cell& left, const Cell& right) const {
    if (camera.row(at.y) < 0 || camera.row(at.y) >= camera.rows) return;
    canvas.put(camera.column(at.x), camera.row(at.y), left);
    canvas.put(camera.column(at.x) + 1, camera.row(at.y), right);
  }
};

const BlockKind* kind_at(const PlayView& view, BlockCoord at, Layer layer) {
  const BlockId id = view.chunks->block(view.self->map, at, layer);
  return id != kAir && view.kinds->known(id) ? &view.kinds->of(id) : nullptr;
}

// The floor's colour, a shade lighter or darker from cell to cell, so that one sees oneself move.
Rgb ground(const PlayView& view, BlockCoord at) {
  const BlockKind* floor = kind_at(view, at, Layer::floor);
  if (floor == nullptr) return kUnknown;
  const std::uint32_t shade = grain(at) % 3;
  return shade == 0 ? floor->background : mix(floor->background, shade == 1 ? kBlack : kSelf, 4);
}

void draw_block(const PlayView& view, const Brush& brush, BlockCoord at) {
  Cell left{.glyph = U' ', .color = kInk, .background = ground(view, at), .bold = false};
  Cell right = left;
  if (const BlockKind* active = kind_at(view, at, Layer::active)) {
    left.glyph = active->glyph;
    left.color = active->color;
    if (active->solid) {  // what stops a body stands in its own shadow: told from the rest by brightness, not by colour alone
      left.bold = true;
      left.background = mix(left.background, kBlack, 45);
    }
    right = left;
  } else if (const BlockKind* floor = kind_at(view, at, Layer::floor); floor && grain(at) % 5 == 0) {
    // A glyph here and there says what the ground is; one in every cell would be noise.
    Cell& mark = grain(at) % 2 == 0 ? left : right;
    mark.glyph = floor->glyph;
    mark.color = mix(floor->background, floor->color, 60);
  }
  brush.block(at, left, right);
}

// An edit of ours that nobody has confirmed: faint, and a dot where there is nothing that could be.
void fade_pending(const PlayView& view, const Brush& brush) {
  for (const BlockPlace& place : view.pending) {
    if (place.map != view.self->map) continue;
    Cell faint{.glyph = U'\u00B7', .color = kFaint, .background = ground(view, place.at), .bold = false};
    if (const BlockKind* kind = kind_at(view, place.at, place.layer)) {
      if (place.layer == Layer::active) faint.glyph = kind->glyph;
      faint.color = mix(faint.background, kind->color, 45);
    }
    brush.block(place.at, faint, faint);
  }
}

char32_t arrow(std::uint8_t heading) {
  constexpr std::array<char32_t, 4> kArrows = {U'\u25B8', U'\u25BE', U'\u25C2', U'\u25B4'};  // east, south, west, north
  return kArrows[static_cast<std::uint8_t>(heading + 32) / 64];
}

BlockCoord block_of(double x, double y) { return {static_cast<std::int32_t>(std::floor(x)), static_cast<std::int32_t>(std::floor(y))}; }

void draw_people(const PlayView& view, const Brush& brush) {
  for (const EntityView& other : view.others) {
    if (other.id == view.self->id) continue;
    const BlockCoord at = block_of(other.x, other.y);
    const Rgb color = other.stale ? kFaint : kPlayers[other.id.counter() % kPlayers.size()];
    const Cell left{.glyph = U'@', .color = kBlack, .background = color, .bold = true};
    Cell right = left;
    right.glyph = arrow(other.heading);
    brush.block(at, left, right);
  }
  const BodyState& body = view.self->body;
  const Cell left{.glyph = U'@', .color = kSelf, .background = kSelfGround, .bold = true};
  Cell right = left;
  right.glyph = arrow(body.heading);
  brush.block(brush.camera.middle, left, right);

  const BlockCoord faced = faced_cell(body);
  const Rgb back = mix(ground(view, faced), kSelf, 15);
  brush.block(faced, {.glyph = U'[', .color = kSelf, .background = back, .bold = true},
              {.glyph = U']', .color = kSelf, .background = back, .bold = true});
}

void draw_map(const PlayView& view, Canvas& canvas, int rows) {
  const Camera camera{.middle = block_of(view.self->shown_x, view.self->shown_y),
                      .middle_column = canvas.width() / 2 - canvas.width() / 2 % kColumnsPerBlock,
                      .middle_row = rows / 2,
                      .rows = rows};
  const Brush brush{canvas, camera};
  const std::int32_t blocks_aside = canvas.width() / kColumnsPerBlock / 2 + 1;
  for (std::int32_t y = camera.middle.y - camera.middle_row; camera.row(y) < rows; ++y)
    for (std::int32_t x = camera.middle.x - blocks_aside; x <= camera.middle.x + blocks_aside; ++x) draw_block(view, brush, {x, y});
  fade_pending(view, brush);
  draw_people(view, brush);
}

std::string readable(std::string name) {
  std::replace(name.begin(), name.end(), '_', ' ');
  return name;
}

void draw_hotbar(const PlayView& view, Canvas& canvas, int y) {
  const Cell plain{.glyph = U' ', .color = kInk, .background = kPanel, .bold = false};
  const Cell key{.glyph = U' ', .color = kFaint, .background = kPanel, .bold = false};
  const Cell chosen{.glyph = U' ', .color = kBlack, .background = kInk, .bold = true};
  canvas.fill_row(y, plain);
  int x = 1;
  for (std::size_t i = 0; i < std::min(view.placeable.size(), kNumberKeys); ++i) {
    const BlockKind& kind = view.kinds->of(view.placeable[i]);
    const bool is_chosen = i == view.chosen;
    x = canvas.text(x, y, fmt::format("{}", i + 1), is_chosen ? chosen : key);
    canvas.put(x++, y, {.glyph = kind.glyph, .color = kind.color, .background = kPanel, .bold = true});
    if (is_chosen) x = canvas.text(x, y, readable(kind.name), chosen);
    x += 2;
  }
  if (view.self == nullptr) return;
  const BlockCoord faced = faced_cell(view.self->body);
  const BlockKind* kind = kind_at(view, faced, Layer::active);
  if (kind == nullptr) kind = kind_at(view, faced, Layer::floor);
  const std::string ahead = fmt::format("[ ] {} ", kind ? readable(kind->name) : "nothing");
  canvas.text(canvas.width() - static_cast<int>(ahead.size()), y, ahead, plain);
}

void draw_status(const PlayView& view, Canvas& canvas, int y) {
  const Cell plain{.glyph = U' ', .color = kFaint, .background = kBlack, .bold = false};
  canvas.fill_row(y, plain);
  std::string line = fmt::format(" rtt {:.0f} ms | corrected {}", view.stats.rtt_ms, view.stats.corrections);
  if (view.stats.corrections_without_cause != 0) line += fmt::format(" ({} without a cause)", view.stats.corrections_without_cause);
  line += fmt::format(" | {} | {}", name(view.stats.verdict), name(view.stats.link));
  if (!view.last_refusal.empty()) line += " | " + view.last_refusal;
  canvas.text(0, y, line, plain);
}

}  // namespace

void draw_play(const PlayView& view, Canvas& canvas) {
  const int rows = canvas.height() - kRowsBelow;
  if (view.self != nullptr) draw_map(view, canvas, rows);
  draw_hotbar(view, canvas, rows);
  draw_status(view, canvas, rows + 1);
  const Cell strip{.glyph = U' ', .color = kInk, .background = kNotice, .bold = false};
  int row = rows;
  for (const std::string& message : {view.link, view.notice}) {
    if (message.empty()) continue;
    canvas.fill_row(--row, strip);
    canvas.text(1, row, message, strip);
  }
}

BlockCoord faced_cell(const BodyState& body) {
  constexpr std::array<BlockCoord, 4> kAhead = {BlockCoord{1, 0}, {0, 1}, {-1, 0}, {0, -1}};
  const BlockCoord ahead = kAhead[static_cast<std::uint8_t>(body.heading + 32) / 64];
  BlockCoord cell{body.x_q8 >> 8, body.y_q8 >> 8};
  do {
    cell.x += ahead.x;
    cell.y += ahead.y;
  } while (body_touches(body, cell));
  return cell;
}

std::vector<BlockId> placeable_kinds(const BlockKinds& kinds) {
  std::vector<BlockId> found;
  for (std::size_t i = 1; i < kinds.size(); ++i) {
    const BlockId id{static_cast<std::uint16_t>(i)};
    if (kinds.of(id).placeable) found.push_back(id);
  }
  return found;
}

}  // namespace meridian
