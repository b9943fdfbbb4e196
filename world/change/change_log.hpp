// One change log a tick: the only way state leaves the simulation and the only way it changes. Every mutation is applied and recorded here;
// of several writes of one register in a tick the last is recorded, and none when the register is back at what it was. Motion is recorded
// as rows only where the truth left the rule's own step (`coast_input`), so a reducer that steps every body by the rule and then applies
// the rows arrives at the same state.
//
//   ChangeLog log(world);
//   log.begin(tick);                                 // nothing recorded yet
//   log.write_block(place, block);                   // 1. blocks: all before the first step, so that every step of the tick sees the same
//   ones log.step_body(row, input);                       // 2. steps: a body that takes none stays where it is log.push(row, heading);
//   // 3. pushes: after the last step const TickChanges changes = log.finish();        // motion rows are decided here
//
// spawn() and despawn() may stand anywhere between begin and finish; they move rows, so rows are read again after them. One log owns its
// world: what changes the world past it is missing in the records. After warm-up a tick allocates nothing.
#pragma once

#include <cstdint>
#include <vector>

#include "world/change/tick_changes.hpp"
#include "world/motion/movement.hpp"
#include "world/world.hpp"

namespace meridian {

class ChangeLog {
 public:
  explicit ChangeLog(World& world) : world_(world) {}
  void begin(Tick tick);
  // False when the place has no chunk or the block is already there; nothing is recorded then. The block must be of a known kind.
  bool write_block(BlockPlace place, BlockId block);
  // Whether this tick has already written the place (also where that left it as it was).
  bool wrote(BlockPlace place) const;
  // The id must never have lived here: ids do not come back.
  EntityHandle spawn(EntityId id, EntityKind kind, MapId map, const BodyState& body, Look look = {});
  // The id must live. An entity that is spawned and despawned in one tick leaves no record.
  void despawn(EntityId id);
  // Moves one body by the rule with this input; at most once a body and tick, after all block writes of the tick.
  StepResult step_body(Row row, const Input& input);
  // Knockback from the next tick on, along `heading`. After all steps of the tick.
  void push(Row row, std::uint8_t heading);
  // The spans live until the next begin().
  TickChanges finish();

  World& world() { return world_; }  // read it; write through the functions above

 private:
  enum class Phase : std::uint8_t { closed, blocks, steps, pushes };
  // What this tick did to a body, by the entity's slot (which stays while rows move).
  enum BodyMark : std::uint8_t { kUntouched = 0, kOnTheRule = 1, kLeftTheRule = 2, kBorn = 4 };
  struct BlockWrite {
    BlockChange change;
    std::uint32_t order;
  };
  std::uint8_t& mark(Row row);
  void settle_blocks();
  void settle_motion();

  World& world_;
  Tick tick_;
  Phase phase_ = Phase::closed;
  std::vector<BlockWrite> block_writes_;  // all of the tick, as they came
  std::vector<std::uint8_t> marks_;       // BodyMark bits by slot
  std::vector<BlockChange> blocks_;
  std::vector<SpawnChange> spawns_;
  std::vector<DespawnChange> despawns_;
  std::vector<MotionChange> motion_;
};

}  // namespace meridian
