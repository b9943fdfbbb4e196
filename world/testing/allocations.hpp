// For tests that promise none: how often operator new has run in this test program.
#pragma once

#include <cstddef>

namespace meridian {

std::size_t allocations_so_far();

}  // namespace meridian
