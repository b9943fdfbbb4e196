// Time as an argument. Nothing below the shell reads a clock: drivers pass `Now`, the real one from the system, the simulated one from its
// heap.
#pragma once

#include <cstdint>

namespace meridian {

struct Now {
  std::int64_t mono_us = 0;  // monotonic; never goes back; the origin means nothing
  std::int64_t wall_ms = 0;  // Unix time; may jump either way
};

// For drivers only (the shell, the CLI, benches): the machine's own clocks.
Now system_now();

}  // namespace meridian
