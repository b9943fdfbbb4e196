// What a batch of runs must have reached: a green batch in which a fault never happened says nothing about it. Plain counters, summed over
// runs. A fault counts by its effect, not by its being due.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "e2e/simulation/faults.hpp"
#include "netchannel/relay/impairment.hpp"

namespace meridian::sim {

class Coverage {
 public:
  void reached(FaultKind kind, std::uint64_t times = 1) { faults_[static_cast<std::size_t>(kind)] += times; }
  // A cell of the node's session table (state x event, `netcode.md` 3).
  void cell(const std::string& name, std::uint64_t times);
  // What a link has just done to a datagram: its counters before and after, and the copies that leave (`at_us` on the run's clock).
  void impaired(const ImpairmentCounters& before, const ImpairmentCounters& after, std::span<const Passage> copies, const Plan& plan,
                std::int64_t at_us, int client, bool up);
  void add(const Coverage& other);
  // Everything that must be reached and was not, by name; empty = complete.
  std::vector<std::string> missing() const;
  // Rarest first, one "count name" a line.
  std::string report() const;

 private:
  struct Named {
    std::string name;
    std::uint64_t times = 0;
  };
  std::array<std::uint64_t, kFaultKinds> faults_{};
  std::vector<Named> cells_;  // in the order first named: the same in every process
};

}  // namespace meridian::sim
