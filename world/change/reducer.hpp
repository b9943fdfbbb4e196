// Applies ticks' changes to another world, which then has the same state hash after every tick. The world must begin equal: the same block
// rules, chunks and entities as the origin's before the first tick applied, and every tick must be applied, in order.
#pragma once

#include "world/change/tick_changes.hpp"
#include "world/world.hpp"

namespace meridian {

class Reducer {
 public:
  explicit Reducer(World& world) : world_(world) {}

  // False when a record did not fit: a block that replaces another than stands here or is of no known kind, an entity to move or end that
  // is not here, one to begin that is or was. Such a record changes nothing, all others are applied; this world is then not the origin's,
  // as its hash would say.
  bool apply(const TickChanges& changes);

 private:
  World& world_;
};

}  // namespace meridian
