#include "e2e/simulation/truth.hpp"

#include <algorithm>

namespace meridian::sim {

void Truth::record(Tick tick, const Entities& entities) {
  Moment moment{.tick = tick, .bodies = {}};
  moment.bodies.reserve(entities.size());
  for (Row row = 0; row < entities.size(); ++row)
    moment.bodies.push_back({entities.ids()[row], entities.maps()[row], entities.kinds()[row], entities.looks()[row], entities.body(row)});
  std::sort(moment.bodies.begin(), moment.bodies.end(), [](const Body& a, const Body& b) { return a.id < b.id; });
  moments_.push_back(std::move(moment));
  if (moments_.size() > kTicks) moments_.pop_front();
}

bool Truth::holds(Tick tick) const { return !moments_.empty() && tick >= moments_.front().tick && tick <= moments_.back().tick; }

std::optional<Truth::Body> Truth::find(EntityId id, Tick tick) const {
  if (!holds(tick)) return std::nullopt;
  const Moment& moment = moments_[static_cast<std::size_t>(tick - moments_.front().tick)];
  const auto it = std::lower_bound(moment.bodies.begin(), moment.bodies.end(), id, [](const Body& b, EntityId key) { return b.id < key; });
  if (it == moment.bodies.end() || it->id != id) return std::nullopt;
  return *it;
}

std::optional<BodyState> Truth::body(EntityId id, Tick tick) const {
  const auto found = find(id, tick);
  return found ? std::optional(found->state) : std::nullopt;
}

}  // namespace meridian::sim
