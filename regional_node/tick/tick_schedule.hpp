// When ticks are due. Numbers never skip: a late tick runs late, and the ones behind it at once, until the schedule is met again. Who is
// more than kCatchUp_us behind (the process was stopped, the machine slept) moves the whole schedule instead: players would only see their
// bodies race.
#pragma once

#include <cstdint>

#include "base/tick.hpp"

namespace meridian {

class TickSchedule {
 public:
  static constexpr std::int64_t kCatchUp_us = 1'000'000;

  TickSchedule(Tick first, std::int64_t first_due_us, std::uint16_t hz) : next_(first), base_(first), base_due_us_(first_due_us), hz_(hz) {}

  Tick next() const { return next_; }
  // By multiplication from the base, so that rates that do not divide a second (60 Hz) do not drift.
  std::int64_t due_us() const { return base_due_us_ + (next_ - base_) * 1'000'000 / hz_; }
  bool due(std::int64_t now_us) const { return now_us >= due_us(); }

  // The next tick begins now. Counts an overrun when the one after it is due already, and when the schedule moves.
  void begin(std::int64_t now_us) {
    const bool move = now_us - due_us() > kCatchUp_us;
    if (move) {
      base_ = next_;
      base_due_us_ = now_us;
      ++moved_;
    }
    ++next_;
    overruns_ += move || due(now_us) ? 1 : 0;
  }

  std::uint64_t overruns() const { return overruns_; }
  std::uint64_t moved() const { return moved_; }

 private:
  Tick next_, base_;
  std::int64_t base_due_us_;
  std::int64_t hz_;
  std::uint64_t overruns_ = 0, moved_ = 0;
};

}  // namespace meridian
