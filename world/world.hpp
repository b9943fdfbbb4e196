// The state of one node's worlds, or of what a reducer rebuilds. Read freely; written by ChangeLog and Reducer alone.
#pragma once

#include "world/chunk/block_kinds.hpp"
#include "world/chunk/chunks.hpp"
#include "world/entity/entities.hpp"

namespace meridian {

struct World {
  BlockKinds kinds;
  Chunks chunks;
  Entities entities;
};

}  // namespace meridian
