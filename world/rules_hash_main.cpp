// Prints the hash of a million steps of the rules. Built three times by world/check_rules_hash.sh, for g++, clang and WebAssembly.
#include <cinttypes>
#include <cstdio>

#include "world/testing/rules_run.hpp"

int main() {
  const meridian::RulesRun run = meridian::run_rules(20261, 1'000'000);
  std::printf("%016" PRIx64 " after %" PRIu64 " steps, %" PRIu64 " of them blocked, %" PRIu64 " pushes, %" PRIu64 " edits\n", run.hash,
              run.steps, run.blocked, run.pushes, run.edits);
  return run.replica_off == 0 ? 0 : 1;
}
