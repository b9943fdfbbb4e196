// meridian-sim: runs of the simulation by seed. Exit 0 all fine, 1 a violation (or something that must be reached was not), 2 unusable
// arguments.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fmt/format.h>
#include <fstream>
#include <regex>
#include <string>
#include <vector>

#include "e2e/simulation/batch.hpp"
#include "e2e/simulation/run.hpp"
#include "e2e/simulation/story.hpp"
#include "regional_node/content/blocks_content.hpp"
#include "world/chunk/generator.hpp"

namespace meridian::sim {
namespace {

constexpr int kWorldChunks = 8;  // 256 x 256 blocks
constexpr std::uint64_t kWorldSeed = 7;

struct Arguments {
  std::uint64_t seeds = 1, from = 1;
  std::string mix, json, until, kept_dir = "e2e/simulation/kept";
  double minutes = 0;
  bool until_failure = false, kept = false, coverage = false, trace = false;
  std::uint64_t seed = 0;
};

std::expected<Content, std::string> load_content() {
  auto kinds = load_blocks("config/content/blocks.yaml");
  if (!kinds) return std::unexpected(kinds.error().front().text());
  const auto named = generator_kinds(*kinds);
  if (!named) return std::unexpected(named.error());
  Content content{.kinds = *kinds, .chunks = {}, .spawn = {kWorldChunks * 16, kWorldChunks * 16}};
  const Generator generator(kWorldSeed, *named);
  for (int y = 0; y < kWorldChunks; ++y)
    for (int x = 0; x < kWorldChunks; ++x) {
      const ChunkCoord at{MapId{0}, x, y};
      generator.fill(at, content.chunks.load(at));
    }
  return content;
}

// Drops faults one by one as long as the run still fails: what is left is the cause.
Plan shrink(Plan plan, const Content& content) {
  for (std::size_t i = 0; i < plan.faults.size();) {
    Plan fewer = plan;
    fewer.faults.erase(fewer.faults.begin() + static_cast<std::ptrdiff_t>(i));
    if (run(fewer, content).violations.empty()) {
      ++i;
    } else {
      plan = fewer;
    }
  }
  return plan;
}

int run_all(const Arguments& arguments, const Content& content) {
  const auto begun = std::chrono::steady_clock::now();
  const auto seconds = [&] { return std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count(); };
  std::vector<std::uint64_t> seeds;
  if (arguments.kept) {  // seeds that failed once stay for ever: one a line, then their story
    std::ifstream file(arguments.kept_dir + "/seeds.txt");
    for (std::string line; std::getline(file, line);)
      if (!line.empty() && line[0] != '#') seeds.push_back(std::stoull(line));
  }
  for (std::uint64_t i = 0; i < arguments.seeds; ++i) seeds.push_back(arguments.from + i);

  Batch batch{.narrow = !arguments.mix.empty()};
  for (const std::uint64_t seed : seeds) {
    if (arguments.minutes > 0 && seconds() > arguments.minutes * 60) break;
    prepare_last_words(seed, arguments.mix);
    const Plan plan = draw_plan(seed, arguments.mix);
    const RunReport report = run(plan, content);
    batch.add(report);
    if (arguments.trace) fmt::print("seed {} trace {:016x}\n", seed, report.trace_hash);
    if (report.violations.empty()) continue;
    const bool found = !arguments.until.empty() && std::ranges::any_of(report.violations, [&](const Violation& violation) {
      return std::regex_search(violation.what, std::regex(arguments.until, std::regex::extended));
    });
    constexpr std::uint64_t kShown = 5;
    if (batch.failed > kShown && !found) continue;
    fmt::print("{}", story(plan, report, arguments.mix));
    if (batch.failed == 1 && plan.faults.size() > 1) {
      const Plan shrunk = shrink(plan, content);
      fmt::print("with fewer faults ({} of {}):\n{}", shrunk.faults.size(), plan.faults.size(),
                 story(shrunk, run(shrunk, content), arguments.mix));
    }
    if (arguments.until_failure || found) break;
  }
  for (const std::string& what : batch.never_reached()) fmt::print("NEVER REACHED in {} runs: {}\n", batch.runs, what);
  if (arguments.coverage) fmt::print("{}", batch.coverage.report());
  const double rate = seconds() > 0 ? static_cast<double>(batch.steps) / seconds() : 0;
  if (!arguments.json.empty()) {
    std::ofstream(arguments.json, std::ios::app)
        << fmt::format("{{\"seeds\":{},\"failed\":{},\"steps\":{},\"steps_per_s\":{:.0f},\"trace\":\"{:016x}\",\"complete\":{}}}\n",
                       batch.runs, batch.failed, batch.steps, rate, batch.trace, batch.never_reached().empty());
  }
  fmt::print("trace {:016x}\nseeds {}, failed {}, steps/s {:.0f}\n", batch.trace, batch.runs, batch.failed, rate);
  return batch.good() ? 0 : 1;
}

}  // namespace
}  // namespace meridian::sim

// A sanitizer that has found something aborts, as an assertion does, so that the run's last words are heard.
// NOLINTNEXTLINE(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp): its name, not ours
extern "C" const char* __asan_default_options() { return "abort_on_error=1"; }

int main(int argc, char** argv) {
  using namespace meridian;
  (void)std::setvbuf(stdout, nullptr, _IOLBF, 0);  // what was said before an abort must not be lost with the buffer
  sim::Arguments arguments;
  CLI::App app{
      "A node and its clients in one process on simulated time, with faults, from a seed.\n\n  ./dev sim --seeds 300 --from 1\n  ./dev sim "
      "--seed 7"};
  app.add_option("--seeds", arguments.seeds, "how many seeds");
  app.add_option("--from", arguments.from, "the first of them");
  CLI::Option* one = app.add_option("--seed", arguments.seed, "this one alone, with its trace hash");
  app.add_option("--minutes", arguments.minutes, "stop after so many minutes");
  app.add_option("--mix", arguments.mix, "the narrow fault mix of a planted defect");
  app.add_option("--json", arguments.json, "append the result as one JSON line to FILE");
  app.add_flag("--until-failure", arguments.until_failure, "stop at the first failing seed");
  app.add_option("--until", arguments.until, "stop at the first seed with a violation like this (an extended regular expression)");
  app.add_flag("--kept", arguments.kept, "the kept seeds first");
  app.add_flag("--coverage", arguments.coverage, "what was reached, rarest first");
  app.add_flag("--trace", arguments.trace, "each seed's trace hash");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  if (*one) {
    arguments.seeds = 1;
    arguments.from = arguments.seed;
    arguments.trace = true;
  }
  if (!sim::known_mix(arguments.mix)) {
    fmt::print(stderr, "meridian-sim: no mix '{}': they have the names of the plants (e2e/simulation/plants)\n", arguments.mix);
    return 2;
  }
  start_crypto();
  const auto content = sim::load_content();
  if (!content) {
    fmt::print(stderr, "meridian-sim: cannot load the content: {}. Run it from the root of the checkout\n", content.error());
    return 2;
  }
  return sim::run_all(arguments, *content);
}
