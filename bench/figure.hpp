// What a benchmark measures with and how it reports. A figure is a cost beside the cost of its baseline: the same task done by the bare
// loop or by a rival, in the same process, its result compared before any time counts. Nothing here judges: a figure informs, a test
// judges.
//
//   void spatial(Bench& bench) {                       // bench/spatial.cpp, listed in bench_main.cpp
//     ... compare the results of both once; `bench.must(equal, "what")` ends the program when they differ ...
//     const std::vector<std::function<double()>> variants = {[&] { return ours(); }, [&] { return bare(); }};  // each: cost of one unit
//     const auto cost = by_turns(bench.rounds(9), variants);
//     bench.report({.name = "10,000 evenly", .unit = "us/entity-tick", .value = cost[0], .baseline = "bare loop",
//                   .baseline_value = cost[1], .target = 0.5});
//   }
//
// The machine is shared: the least of several short rounds is the cost, the median says how busy it was. Rounds of value and baseline
// alternate, so that noise hits both; time is the thread's CPU time where the work is one thread's.
#pragma once

#include <cstdint>
#include <cstdio>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace meridian {

// CPU time of the calling thread, user and system, in microseconds since some origin.
double thread_cpu_us();

struct Cost {
  double least = 0, median = 0;
};

// Runs the variants in turn, `rounds` times, each round beginning with another one; a variant does one short round of work and returns what
// one unit of it cost. The first turn of each warms up and does not count.
std::vector<Cost> by_turns(int rounds, std::span<const std::function<double()>> variants);

// Which number the target of `targets.md` speaks of.
enum class TargetOf : std::uint8_t { value, ratio };

struct Figure {
  std::string name = {};  // the case: "10,000 evenly spread"
  std::string unit = {};  // "us/entity-tick"
  Cost value = {};
  std::string baseline = {};  // empty where there is none
  Cost baseline_value = {};
  std::optional<double> target = std::nullopt;
  TargetOf target_of = TargetOf::value;
  bool lower_is_better = true;

  std::optional<double> ratio() const;  // least over least
  std::optional<bool> reached() const;  // nothing without a target
};

// One line of the contract: bench, case, value, unit, baseline, baseline_value, ratio, target, better; what does not exist is null. Beside
// it: target_of, median and baseline_median.
std::string json_line(std::string_view bench, const Figure& figure);

// One run of one benchmark.
class Bench {
 public:
  // `json` (may be null) gets one line a figure, appended; not owned.
  Bench(std::string name, bool quick, std::FILE* json) : name_(std::move(name)), quick_(quick), json_(json) {}

  bool quick() const { return quick_; }
  // Rounds to measure: fewer when quick, never under 3.
  int rounds(int full) const;
  // A figure of something that went wrong is worse than none: says what differed and ends the program with 1.
  void must(bool held, std::string_view what) const;
  // A line for the reader: what was set up, what limits the figures that follow.
  void note(std::string_view text) const;
  // Prints the figure as a row of the table (with its head before the first) and appends its JSON line.
  void report(const Figure& figure);

 private:
  std::string name_;
  bool quick_;
  std::FILE* json_;
  bool head_printed_ = false;
};

}  // namespace meridian
