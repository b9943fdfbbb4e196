// The rules, run hard: bodies with random inputs on generated ground while blocks come and go, pushes, deaths and births, and a second
// world that only hears the change log. One number comes out. The same on g++, clang and WebAssembly, or the rules are not the same:
// world/check_rules_hash.sh.
#pragma once

#include <cstdint>

namespace meridian {

struct RulesRun {
  std::uint64_t hash = 0;     // SipHash-2-4 over the state hashes taken on the way
  std::uint64_t steps = 0;    // of bodies
  std::uint64_t blocked = 0;  // steps that met a blocking cell
  std::uint64_t pushes = 0;
  std::uint64_t edits = 0;        // blocks that changed
  std::uint64_t replica_off = 0;  // times that the second world's hash differed; must be 0
};

// Runs at least `steps` steps, in whole ticks.
RulesRun run_rules(std::uint64_t seed, std::uint64_t steps);

}  // namespace meridian
