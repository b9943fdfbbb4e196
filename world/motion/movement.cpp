// One tick of a body: timers, then who decides the motion (a push or the input), then x, then y. Each axis looks at the one or two rows of
// cells that the body's other side spans, in the column of its leading edge before and after.
#include "world/motion/movement.hpp"

#include <algorithm>

namespace meridian {
namespace {

constexpr std::int32_t kFarthest_blocks = kFarthest_q8 / kBlock_q8;

std::int32_t cell_at(std::int32_t q8) { return q8 >> 8; }                                          // floor, also below zero
std::int32_t first_cell(std::int32_t centre_q8) { return cell_at(centre_q8 - kBodyHalfSide_q8); }  // that a body touches
std::int32_t last_cell(std::int32_t centre_q8) { return cell_at(centre_q8 + kBodyHalfSide_q8 - 1); }

// The blocks around one body. Remembers the chunk it last read: most steps touch one chunk, so they look it up once.
class Ground {
 public:
  Ground(const Chunks& chunks, const BlockKinds& kinds, MapId map) : chunks_(chunks), kinds_(kinds), map_(map) {}

  bool blocks(BlockCoord at) {
    const Chunk* chunk = chunk_at(at);
    if (chunk == nullptr) return true;
    const std::uint16_t cell = cell_of(at);
    return kinds_.solid(chunk->at(Layer::active, cell)) || !kinds_.walkable(chunk->at(Layer::floor, cell));
  }
  int floor_percent(BlockCoord at) {
    const Chunk* chunk = chunk_at(at);
    return kinds_.speed_percent(chunk == nullptr ? kAir : chunk->at(Layer::floor, cell_of(at)));
  }

 private:
  const Chunk* chunk_at(BlockCoord at) {
    const ChunkCoord coord = chunk_of(map_, at);
    if (!looked_ || coord != coord_) {
      const bool in_world = std::max(at.x, at.y) < kFarthest_blocks && std::min(at.x, at.y) >= -kFarthest_blocks;
      chunk_ = in_world ? chunks_.find(coord) : nullptr;
      coord_ = coord;
      looked_ = true;
    }
    return chunk_;
  }

  const Chunks& chunks_;
  const BlockKinds& kinds_;
  const MapId map_;
  bool looked_ = false;
  ChunkCoord coord_;
  const Chunk* chunk_ = nullptr;
};

std::int32_t velocity(std::int16_t direction, int speed_q8) { return (direction * speed_q8 + (1 << 13)) >> 14; }

// How far a body with its centre at `centre` may go by `v` along one axis; `blocked_line(cell)` says whether that column (row) holds a
// blocking cell beside the body. Only two lines can matter: the one of the leading edge now and the one after, never further, as |v| <=
// 255. The line of the trailing edge lies behind the centre.
template <typename BlockedLine>
std::int32_t free_way(std::int32_t centre, std::int32_t v, BlockedLine blocked_line) {
  if (v == 0) return 0;
  const bool up = v > 0;
  const std::int32_t now = up ? last_cell(centre) : first_cell(centre);
  const std::int32_t after = up ? last_cell(centre + v) : first_cell(centre + v);
  const std::int32_t now_middle = now * kBlock_q8 + kBlock_q8 / 2;
  const bool now_is_ahead = up ? now_middle > centre : now_middle < centre;
  if (now_is_ahead && blocked_line(now)) return 0;  // overlapping already: not deeper
  if (after == now || !blocked_line(after)) return v;
  const std::int32_t flush = up ? after * kBlock_q8 - kBodyHalfSide_q8 : (after + 1) * kBlock_q8 + kBodyHalfSide_q8;
  return flush - centre;
}

void move(BodyState& body, std::int32_t vx, std::int32_t vy, Ground& ground, StepResult& result) {
  const std::int32_t dx = free_way(
      body.x_q8, vx, [&](std::int32_t x) { return ground.blocks({x, first_cell(body.y_q8)}) || ground.blocks({x, last_cell(body.y_q8)}); });
  body.x_q8 += dx;
  const std::int32_t dy = free_way(
      body.y_q8, vy, [&](std::int32_t y) { return ground.blocks({first_cell(body.x_q8), y}) || ground.blocks({last_cell(body.x_q8), y}); });
  body.y_q8 += dy;
  result.blocked_x = dx != vx;
  result.blocked_y = dy != vy;
}

}  // namespace

StepResult step_body(BodyState& body, const Input& input, const Chunks& chunks, const BlockKinds& kinds, MapId map) {
  StepResult result;
  if ((input.buttons & kButtonPush) != 0 && body.cooldown_ticks == 0 && body.push_ticks == 0) {
    body.cooldown_ticks = kPushCooldownTicks;
    result.push_started = true;
  } else if (body.cooldown_ticks > 0) {
    --body.cooldown_ticks;
  }

  Ground ground(chunks, kinds, map);
  int speed_q8 = kPushSpeed_q8;
  if (body.push_ticks > 0) {
    --body.push_ticks;
    body.speed = body.push_ticks > 0 ? kPushSpeed_q8 : std::uint8_t{0};
  } else {
    body.speed = kGaitSpeed_q8[static_cast<std::size_t>(input.gait)];
    if (body.speed == 0) return result;
    body.heading = input.heading;
    const int per_cent = ground.floor_percent({cell_at(body.x_q8), cell_at(body.y_q8)});
    speed_q8 = std::min((body.speed * per_cent + 50) / 100, 255);
  }
  const Direction direction = kDirections[body.heading];
  move(body, velocity(direction.x, speed_q8), velocity(direction.y, speed_q8), ground, result);
  return result;
}

Input coast_input(const BodyState& body) {
  Input input{.heading = body.heading};
  for (std::size_t gait = 0; gait < kGaitSpeed_q8.size(); ++gait) {
    if (kGaitSpeed_q8[gait] == body.speed) input.gait = static_cast<Gait>(gait);
  }
  return input;
}

bool body_touches(const BodyState& body, BlockCoord cell) {
  return first_cell(body.x_q8) <= cell.x && cell.x <= last_cell(body.x_q8) && first_cell(body.y_q8) <= cell.y &&
         cell.y <= last_cell(body.y_q8);
}

std::uint8_t heading_of(std::int32_t dx, std::int32_t dy) {
  if (dx == 0 && dy == 0) return 0;
  std::int64_t x = dx, y = dy;
  int heading = 0;
  while (x <= 0 || y < 0) {  // by quarter turns into the first quadrant, +x included
    const std::int64_t turned = -x;
    x = y;
    y = turned;
    heading += 64;
  }
  // Past the line halfway to the next heading (the sum of two neighbours points along it), the next one is nearer.
  for (std::size_t i = 0; i < 64; ++i) {
    const std::int64_t half_x = kDirections[i].x + kDirections[i + 1].x, half_y = kDirections[i].y + kDirections[i + 1].y;
    if (half_x * y - half_y * x < 0) break;
    ++heading;
  }
  return static_cast<std::uint8_t>(heading);
}

}  // namespace meridian
