#include "bench/figure.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <time.h>

namespace meridian {

double thread_cpu_us() {
  timespec t{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) * 1e6 + static_cast<double>(t.tv_nsec) / 1e3;
}

std::vector<Cost> by_turns(int rounds, std::span<const std::function<double()>> variants) {
  const std::size_t count = variants.size();
  std::vector<std::vector<double>> costs(count);
  for (int round = -1; round < rounds; ++round) {
    for (std::size_t turn = 0; turn < count; ++turn) {
      const std::size_t which = (turn + static_cast<std::size_t>(round + 1)) % count;
      const double cost = variants[which]();
      if (round >= 0) costs[which].push_back(cost);
    }
  }
  std::vector<Cost> result;
  for (auto& c : costs) {
    std::sort(c.begin(), c.end());
    result.push_back(c.empty() ? Cost{} : Cost{.least = c.front(), .median = c[c.size() / 2]});
  }
  return result;
}

std::optional<double> Figure::ratio() const {
  if (baseline.empty() || baseline_value.least <= 0) return std::nullopt;
  return value.least / baseline_value.least;
}

std::optional<bool> Figure::reached() const {
  const std::optional<double> measured = target_of == TargetOf::ratio ? ratio() : std::optional(value.least);
  if (!target || !measured) return std::nullopt;
  return lower_is_better ? *measured <= *target : *measured >= *target;
}

std::string json_line(std::string_view bench, const Figure& figure) {
  const auto or_null = [](std::optional<double> number) {
    return number ? nlohmann::ordered_json(*number) : nlohmann::ordered_json(nullptr);
  };
  // Four figures: what follows is noise.
  const auto shown = [](double number) { return std::strtod(fmt::format("{:.4g}", number).c_str(), nullptr); };
  const bool compared = !figure.baseline.empty();
  nlohmann::ordered_json line;
  line["bench"] = bench;
  line["case"] = figure.name;
  line["value"] = shown(figure.value.least);
  line["unit"] = figure.unit;
  line["baseline"] = compared ? nlohmann::ordered_json(figure.baseline) : nlohmann::ordered_json(nullptr);
  line["baseline_value"] = or_null(compared ? std::optional(shown(figure.baseline_value.least)) : std::nullopt);
  line["ratio"] = or_null(figure.ratio() ? std::optional(shown(*figure.ratio())) : std::nullopt);
  line["target"] = or_null(figure.target);
  line["better"] = figure.lower_is_better ? "lower" : "higher";
  line["target_of"] = figure.target_of == TargetOf::ratio ? "ratio" : "value";
  line["median"] = shown(figure.value.median);
  line["baseline_median"] = or_null(compared ? std::optional(shown(figure.baseline_value.median)) : std::nullopt);
  return line.dump();
}

int Bench::rounds(int full) const { return quick_ ? std::max(3, full / 4) : std::max(3, full); }

void Bench::must(bool held, std::string_view what) const {
  if (held) return;
  std::fflush(stdout);
  fmt::print(stderr, "{}: {}: the results differ, so no time counts\n", name_, what);
  std::exit(1);
}

void Bench::note(std::string_view text) const { fmt::print("{}\n", text); }

void Bench::report(const Figure& figure) {
  if (!head_printed_) {
    fmt::print("\n{:>7}  {:<44} {:>9} {:>9}  {:<16} {:>9}  {:<28} {}\n", "ratio", "case", "value", "median", "unit", "baseline", "of",
               "target");
    head_printed_ = true;
  }
  const auto ratio = figure.ratio();
  const auto reached = figure.reached();
  const std::string target =
      figure.target ? fmt::format("{} {:.4g}{}{}", figure.lower_is_better ? "<=" : ">=", *figure.target,
                                  figure.target_of == TargetOf::ratio ? " x" : "", reached ? (*reached ? ", reached" : ", missed") : "")
                    : std::string("-");
  fmt::print("{:>7}  {:<44} {:>9.4g} {:>9.4g}  {:<16} {:>9}  {:<28} {}\n", ratio ? fmt::format("{:.3g} x", *ratio) : "-", figure.name,
             figure.value.least, figure.value.median, figure.unit,
             figure.baseline.empty() ? "-" : fmt::format("{:.4g}", figure.baseline_value.least),
             figure.baseline.empty() ? "-" : figure.baseline, target);
  std::fflush(stdout);
  if (json_) {
    fmt::print(json_, "{}\n", json_line(name_, figure));
    std::fflush(json_);
  }
}

}  // namespace meridian
