// What a failing run leaves behind: its faults, what was seen, and the line that replays it. Also of a run that cannot tell it any more.
#pragma once

#include <cstdint>
#include <string>

#include "e2e/simulation/run.hpp"

namespace meridian::sim {

std::string story(const Plan& plan, const RunReport& report, const std::string& mix);

// Should the process abort from now on (an assertion, a sanitizer that aborts), it says on stdout that this run was it, with its replay
// line.
void prepare_last_words(std::uint64_t seed, const std::string& mix);

}  // namespace meridian::sim
