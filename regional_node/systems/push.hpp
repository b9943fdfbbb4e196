// Melee: who pressed the push button and was free to (movement rule 1) pushes the nearest body before him, at present places. Range and arc
// are the node's alone: the client shows the answer, it does not predict others.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "netchannel/wire/messages.hpp"
#include "world/change/change_log.hpp"
#include "world/spatial/grid.hpp"

namespace meridian {

inline constexpr std::int32_t kPushRange_q8 = 384;  // 1.5 blocks between centres; a wider arc or range would hit what nobody aimed at

// A push button that was pressed in this tick.
struct PushTry {
  std::uint32_t player = 0;
  Row row = kNoRow;       // his body, as of now
  std::uint16_t aim = 0;  // 4,096 a turn
  bool started = false;   // StepResult::push_started; false = cooling down, or being pushed himself
};
struct PushOutcome {
  std::uint32_t player = 0;
  Row pushed = kNoRow;
  Refusal refusal = Refusal::none;  // cooling_down, nobody_in_reach
};

// The nearest body within range and 45 degrees of the aim; of equally near ones the least id. `grid` must hold present rows and places.
std::optional<Row> push_target(const Entities& entities, const Grid& grid, Row pusher, std::uint16_t aim, std::vector<Neighbour>& scratch);

// All judged at the places before any of them is pushed; appends one outcome a try, in order.
void run_pushes(std::span<const PushTry> tries, const Grid& grid, ChangeLog& log, std::vector<PushOutcome>& out,
                std::vector<Neighbour>& scratch);

}  // namespace meridian
