#include "world/chunk/ruins.hpp"

#include <cstdlib>

#include "world/chunk/noise.hpp"

namespace meridian {
namespace {

constexpr std::int32_t kLargestHalf = 9;
constexpr std::int32_t kMargin = kLargestHalf + 3;  // to the border of the square
constexpr std::uint64_t kShare_percent = 45;        // of the squares have one, before water and cliffs take theirs

std::int32_t pick(std::uint64_t& chance, std::int32_t count) {
  const auto picked = static_cast<std::int32_t>(chance % static_cast<std::uint64_t>(count));
  chance /= static_cast<std::uint64_t>(count);
  return picked;
}

std::int32_t floor_div(std::int32_t a, std::int32_t b) { return a >= 0 ? a / b : -((b - 1 - a) / b); }

bool in_wall(const Ruin& ruin, std::int32_t dx, std::int32_t dy) {
  if (ruin.round) {
    const std::int32_t distance = dx * dx + dy * dy, outer = ruin.half_width;
    return distance <= outer * outer + outer && distance > (outer - 1) * (outer - 1) + (outer - 1);
  }
  const bool outer = std::abs(dx) == ruin.half_width || std::abs(dy) == ruin.half_height;
  const std::int32_t across = static_cast<std::int32_t>(ruin.key % 5) - 2;  // a wall through the hall, where it is long enough
  return outer || (ruin.half_width >= 6 && dx == across);
}

bool in_door(const Ruin& ruin, std::int32_t dx, std::int32_t dy) {
  if (dx == 0 || dx == 1) return (ruin.key >> 8 & 1) != 0 ? dy > 0 : dy < 0;     // one outer side has a gate two wide
  return dy == 0 || (!ruin.round && dy == 1 && std::abs(dx) < ruin.half_width);  // small doors east, west and within
}

}  // namespace

std::optional<Ruin> ruin_near(std::uint64_t key, BlockCoord at) {
  const std::int32_t square_x = floor_div(at.x, kRuinSpacing), square_y = floor_div(at.y, kRuinSpacing);
  std::uint64_t chance = place_hash(key, square_x, square_y);
  if (chance % 100 >= kShare_percent) return std::nullopt;
  chance /= 100;
  Ruin ruin;
  ruin.key = place_hash(key + 1, square_x, square_y);
  ruin.round = pick(chance, 3) == 0;
  ruin.half_width = 4 + pick(chance, ruin.round ? 3 : kLargestHalf - 3);
  ruin.half_height = ruin.round ? ruin.half_width : 3 + pick(chance, 4);
  ruin.centre.x = square_x * kRuinSpacing + kMargin + pick(chance, kRuinSpacing - 2 * kMargin);
  ruin.centre.y = square_y * kRuinSpacing + kMargin + pick(chance, kRuinSpacing - 2 * kMargin);
  return ruin;
}

RuinPart ruin_part(const Ruin& ruin, BlockCoord at) {
  const std::int32_t dx = at.x - ruin.centre.x, dy = at.y - ruin.centre.y;
  if (std::abs(dx) > ruin.half_width || std::abs(dy) > ruin.half_height) return RuinPart::none;
  const std::int32_t reach = ruin.half_width;
  if (ruin.round && dx * dx + dy * dy > reach * reach + reach) return RuinPart::none;
  const std::uint64_t decay = place_hash(ruin.key, at.x, at.y) % 100;
  // One corner has come down altogether; the rest has holes.
  const bool fallen_side = ((ruin.key >> 16 & 1) != 0 ? dx : -dx) + ((ruin.key >> 17 & 1) != 0 ? dy : -dy) > ruin.half_width;
  if (in_wall(ruin, dx, dy)) {
    if (in_door(ruin, dx, dy)) return RuinPart::stone;
    return decay < (fallen_side ? 70u : 15u) ? RuinPart::rubble : RuinPart::wall;
  }
  if (decay < (fallen_side ? 60u : 20u)) return RuinPart::none;  // grown over
  return ruin.round ? RuinPart::stone : RuinPart::planks;
}

}  // namespace meridian
