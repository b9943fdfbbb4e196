#include "regional_node/systems/movement.hpp"

#include "base/assert.hpp"

namespace meridian {

void move_everybody(Tick tick, std::span<const Mover> movers, ChangeLog& log, std::vector<Moved>& out) {
  for (const Mover& mover : movers) {
    const Row row = log.world().entities.row(mover.body);
    MRD_ASSERT(row != kNoRow);  // a player's body lives as long as the player is in the table
    const TakenInput taken = mover.inputs->take(tick);
    out.push_back({mover.player, row, taken, log.step_body(row, taken.input)});
  }
}

}  // namespace meridian
