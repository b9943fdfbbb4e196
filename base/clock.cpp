#include "base/clock.hpp"

#include <chrono>

namespace meridian {

Now system_now() {
  using namespace std::chrono;
  return {.mono_us = duration_cast<microseconds>(steady_clock::now().time_since_epoch()).count(),
          .wall_ms = duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count()};
}

}  // namespace meridian
