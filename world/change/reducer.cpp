#include "world/change/reducer.hpp"

#include "world/motion/movement.hpp"

namespace meridian {

bool Reducer::apply(const TickChanges& changes) {
  Entities& entities = world_.entities;
  bool all_fit = true;
  for (const BlockChange& change : changes.blocks) {
    const bool fits = world_.kinds.known(change.block) &&
                      world_.chunks.block(change.place.map, change.place.at, change.place.layer) == change.replaced &&
                      world_.chunks.write(change.place, change.block);
    all_fit = all_fit && fits;
  }
  for (const DespawnChange& change : changes.despawns) {
    const Row row = entities.row(change.id);
    if (row == kNoRow) {
      all_fit = false;
    } else {
      entities.remove(row);
    }
  }
  for (Row row = 0; row < entities.size(); ++row) {
    BodyState body = entities.body(row);
    step_body(body, coast_input(body), world_.chunks, world_.kinds, entities.maps()[row]);
    entities.set_body(row, body);
  }
  for (const MotionChange& change : changes.motion) {
    const Row row = entities.row(change.id);
    if (row == kNoRow) {
      all_fit = false;
    } else {
      entities.set_body(row, change.body);
    }
  }
  for (const SpawnChange& change : changes.spawns) {
    if (change.id == EntityId{} || entities.row(change.id) != kNoRow || entities.ended(change.id)) {
      all_fit = false;
    } else {
      entities.insert(change.id, change.kind, change.map, change.body, change.look);
    }
  }
  return all_fit;
}

}  // namespace meridian
