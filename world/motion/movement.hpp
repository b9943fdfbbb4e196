// The movement rule, to the letter of the architecture's section 2; node and client run this same code, so it is integers only.
//
//   1. A pressed push button with cooldown 0 and no push running sets cooldown to kPushCooldownTicks and reports it (`push_started`).
//      Otherwise cooldown goes down by one.
//   2. While push_ticks > 0 the input's heading and gait are ignored: the body moves along `heading` at kPushSpeed_q8, not slowed by the
//   floor, and
//      push_ticks goes down by one; with the last of them speed becomes 0. Else heading and speed come from the input (standing keeps the
//      heading).
//   3. v = (direction[heading] * s + 2^13) >> 14 for each axis, s = speed times the per cent of the floor under the centre at the tick's
//   start,
//      s = (speed * per_cent + 50) / 100, at most 255.
//   4. x moves first, then y. A cell blocks when its ACTIVE block is solid or its FLOOR is not walkable (no chunk: not walkable).
//      A blocked axis ends flush with the blocking cell's side. Bodies do not block bodies.
//
// Flush, in q8: cell c holds [256 c, 256 c + 256), a body with its centre at x holds [x - 96, x + 96), both half-open: sides may touch
// without overlap. Moving up, the body stops at 256 c - 96; moving down, at 256 c + 256 + 96. No speed is over 255, so no step skips a
// cell.
//
// A body that already overlaps a blocking cell (a block placed on it was refused, but chunks may come late) may leave it and not go deeper:
// on each axis that cell blocks while its centre lies ahead of the body's, and the body stays where it is; away from the cell's centre it
// moves freely.
#pragma once

#include <array>
#include <cstdint>

#include "world/chunk/chunks.hpp"
#include "world/motion/body.hpp"

namespace meridian {

struct Direction {
  std::int16_t x = 0, y = 0;  // scaled 2^14
};
// round(cos, sin)(i * 2 pi / 256) * 2^14: written out, not computed, so that no libm decides it.
extern const std::array<Direction, 256> kDirections;

inline constexpr std::uint8_t kPushTicks = 4;
inline constexpr std::uint8_t kPushSpeed_q8 = 64;
inline constexpr std::uint8_t kPushCooldownTicks = 10;  // 0.5 s at 20 Hz

struct StepResult {
  bool push_started = false;  // the push button took effect this tick
  bool blocked_x = false, blocked_y = false;
};

// One tick of one body on one map.
StepResult step_body(BodyState& body, const Input& input, const Chunks& chunks, const BlockKinds& kinds, MapId map);

// The input under which a body goes on as it does: heading and speed kept, no button. What "the rule's own step" means for the change log.
// (A speed that no gait has, as after a push, coasts as standing.)
Input coast_input(const BodyState& body);

// Whether a body standing with its centre at (x, y) touches the cell: a block may not be placed there.
bool body_touches(const BodyState& body, BlockCoord cell);

// The 256 headings nearest to a vector; (0, 0) gives 0. Integers only.
std::uint8_t heading_of(std::int32_t dx, std::int32_t dy);

}  // namespace meridian
