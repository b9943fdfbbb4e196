#include "regional_node/systems/push.hpp"

#include "world/motion/movement.hpp"

namespace meridian {
namespace {

Direction direction_of_aim(std::uint16_t aim) { return kDirections[((aim + 8) >> 4) & 0xFF]; }

// The angle between d and the aim is at most 45 degrees: cos >= sqrt(1/2), squared so that it stays in integers.
// Both products fit: |d| <= 543 (1.5 blocks on each axis), |direction| <= 2^14.
bool in_arc(std::int64_t dx, std::int64_t dy, Direction aim) {
  const std::int64_t dot = dx * aim.x + dy * aim.y;
  const std::int64_t aim2 = std::int64_t{aim.x} * aim.x + std::int64_t{aim.y} * aim.y;
  return dot >= 0 && 2 * dot * dot >= (dx * dx + dy * dy) * aim2;
}

}  // namespace

std::optional<Row> push_target(const Entities& entities, const Grid& grid, Row pusher, std::uint16_t aim, std::vector<Neighbour>& scratch) {
  scratch.clear();
  const std::int32_t x = entities.x_q8()[pusher], y = entities.y_q8()[pusher];
  grid.query_radius(x, y, kPushRange_q8, scratch);
  const Direction direction = direction_of_aim(aim);
  const Neighbour* best = nullptr;
  for (const Neighbour& n : scratch) {
    if (n.row == pusher || !in_arc(entities.x_q8()[n.row] - x, entities.y_q8()[n.row] - y, direction)) continue;
    const bool nearer = !best || n.distance2_q16 < best->distance2_q16 ||
                        (n.distance2_q16 == best->distance2_q16 && entities.ids()[n.row] < entities.ids()[best->row]);
    if (nearer) best = &n;
  }
  return best ? std::optional(best->row) : std::nullopt;
}

void run_pushes(std::span<const PushTry> tries, const Grid& grid, ChangeLog& log, std::vector<PushOutcome>& out,
                std::vector<Neighbour>& scratch) {
  const Entities& entities = log.world().entities;
  for (const PushTry& t : tries) {
    PushOutcome outcome{t.player, kNoRow, Refusal::cooling_down};
    if (t.started) {
      const auto target = push_target(entities, grid, t.row, t.aim, scratch);
      outcome.refusal = target ? Refusal::none : Refusal::nobody_in_reach;
      if (target) {
        outcome.pushed = *target;
        const std::int32_t dx = entities.x_q8()[*target] - entities.x_q8()[t.row], dy = entities.y_q8()[*target] - entities.y_q8()[t.row];
        const std::uint8_t aim_heading = static_cast<std::uint8_t>((t.aim + 8) >> 4);
        log.push(*target, dx == 0 && dy == 0 ? aim_heading : heading_of(dx, dy));  // away from him who pushes
      }
    }
    out.push_back(outcome);
  }
}

}  // namespace meridian
