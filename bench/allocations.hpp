// How often operator new has run in this program: `steady state: 0` is a promise of the hot path (hot_path.md 11).
#pragma once

#include <cstddef>

namespace meridian {

std::size_t allocations_so_far();

}  // namespace meridian
