#include "netchannel/client/known_entities.hpp"

#include <algorithm>

namespace meridian {

std::vector<KnownEntities::Known>::iterator KnownEntities::place_of(EntityId id) {
  return std::lower_bound(known_.begin(), known_.end(), id, [](const Known& k, EntityId wanted) { return k.id < wanted; });
}

void KnownEntities::apply(const SnapshotUpdate& update, std::int64_t now_us) {
  heard_us_ = now_us;
  for (const EntityId id : update.left) {
    const auto it = place_of(id);
    if (it != known_.end() && it->id == id) known_.erase(it);
  }
  for (const EntityUpdate& told : update.entities) {
    auto it = place_of(told.id);
    if (it == known_.end() || it->id != told.id)
      it = known_.insert(it, {.id = told.id, .kind = told.kind, .look = told.look, .newest = {}, .track = {}});
    if (told.entered) it->track.clear();
    it->kind = told.kind;
    it->look = told.look;
    it->newest = {.tick = update.tick, .x_q8 = told.x_q8, .y_q8 = told.y_q8, .heading = told.heading, .speed = told.speed};
    if (!light_) it->track.add(it->newest);
  }
}

void KnownEntities::views(EntityId self, std::int64_t now_us, std::int64_t render_us, std::int64_t tick_us, const Ground& ground,
                          std::vector<EntityView>& out) const {
  out.clear();
  for (const Known& known : known_) {
    if (known.id == self) continue;
    DrawnBody drawn{.place = {static_cast<double>(known.newest.x_q8) / kBlock_q8, static_cast<double>(known.newest.y_q8) / kBlock_q8},
                    .heading = known.newest.heading,
                    .speed = known.newest.speed};
    if (!light_) drawn = known.track.at(render_us, tick_us, ground);
    out.push_back({.id = known.id,
                   .kind = known.kind,
                   .look = known.look,
                   .x = drawn.place.x,
                   .y = drawn.place.y,
                   .heading = drawn.heading,
                   .speed = drawn.speed,
                   .stale = now_us - heard_us_ >= kStaleAfter_us});
  }
}

void KnownEntities::confirmed(std::vector<ConfirmedView::Known>& out) const {
  for (const Known& known : known_) {
    const TrackPoint& at = known.newest;
    out.push_back({.id = known.id, .tick = at.tick, .x_q8 = at.x_q8, .y_q8 = at.y_q8, .heading = at.heading, .speed = at.speed});
  }
}

}  // namespace meridian
