// What many runs amount to: a batch is good when none failed and it has been everywhere.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "e2e/simulation/run.hpp"

namespace meridian::sim {

struct Batch {
  bool narrow = false;  // of one mix of faults: it cannot have been everywhere
  std::uint64_t runs = 0, failed = 0, steps = 0, trace = 0;
  Coverage coverage;

  void add(const RunReport& report) {
    ++runs;
    failed += report.violations.empty() ? 0 : 1;
    steps += report.steps;
    trace = trace * 0x9E3779B97F4A7C15u + report.trace_hash;
    coverage.add(report.coverage);
  }
  // Short batches cannot reach everything; a landing's must. (Every 250th seed is a long run, of which one is in each such batch.)
  std::vector<std::string> never_reached() const {
    constexpr std::uint64_t kMustReachFrom = 300;
    return narrow || runs < kMustReachFrom ? std::vector<std::string>{} : coverage.missing();
  }
  bool good() const { return failed == 0 && never_reached().empty(); }
};

}  // namespace meridian::sim
