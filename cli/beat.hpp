// A steady beat for loops that are driven by the clock. A loop that falls behind skips the beats it missed instead of catching up in a
// rush.
#pragma once

#include <cstdint>

namespace meridian {

class Beat {
 public:
  explicit Beat(std::int64_t period_us);
  // Sleeps until the next beat; returns at once when it has passed already. A signal may end it early.
  void wait();

 private:
  std::int64_t period_us_;
  std::int64_t next_us_;
};

}  // namespace meridian
