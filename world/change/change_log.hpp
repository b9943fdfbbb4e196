// One change log a tick: the only way state leaves the simulation and the only way it changes. Every mutation is applied and recorded here;
// a second write of one register in a tick overwrites its record. Motion is recorded as rows only where the truth left the rule's own step
// (`coast_input`), and absolute at birth; so a reducer that steps every body by the rule and then applies the rows arrives at the same state.
//
//   ChangeLog log(world);
//   log.begin(tick);                                   // nothing recorded yet
//   log.write_block(place, block);  log.spawn(...);  log.step_body(row, input);  log.push(row, heading);
//   TickChanges changes = log.finish();                // motion rows are decided here
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/tick.hpp"
#include "world/motion/movement.hpp"
#include "world/world.hpp"

namespace meridian {

struct BlockChange {
  BlockPlace place;
  BlockId block, replaced;
};
struct SpawnChange {
  EntityId id;
  EntityKind kind;
  MapId map;
  BodyState body;
  Look look;
};
struct DespawnChange {
  EntityId id;
};
struct MotionChange {
  EntityId id;
  BodyState body;  // absolute
};

// In the order to apply: the rule's step for every body that was there before, then despawns, spawns, motion, blocks. (Blocks last: the step of this
// tick saw the blocks as of the tick's writes; see change_log.cpp for how intents that come first are kept exact.)
struct TickChanges {
  Tick tick;
  std::span<const BlockChange> blocks;
  std::span<const SpawnChange> spawns;
  std::span<const DespawnChange> despawns;
  std::span<const MotionChange> motion;
};

class ChangeLog {
 public:
  explicit ChangeLog(World& world);
  void begin(Tick tick);
  // False when the place has no chunk or the block is already there; nothing is recorded then.
  bool write_block(BlockPlace place, BlockId block);
  EntityHandle spawn(EntityId id, EntityKind kind, MapId map, const BodyState& body, Look look = {});
  void despawn(EntityId id);
  // Moves one body by the rule with this input; at most once a body and tick, after all block writes of the tick.
  StepResult step_body(Row row, const Input& input);
  // Knockback from the next tick on, along `heading`.
  void push(Row row, std::uint8_t heading);
  // The spans live until the next begin().
  TickChanges finish();

  World& world();  // read it; write through the functions above

 private:
  World& world_;
  Tick tick_;
  bool open_ = false;
  std::vector<BlockChange> blocks_;
  std::vector<SpawnChange> spawns_;
  std::vector<DespawnChange> despawns_;
  std::vector<MotionChange> motion_;
  std::vector<BodyState> before_;       // by row, as of begin()
  std::vector<EntityId> before_ids_;
};

// Applies a tick's changes to another world, which then has the same state hash.
class Reducer {
 public:
  explicit Reducer(World& world) : world_(world) {}
  void apply(const TickChanges& changes);

 private:
  World& world_;
};

}  // namespace meridian
