// How the node's one thread divides its time: a wake reads the socket and runs at most one tick; then the loop looks at signals and sleeps
// until the next wake. So neither ticks that take longer than their period nor a flood of datagrams keep it from being told to stop, from
// saying how it is, or from the next tick.
#pragma once

#include <algorithm>
#include <cstdint>

#include "regional_node/tick/tick_schedule.hpp"

namespace meridian {

inline constexpr std::int64_t kPoll_us = 10'000;       // netcode 0.6: read by the clock, not by readiness
inline constexpr std::int64_t kBeforeTick_us = 500;    // "just before each tick"
inline constexpr std::int64_t kReadAtMost_us = 5'000;  // a wake: half a poll. What a flood leaves waiting is read by the next one, or lost

// Whether a read that began at `began_us` may take another batch.
constexpr bool may_read_on(std::int64_t began_us, std::int64_t now_us) { return now_us - began_us < kReadAtMost_us; }

// From the end of a wake to the next: up to the next multiple of the poll or just before the next tick, whichever comes first. Never 0,
// also when a tick is due: libuv would run a timer of 0 again at once, before it looks at signals.
inline std::int64_t wait_ms(const TickSchedule& schedule, std::int64_t now_us) {
  const std::int64_t until_tick_us = schedule.due_us() - now_us;
  const std::int64_t wait_us = until_tick_us <= kPoll_us ? until_tick_us : std::min(kPoll_us, until_tick_us - kBeforeTick_us);
  return std::max<std::int64_t>((wait_us + 999) / 1000, 1);
}

}  // namespace meridian
