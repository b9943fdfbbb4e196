// Every cell is a function of its own place: a height decides sea, beach, land and mountain; rivers and paths run along the lines where a
// noise of their own is zero, so they go on through every chunk border; woods thin out with another; ruins stand on a jittered grid.
#include "world/chunk/generator.hpp"

#include <algorithm>
#include <cstdlib>
#include <optional>

#include "world/chunk/noise.hpp"
#include "world/chunk/ruins.hpp"

namespace meridian {
namespace {

// Heights in noise units, the sea's level at 0.
constexpr std::int32_t kDeep = -2'600;
constexpr std::int32_t kBeach = 1'500;
constexpr std::int32_t kPlain = 6'000;    // what is higher is hills
constexpr std::int32_t kHills = 12'000;   // pines, bare stone
constexpr std::int32_t kCliffs = 15'500;  // mostly rock

constexpr std::int32_t kLandSpacing = 512;  // blocks between the middles of two lands; the first at (256, 256)
constexpr std::int32_t kLandLift = 15'000;  // how much higher the middle is
constexpr std::int32_t kCalmRadius = 110;   // no hills near the middle: people begin there
constexpr std::int32_t kCalm = 14'000;

// Paths and rivers: the line where layered noise is zero. |noise| / |slope| is about the distance from it in blocks.
struct Line {
  std::int64_t here = 0, slope_x = 0, slope_y = 0;  // slopes over 4 blocks

  bool within_q4(std::int64_t distance_q4) const {  // 1/16 block
    return std::abs(here) <= kNear && here * here * 64 * 64 <= (slope_x * slope_x + slope_y * slope_y) * distance_q4 * distance_q4;
  }
  static constexpr std::int64_t kNear = 4'000;  // further from zero no line passes near by: no slope is so steep
};

struct Cell {
  BlockId floor, active;
};

class Land {
 public:
  Land(std::uint64_t seed, MapId map, const GeneratorKinds& kinds) : kinds_(kinds) {
    // One key a use: layers must not know of each other.
    const std::uint64_t base = place_hash(seed, static_cast<std::int32_t>(kGeneratorVersion), map.value);
    const auto key = [&](std::int32_t use) { return place_hash(base, use, 0); };
    bend_x_ = Noise(key(0), 6);
    bend_y_ = Noise(key(1), 6);
    coast_ = LayeredNoise(key(2), 8, 6);
    hills_ = LayeredNoise(key(3), 7, 5);
    rivers_ = LayeredNoise(key(4), 8, 3);
    paths_ = LayeredNoise(key(5), 8, 3);
    woods_ = LayeredNoise(key(6), 6, 3);
    wetness_ = LayeredNoise(key(7), 6, 4);
    pines_ = Noise(key(8), 5);
    crags_ = LayeredNoise(key(9), 4, 3);
    ruins_key_ = key(10);
    scatter_key_ = key(11);
    thinning_key_ = key(12);
  }

  Cell cell(BlockCoord at) {
    Cell cell = natural(at, height_at(at));
    if (const auto ruin = ruin_near(ruins_key_, at)) build(cell, *ruin, at);
    return cell;
  }

 private:
  std::int32_t height_at(BlockCoord at) {
    // Bent by noise before it is read, or coasts look like soap bubbles.
    const std::int32_t x = at.x + bend_x_.at(at.x, at.y) / 1'500, y = at.y + bend_y_.at(at.x, at.y) / 1'500;
    const std::int32_t dx = (x & (kLandSpacing - 1)) - kLandSpacing / 2, dy = (y & (kLandSpacing - 1)) - kLandSpacing / 2;
    const std::int32_t from_middle_squared = dx * dx + dy * dy;  // at most 2^17

    constexpr std::int32_t kRim = kLandSpacing * kLandSpacing / 4;
    const auto lift = static_cast<std::int32_t>(std::int64_t{kRim - from_middle_squared} * kLandLift / kRim);
    const std::int32_t plain = std::min(coast_.at(x, y) + lift, kPlain);
    if (plain < kBeach) return plain;

    constexpr std::int32_t kQuiet = kCalmRadius * kCalmRadius;
    const std::int32_t calm = kCalm * std::max(kQuiet - from_middle_squared, 0) / kQuiet;
    const std::int32_t relief = std::max(hills_.at(x, y) + 1'500 - calm, 0);
    return plain + static_cast<std::int32_t>(std::int64_t{relief} * plain / kPlain);
  }

  static Line line_at(LayeredNoise& noise, BlockCoord at) {
    Line line{.here = noise.at(at.x, at.y)};
    if (std::abs(line.here) > Line::kNear) return line;
    line.slope_x = noise.at(at.x + 2, at.y) - noise.at(at.x - 2, at.y);
    line.slope_y = noise.at(at.x, at.y + 2) - noise.at(at.x, at.y - 2);
    return line;
  }

  Cell natural(BlockCoord at, std::int32_t height) {
    if (height < kDeep) return {kinds_.deep_water, kAir};
    if (height < 0) return {kinds_.water, kAir};
    const std::int32_t river_q4 =
        height > kHills ? 0 : 20 + (kHills - height) / 240;  // a brook in the hills, 4 blocks to each side at the sea
    if (const Line river = line_at(rivers_, at); river_q4 > 0 && river.within_q4(river_q4 + 16)) {
      if (on_path(at)) return {kinds_.plank_floor, kAir};  // a bridge
      if (!river.within_q4(river_q4)) return {height < kBeach ? kinds_.sand : kinds_.meadow, kAir};
      return {river_q4 > 36 && river.within_q4(river_q4 - 24) ? kinds_.deep_water : kinds_.water, kAir};
    }
    if (height < kBeach) return {kinds_.sand, sparse(at, 1) ? kinds_.rock : kAir};
    if (height < kCliffs && on_path(at)) return {kinds_.dirt, kAir};
    return height < kHills ? lowland(at, height) : highland(at, height);
  }
  bool on_path(BlockCoord at) { return line_at(paths_, at).within_q4(20); }

  Cell lowland(BlockCoord at, std::int32_t height) {
    const std::int32_t woods = woods_.at(at.x, at.y) + 1'000;
    const bool wet = wetness_.at(at.x, at.y) > 3'000;
    if (woods < 3'000) {  // open land
      const bool at_the_edge = woods > 1'200;
      if (sparse(at, at_the_edge ? 12 : 2)) return {kinds_.grass, kinds_.bush};
      if (height > kPlain && sparse(at, 2)) return {kinds_.grass, kinds_.rock};
      return {wet ? kinds_.meadow : kinds_.grass, !wet && sparse(at, 5) ? kinds_.tree : kAir};
    }
    const bool pines = height + pines_.at(at.x, at.y) / 2 > kPlain + 1'000;
    const auto percent = static_cast<std::uint32_t>(std::clamp(woods / 150, 20, 60));
    const BlockId floor =
        woods > 7'000 + static_cast<std::int32_t>(place_hash(scatter_key_, at.y, at.x) % 6'000) ? kinds_.dirt : kinds_.grass;
    return {floor, stands_alone(at, percent) ? (pines ? kinds_.pine : kinds_.tree) : kAir};
  }

  Cell highland(BlockCoord at, std::int32_t height) {
    const std::int32_t crags = crags_.at(at.x, at.y) + (height - kCliffs) * 2;
    if (crags > 3'000) return {kinds_.stone_floor, kinds_.rock};
    if (height > kHills + 1'200 || crags > -6'000) return {kinds_.stone_floor, sparse(at, 4) ? kinds_.rock : kAir};
    return {kinds_.grass, stands_alone(at, 25) ? kinds_.pine : kAir};
  }

  std::uint32_t chance_at(BlockCoord at) const { return static_cast<std::uint32_t>(place_hash(thinning_key_, at.x, at.y) % 1'000); }
  bool sparse(BlockCoord at, std::uint32_t percent) const {
    return place_hash(scatter_key_, at.x, at.y) % 100 < percent && stands_alone(at, 100);
  }
  // Trees keep a cell between them to each side, so that a wood can be walked through.
  bool stands_alone(BlockCoord at, std::uint32_t percent) const {
    const std::uint32_t mine = chance_at(at);
    return mine < percent * 10 && mine < chance_at({at.x - 1, at.y}) && mine < chance_at({at.x + 1, at.y}) &&
           mine < chance_at({at.x, at.y - 1}) && mine < chance_at({at.x, at.y + 1});
  }

  // A ruin stands on dry, fairly flat ground or not at all.
  void build(Cell& cell, const Ruin& ruin, BlockCoord at) {
    const RuinPart part = ruin_part(ruin, at);
    if (part == RuinPart::none) return;
    for (const std::int32_t side_x : {-1, 0, 1}) {
      for (const std::int32_t side_y : {-1, 0, 1}) {
        const BlockCoord corner{ruin.centre.x + side_x * ruin.half_width, ruin.centre.y + side_y * ruin.half_height};
        const std::int32_t height = height_at(corner);
        if (height < kBeach || height > kCliffs || line_at(rivers_, corner).within_q4(80)) return;
      }
    }
    cell.floor = part == RuinPart::planks ? kinds_.plank_floor : kinds_.stone_floor;
    cell.active = part == RuinPart::wall ? kinds_.wall : kAir;
  }

  const GeneratorKinds& kinds_;
  Noise bend_x_, bend_y_, pines_;
  LayeredNoise coast_, hills_, rivers_, paths_, woods_, wetness_, crags_;
  std::uint64_t ruins_key_, scatter_key_, thinning_key_;
};

}  // namespace

void Generator::fill(ChunkCoord at, Chunk& chunk) const {
  Land land(seed_, at.map, kinds_);
  for (std::uint16_t i = 0; i < kCellsPerLayer; ++i) {
    const Cell cell = land.cell(block_at(at, i));
    chunk.cells[static_cast<std::size_t>(Layer::floor)][i] = cell.floor;
    chunk.cells[static_cast<std::size_t>(Layer::active)][i] = cell.active;
    chunk.cells[static_cast<std::size_t>(Layer::ceiling)][i] = kAir;
  }
}

}  // namespace meridian
