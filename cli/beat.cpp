#include "cli/beat.hpp"

#include <ctime>

#include "base/clock.hpp"

namespace meridian {

Beat::Beat(std::int64_t period_us) : period_us_(period_us), next_us_(system_now().mono_us + period_us) {}

void Beat::wait() {
  const std::int64_t now_us = system_now().mono_us;
  if (now_us < next_us_) {
    const timespec until{.tv_sec = next_us_ / 1'000'000, .tv_nsec = next_us_ % 1'000'000 * 1000};
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, nullptr);
  } else if (now_us - next_us_ > period_us_) {
    next_us_ = now_us;
  }
  next_us_ += period_us_;
}

}  // namespace meridian
