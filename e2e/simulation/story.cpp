#include "e2e/simulation/story.hpp"

#include <algorithm>
#include <array>
#include <csignal>
#include <fmt/format.h>
#include <string_view>
#include <unistd.h>

#include "e2e/simulation/network.hpp"

namespace meridian::sim {
namespace {

// Written before the run, so that the handler has nothing left to do but write(2): nothing else is safe there.
std::array<char, 256> last_words{};
std::size_t last_words_bytes = 0;

void say_last_words(int) {
  if (::write(STDOUT_FILENO, last_words.data(), last_words_bytes) < 0) return;  // the process ends either way
}

std::string replay_line(std::uint64_t seed, const std::string& mix) {
  return fmt::format("replay: ./dev sim --seed {}{}\n", seed, mix.empty() ? "" : " --mix " + mix);
}

}  // namespace

std::string story(const Plan& plan, const RunReport& report, const std::string& mix) {
  std::string text;
  for (const Fault& fault : plan.faults)
    text += fmt::format("{:>9.3f} s  fault: {} {}{} until {:.3f} s, amount {}, extra {}\n", static_cast<double>(fault.from_us) / 1e6,
                        name(fault.kind), fault.client < 0 ? "everybody" : fmt::format("client {}", fault.client),
                        fault.up == fault.down ? ""
                        : fault.up             ? " up"
                                               : " down",
                        static_cast<double>(fault.to_us) / 1e6, fault.amount, fault.extra);
  for (const Violation& violation : report.violations)
    text += fmt::format("VIOLATION seed {} at {:.3f} s: {}\n", plan.seed, static_cast<double>(violation.at_us - kStart_us) / 1e6,
                        violation.what);
  return text + replay_line(plan.seed, mix);
}

void prepare_last_words(std::uint64_t seed, const std::string& mix) {
  const std::string words = fmt::format("VIOLATION seed {}: the process ended\n", seed) + replay_line(seed, mix);
  last_words_bytes = std::string_view(words).copy(last_words.data(), last_words.size());
  std::signal(SIGABRT, say_last_words);
}

}  // namespace meridian::sim
