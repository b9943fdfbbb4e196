#include "cli/bots/walker.hpp"

#include <cstdlib>

namespace meridian {
namespace {

constexpr int kStuckTicks = 3;      // so long without getting on: a wall, not a slow floor
constexpr std::int32_t kReach = 2;  // blocks each way; well within what a node allows

}  // namespace

Walker::Walker(const WalkerSettings& settings, const BlockKinds& kinds, std::uint64_t seed) : settings_(settings), chance_(seed) {
  for (std::size_t i = 1; i < kinds.size(); ++i) {
    const BlockId id{static_cast<std::uint16_t>(i)};
    if (kinds.of(id).placeable && kinds.of(id).layer == Layer::active) placeable_.push_back(id);
  }
  // Spread over their first period, so that bots that start together do not act together.
  if (settings_.build_ticks != 0) build_in_ = 1 + static_cast<std::uint32_t>(chance_.below(settings_.build_ticks));
  if (settings_.push_ticks != 0) push_in_ = 1 + static_cast<std::uint32_t>(chance_.below(settings_.push_ticks));
}

WalkerIntent Walker::tick(const WalkerView& view) {
  const bool moved = std::abs(view.body.x_q8 - last_x_q8_) + std::abs(view.body.y_q8 - last_y_q8_) >= 4;
  stuck_ticks_ = moved || input_.gait == Gait::stand ? 0 : stuck_ticks_ + 1;
  if (comes(turn_in_, settings_.turn_ticks)) {
    turn();
  } else if (stuck_ticks_ >= kStuckTicks) {
    if (!hug_wall(view)) turn();
    stuck_ticks_ = 0;
  }
  last_x_q8_ = view.body.x_q8;
  last_y_q8_ = view.body.y_q8;

  if (moved) {
    const StepResult step = try_step(view);
    ticks_along_walls_ += step.blocked_x != step.blocked_y ? 1 : 0;
  }

  WalkerIntent intent;
  intent.input = input_;
  intent.push = comes(push_in_, settings_.push_ticks);
  if (comes(build_in_, settings_.build_ticks)) choose_work(view, intent);
  return intent;
}

bool Walker::comes(std::uint32_t& left, std::uint32_t mean) {
  if (mean == 0) return false;
  if (left > 1) {
    --left;
    return false;
  }
  left = mean / 2 + static_cast<std::uint32_t>(chance_.below(mean + 1));  // uniform around the mean
  return true;
}

void Walker::turn() {
  input_.heading = static_cast<std::uint8_t>(chance_.below(256));
  constexpr Gait kGaits[] = {Gait::walk, Gait::walk, Gait::walk, Gait::walk,  Gait::walk,
                             Gait::walk, Gait::run,  Gait::run,  Gait::sneak, Gait::stand};
  input_.gait = kGaits[chance_.below(std::size(kGaits))];
}

// What stands in the way of walking on.
StepResult Walker::try_step(const WalkerView& view) const {
  BodyState tried = view.body;
  tried.push_ticks = 0;
  return step_body(tried, input_, view.chunks, view.kinds, view.map);
}

// Blocked on one side: mostly along that side, leaning into it a little, so that the rule's flush stop and slide are walked again and
// again. False when nothing blocks where it was heading (a push, a correction) or both sides do.
bool Walker::hug_wall(const WalkerView& view) {
  const StepResult step = try_step(view);
  if (step.blocked_x == step.blocked_y) return false;
  const Direction heading = kDirections[input_.heading];
  const std::int32_t along = chance_.below(2) == 0 ? 3 : -3;
  if (step.blocked_x) {
    input_.heading = heading_of(heading.x > 0 ? 1 : -1, along);
  } else {
    input_.heading = heading_of(along, heading.y > 0 ? 1 : -1);
  }
  if (settings_.turn_ticks != 0) turn_in_ = settings_.turn_ticks / 2 + 1 + static_cast<std::uint32_t>(chance_.below(settings_.turn_ticks));
  return true;
}

// A cell near by: what stands there is broken, a free one built upon.
void Walker::choose_work(const WalkerView& view, WalkerIntent& intent) {
  const BlockCoord own{view.body.x_q8 >> 8, view.body.y_q8 >> 8};
  const auto offset = [this] { return static_cast<std::int32_t>(chance_.below(2 * kReach + 1)) - kReach; };
  const BlockPlace place{view.map, {own.x + offset(), own.y + offset()}, Layer::active};
  const std::uint64_t kind = chance_.below(placeable_.empty() ? 1 : placeable_.size());
  if (body_touches(view.body, place.at) || view.chunks.find(chunk_of(view.map, place.at)) == nullptr) return;
  const BlockId there = view.chunks.block(view.map, place.at, Layer::active);
  if (there == kAir) {
    if (placeable_.empty() || !view.kinds.walkable(view.chunks.block(view.map, place.at, Layer::floor))) return;
    intent.build = place;
    intent.block = placeable_[kind];
  } else if (view.kinds.of(there).breakable) {
    intent.build = place;
  }
}

}  // namespace meridian
