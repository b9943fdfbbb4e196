#include "base/assert.hpp"

#include <cstdio>
#include <cstdlib>

namespace meridian {

void assertion_failed(const char* expression, const char* file, int line) noexcept {
  std::fprintf(stderr,
               "meridian: assertion failed: %s (%s:%d). This is a defect of ours; the process ends so that nothing wrong is kept.\n",
               expression, file, line);
  std::abort();
}

}  // namespace meridian
