// Placing and breaking blocks: what a player asks, judged against the world as it stands at the start of the tick's actions, in the order
// of asking. A refusal says why; a change goes through the log.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "netchannel/wire/messages.hpp"
#include "world/change/change_log.hpp"
#include "world/spatial/grid.hpp"

namespace meridian {

inline constexpr std::int32_t kReachBlocks = 5;        // from the body's centre to the cell's middle
inline constexpr std::uint32_t kActionsPerSecond = 8;  // a fast hand; a script gains nothing from more
inline constexpr std::uint32_t kActionBurst = 8;

// kActionsPerSecond, and kActionBurst at once. Counts in ticks: credit is in 1/hz of an action, so that any rate fits in whole numbers.
class ActionRate {
 public:
  explicit ActionRate(std::uint16_t tick_hz = 20) : hz_(tick_hz), credit_(kActionBurst * tick_hz) {}
  void tick() { credit_ = std::min(credit_ + kActionsPerSecond, kActionBurst * hz_); }
  bool take() {
    if (credit_ < hz_) return false;
    credit_ -= hz_;
    return true;
  }

 private:
  std::uint32_t hz_, credit_;
};

struct BlockIntent {
  std::uint32_t player = 0;  // who hears of it
  EntityHandle body;         // of the one who asks
  ActionRate* rate = nullptr;
  Action action;
};
struct BlockOutcome {
  std::uint32_t player = 0;
  ActionResult result;
};

// Why this may not be done now; Refusal::none = it may. `grid` must hold present rows. Does not look at the rate.
Refusal why_not(const World& world, const Grid& grid, MapId map, EntityHandle body, const Action& action, std::vector<Row>& scratch);

// Judges and does all; appends one outcome an intent, in order.
void run_block_intents(std::span<const BlockIntent> intents, const Grid& grid, MapId map, ChangeLog& log, std::vector<BlockOutcome>& out,
                       std::vector<Row>& scratch);

}  // namespace meridian
