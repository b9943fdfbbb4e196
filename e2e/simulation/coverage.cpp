#include "e2e/simulation/coverage.hpp"

#include <algorithm>

namespace meridian::sim {

void Coverage::cell(const std::string& name, std::uint64_t times) {
  const auto it = std::find_if(cells_.begin(), cells_.end(), [&](const Named& n) { return n.name == name; });
  if (it == cells_.end()) {
    cells_.push_back({name, times});
  } else {
    it->times += times;
  }
}

void Coverage::impaired(const ImpairmentCounters& before, const ImpairmentCounters& after, std::span<const Passage> copies,
                        const Plan& plan, std::int64_t at_us, int client, bool up) {
  const auto active = [&](FaultKind kind) {
    return std::any_of(plan.faults.begin(), plan.faults.end(), [&](const Fault& f) {
      return f.kind == kind && at_us >= f.from_us && at_us < f.to_us && (f.client < 0 || f.client == client) && (up ? f.up : f.down);
    });
  };
  if (after.lost > before.lost) reached(active(FaultKind::cut) ? FaultKind::cut : FaultKind::loss);
  if (after.burst_lost > before.burst_lost) reached(FaultKind::burst);
  if (after.duplicated > before.duplicated) reached(FaultKind::duplicate);
  if (after.reordered > before.reordered) reached(FaultKind::reorder);
  if (after.corrupted > before.corrupted) reached(FaultKind::bit_flip);
  const std::int64_t usual_us = kStart_us + at_us + std::int64_t{plan.base_delay_ms + plan.base_jitter_ms} * 1000;
  const bool late = std::any_of(copies.begin(), copies.end(), [&](const Passage& copy) { return copy.at_us > usual_us; });
  if (late && active(FaultKind::delay)) reached(FaultKind::delay);
}

void Coverage::add(const Coverage& other) {
  for (std::size_t i = 0; i < kFaultKinds; ++i) faults_[i] += other.faults_[i];
  for (const Named& named : other.cells_) cell(named.name, named.times);
}

std::vector<std::string> Coverage::missing() const {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < kFaultKinds; ++i)
    if (faults_[i] == 0) out.push_back("fault " + std::string(name(static_cast<FaultKind>(i))));
  for (const Named& named : cells_)
    if (named.times == 0) out.push_back(named.name);
  return out;
}

std::string Coverage::report() const {
  std::vector<Named> all = cells_;
  for (std::size_t i = 0; i < kFaultKinds; ++i) all.push_back({"fault " + std::string(name(static_cast<FaultKind>(i))), faults_[i]});
  std::stable_sort(all.begin(), all.end(), [](const Named& a, const Named& b) { return a.times < b.times; });
  std::string text;
  for (const Named& named : all) text += std::to_string(named.times) + " " + named.name + "\n";
  return text;
}

}  // namespace meridian::sim
