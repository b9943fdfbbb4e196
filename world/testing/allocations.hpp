// For tests that promise none: how often operator new has run in this thread of the test program. netchannel and regional_node link
// allocations_test.cpp into theirs too.
#pragma once

#include <cstddef>

namespace meridian {

std::size_t allocations_so_far();

}  // namespace meridian
