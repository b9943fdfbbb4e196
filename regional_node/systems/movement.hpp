// Everybody moves: each body takes its player's input for this tick and steps by the rule. A body whose player is silent gets what the
// input buffer makes up (the last input for a few ticks, then standing). Every body steps once, every tick: that is what the change log's
// "the rule's own step" counts on.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "netchannel/prediction/input_buffer.hpp"
#include "world/change/change_log.hpp"

namespace meridian {

struct Mover {
  std::uint32_t player = 0;
  EntityHandle body;
  InputBuffer* inputs = nullptr;
};
struct Moved {
  std::uint32_t player = 0;
  Row row = kNoRow;  // of the body, as of now
  TakenInput taken;
  StepResult step;
};

// Appends one result a mover, in order.
void move_everybody(Tick tick, std::span<const Mover> movers, ChangeLog& log, std::vector<Moved>& out);

}  // namespace meridian
