// Every cell is a function of its own place: a height decides sea, beach, land and mountain; rivers and paths run along the lines where a
// noise of their own is zero, so they go on through every chunk border; woods thin out with another; ruins stand on a jittered grid.
#include "world/chunk/generator.hpp"

#include <algorithm>
#include <array>
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

// One key a use: layers must not know of each other.
enum Use : std::size_t { bend_x, bend_y, coast, hills, rivers, paths, woods, wetness, pines, crags, ruins, scatter, thinning, kUses };

struct Cell {
  BlockId floor, active;
};

class Land {
 public:
  Land(std::uint64_t seed, MapId map, const GeneratorKinds& kinds) : kinds_(kinds) {
    const std::uint64_t base = place_hash(seed, static_cast<std::int32_t>(kGeneratorVersion), map.value);
    for (std::size_t use = 0; use < kUses; ++use) keys_[use] = place_hash(base, static_cast<std::int32_t>(use), 0);
  }

  Cell cell(BlockCoord at) const {
    Cell cell = natural(at, height_at(at));
    if (const auto ruin = ruin_near(keys_[ruins], at)) build(cell, *ruin, at);
    return cell;
  }

 private:
  std::int32_t height_at(BlockCoord at) const {
    // Bent by noise before it is read, or coasts look like soap bubbles.
    const std::int32_t x = at.x + noise(keys_[bend_x], at.x, at.y, 6) / 1'500, y = at.y + noise(keys_[bend_y], at.x, at.y, 6) / 1'500;
    const std::int32_t dx = (x & (kLandSpacing - 1)) - kLandSpacing / 2, dy = (y & (kLandSpacing - 1)) - kLandSpacing / 2;
    const std::int32_t from_middle_squared = dx * dx + dy * dy;  // at most 2^17

    constexpr std::int32_t kRim = kLandSpacing * kLandSpacing / 4;
    const auto lift = static_cast<std::int32_t>(std::int64_t{kRim - from_middle_squared} * kLandLift / kRim);
    const std::int32_t plain = std::min(layered_noise(keys_[coast], x, y, 8, 6) + lift, kPlain);
    if (plain < kBeach) return plain;

    constexpr std::int32_t kQuiet = kCalmRadius * kCalmRadius;
    const std::int32_t calm = kCalm * std::max(kQuiet - from_middle_squared, 0) / kQuiet;
    const std::int32_t relief = std::max(layered_noise(keys_[hills], x, y, 7, 5) + 1'500 - calm, 0);
    return plain + static_cast<std::int32_t>(std::int64_t{relief} * plain / kPlain);
  }

  // Whether the line where layered noise is zero passes within `half_width_q4` (1/16 block): |n| / |slope| is about the distance.
  static bool on_line(std::uint64_t key, BlockCoord at, int period_log2, std::int32_t half_width_q4) {
    const auto n = [&](std::int32_t x, std::int32_t y) { return std::int64_t{layered_noise(key, x, y, period_log2, 3)}; };
    const std::int64_t here = n(at.x, at.y);
    if (std::abs(here) > 4'000) return false;  // steeper than this for a line near by: never at these periods
    const std::int64_t slope_x = n(at.x + 2, at.y) - n(at.x - 2, at.y), slope_y = n(at.x, at.y + 2) - n(at.x, at.y - 2);  // over 4 blocks
    return here * here * 64 * 64 <= (slope_x * slope_x + slope_y * slope_y) * half_width_q4 * half_width_q4;
  }

  Cell natural(BlockCoord at, std::int32_t height) const {
    if (height < kDeep) return {kinds_.deep_water, kAir};
    if (height < 0) return {kinds_.water, kAir};
    const std::int32_t river_q4 =
        height > kHills ? 0 : 20 + (kHills - height) / 240;  // a brook in the hills, 4 blocks to each side at the sea
    if (river_q4 > 0 && on_line(keys_[rivers], at, 8, river_q4 + 16)) {
      if (on_path(at)) return {kinds_.plank_floor, kAir};  // a bridge
      if (!on_line(keys_[rivers], at, 8, river_q4)) return {height < kBeach ? kinds_.sand : kinds_.meadow, kAir};
      return {river_q4 > 36 && on_line(keys_[rivers], at, 8, river_q4 - 24) ? kinds_.deep_water : kinds_.water, kAir};
    }
    if (height < kBeach) return {kinds_.sand, sparse(at, 1) ? kinds_.rock : kAir};
    if (height < kCliffs && on_path(at)) return {kinds_.dirt, kAir};
    return height < kHills ? lowland(at, height) : highland(at, height);
  }
  bool on_path(BlockCoord at) const { return on_line(keys_[paths], at, 8, 20); }

  Cell lowland(BlockCoord at, std::int32_t height) const {
    const std::int32_t woods = layered_noise(keys_[Use::woods], at.x, at.y, 6, 3) + 1'000;
    const bool wet = layered_noise(keys_[wetness], at.x, at.y, 6, 4) > 3'000;
    if (woods < 3'000) {  // open land
      const bool at_the_edge = woods > 1'200;
      if (sparse(at, at_the_edge ? 12 : 2)) return {kinds_.grass, kinds_.bush};
      if (height > kPlain && sparse(at, 2)) return {kinds_.grass, kinds_.rock};
      return {wet ? kinds_.meadow : kinds_.grass, !wet && sparse(at, 5) ? kinds_.tree : kAir};
    }
    const bool pines = height + noise(keys_[Use::pines], at.x, at.y, 5) / 2 > kPlain + 1'000;
    const auto percent = static_cast<std::uint32_t>(std::clamp(woods / 150, 20, 60));
    const BlockId floor =
        woods > 7'000 + static_cast<std::int32_t>(place_hash(keys_[scatter], at.y, at.x) % 6'000) ? kinds_.dirt : kinds_.grass;
    return {floor, stands_alone(at, percent) ? (pines ? kinds_.pine : kinds_.tree) : kAir};
  }

  Cell highland(BlockCoord at, std::int32_t height) const {
    const std::int32_t crags = layered_noise(keys_[Use::crags], at.x, at.y, 4, 3) + (height - kCliffs) * 2;
    if (crags > 3'000) return {kinds_.stone_floor, kinds_.rock};
    if (height > kHills + 1'200 || crags > -6'000) return {kinds_.stone_floor, sparse(at, 4) ? kinds_.rock : kAir};
    return {kinds_.grass, stands_alone(at, 25) ? kinds_.pine : kAir};
  }

  std::uint32_t chance_at(BlockCoord at) const { return static_cast<std::uint32_t>(place_hash(keys_[thinning], at.x, at.y) % 1'000); }
  bool sparse(BlockCoord at, std::uint32_t percent) const {
    return place_hash(keys_[scatter], at.x, at.y) % 100 < percent && stands_alone(at, 100);
  }
  // Trees keep a cell between them to each side, so that a wood can be walked through.
  bool stands_alone(BlockCoord at, std::uint32_t percent) const {
    const std::uint32_t mine = chance_at(at);
    return mine < percent * 10 && mine < chance_at({at.x - 1, at.y}) && mine < chance_at({at.x + 1, at.y}) &&
           mine < chance_at({at.x, at.y - 1}) && mine < chance_at({at.x, at.y + 1});
  }

  // A ruin stands on dry, fairly flat ground or not at all.
  void build(Cell& cell, const Ruin& ruin, BlockCoord at) const {
    const RuinPart part = ruin_part(ruin, at);
    if (part == RuinPart::none) return;
    for (const std::int32_t side_x : {-1, 0, 1}) {
      for (const std::int32_t side_y : {-1, 0, 1}) {
        const BlockCoord corner{ruin.centre.x + side_x * ruin.half_width, ruin.centre.y + side_y * ruin.half_height};
        const std::int32_t height = height_at(corner);
        if (height < kBeach || height > kCliffs || on_line(keys_[rivers], corner, 8, 80)) return;
      }
    }
    cell.floor = part == RuinPart::planks ? kinds_.plank_floor : kinds_.stone_floor;
    cell.active = part == RuinPart::wall ? kinds_.wall : kAir;
  }

  const GeneratorKinds& kinds_;
  std::array<std::uint64_t, kUses> keys_;
};

}  // namespace

void Generator::fill(ChunkCoord at, Chunk& chunk) const {
  const Land land(seed_, at.map, kinds_);
  for (std::uint16_t i = 0; i < kCellsPerLayer; ++i) {
    const Cell cell = land.cell(block_at(at, i));
    chunk.cells[static_cast<std::size_t>(Layer::floor)][i] = cell.floor;
    chunk.cells[static_cast<std::size_t>(Layer::active)][i] = cell.active;
    chunk.cells[static_cast<std::size_t>(Layer::ceiling)][i] = kAir;
  }
}

}  // namespace meridian
