// All that one tick changed: the only form in which state leaves the simulation.
//
// The order to apply, in the log's owner and in every reducer: blocks, then despawns, then the rule's own step (`coast_input`) of every
// body that was there at the tick's start and is left, then motion rows, then spawns. Blocks come first because the rule's step of this
// tick sees the blocks as the tick left them, and nothing writes a block after the first body moved. Pushes happen after all steps: they
// change how the tick ends, so they are motion rows. Motion rows and spawns are absolute and name different entities: a body born in the
// tick takes no step in a reducer, its record holds how it ended. Within each list every register appears once, so the order inside a list
// means nothing.
#pragma once

#include <span>

#include "base/ids.hpp"
#include "base/tick.hpp"
#include "world/chunk/block_kinds.hpp"
#include "world/chunk/coords.hpp"
#include "world/entity/component.hpp"
#include "world/motion/body.hpp"

namespace meridian {

struct BlockChange {
  BlockPlace place;
  BlockId block, replaced;  // after the tick, before the tick: never equal
  friend bool operator==(const BlockChange&, const BlockChange&) = default;
};
struct SpawnChange {
  EntityId id;
  EntityKind kind;
  MapId map;
  BodyState body;
  Look look;
  friend bool operator==(const SpawnChange&, const SpawnChange&) = default;
};
struct DespawnChange {
  EntityId id;
  friend bool operator==(const DespawnChange&, const DespawnChange&) = default;
};
struct MotionChange {
  EntityId id;
  BodyState body;  // absolute, as the tick ended
  friend bool operator==(const MotionChange&, const MotionChange&) = default;
};

struct TickChanges {
  Tick tick;
  std::span<const BlockChange> blocks;  // by place
  std::span<const SpawnChange> spawns;
  std::span<const DespawnChange> despawns;
  std::span<const MotionChange> motion;  // only bodies whose truth is not what the rule's own step makes of the tick before
};

}  // namespace meridian
