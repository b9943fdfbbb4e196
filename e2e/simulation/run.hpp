// One run: a node and its clients in one process on simulated time. The same plan gives the same run, to the byte, in any process.
#pragma once

#include <cstdint>
#include <vector>

#include "e2e/simulation/coverage.hpp"
#include "e2e/simulation/faults.hpp"
#include "e2e/simulation/simulated_node.hpp"
#include "e2e/simulation/truth.hpp"

namespace meridian::sim {

struct RunReport {
  std::uint64_t trace_hash = 0;
  std::uint64_t steps = 0;  // events of the loop: datagrams, wakes, ticks
  std::vector<Violation> violations;
  Coverage coverage;
  NodeCounters counters;  // of the node's last life
};

RunReport run(const Plan& plan, const Content& content);

}  // namespace meridian::sim
