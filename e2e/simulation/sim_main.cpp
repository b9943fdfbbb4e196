// meridian-sim: runs of the simulation by seed. Exit 0 all fine, 1 a violation (or something that must be reached was not), 2 unusable
// arguments.
#include <CLI/CLI.hpp>
#include <chrono>
#include <fmt/format.h>
#include <fstream>
#include <string>
#include <vector>

#include "e2e/simulation/network.hpp"
#include "e2e/simulation/run.hpp"
#include "regional_node/content/blocks_content.hpp"
#include "world/chunk/generator.hpp"

namespace meridian::sim {
namespace {

constexpr int kWorldChunks = 8;  // 256 x 256 blocks
constexpr std::uint64_t kWorldSeed = 7;

struct Arguments {
  std::uint64_t seeds = 1, from = 1;
  std::string mix, json, kept_dir = "e2e/simulation/kept";
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
  return text + fmt::format("replay: ./dev sim --seed {}{}\n", plan.seed, mix.empty() ? "" : " --mix " + mix);
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

  Coverage coverage;
  std::uint64_t done = 0, failed = 0, steps = 0, trace = 0;
  for (const std::uint64_t seed : seeds) {
    if (arguments.minutes > 0 && seconds() > arguments.minutes * 60) break;
    const Plan plan = draw_plan(seed, arguments.mix);
    const RunReport report = run(plan, content);
    ++done;
    steps += report.steps;
    trace = trace * 0x9E3779B97F4A7C15u + report.trace_hash;
    coverage.add(report.coverage);
    if (arguments.trace) fmt::print("seed {} trace {:016x}\n", seed, report.trace_hash);
    if (report.violations.empty()) continue;
    ++failed;
    constexpr std::uint64_t kShown = 5;
    if (failed > kShown) continue;
    fmt::print("{}", story(plan, report, arguments.mix));
    if (failed == 1 && plan.faults.size() > 1) {
      const Plan shrunk = shrink(plan, content);
      fmt::print("with fewer faults ({} of {}):\n{}", shrunk.faults.size(), plan.faults.size(),
                 story(shrunk, run(shrunk, content), arguments.mix));
    }
    if (arguments.until_failure) break;
  }
  // Narrow mixes and short batches cannot reach everything; a landing's batch must.
  constexpr std::uint64_t kMustReachFrom = 200;
  bool incomplete = false;
  if (arguments.mix.empty() && done >= kMustReachFrom) {
    for (const std::string& what : coverage.missing()) {
      incomplete = true;
      fmt::print("NEVER REACHED in {} runs: {}\n", done, what);
    }
  }
  if (arguments.coverage) fmt::print("{}", coverage.report());
  const double rate = seconds() > 0 ? static_cast<double>(steps) / seconds() : 0;
  if (!arguments.json.empty()) {
    std::ofstream(arguments.json, std::ios::app)
        << fmt::format("{{\"seeds\":{},\"failed\":{},\"steps\":{},\"steps_per_s\":{:.0f},\"trace\":\"{:016x}\",\"complete\":{}}}\n", done,
                       failed, steps, rate, trace, !incomplete);
  }
  fmt::print("trace {:016x}\nseeds {}, failed {}, steps/s {:.0f}\n", trace, done, failed, rate);
  return failed == 0 && !incomplete ? 0 : 1;
}

}  // namespace
}  // namespace meridian::sim

int main(int argc, char** argv) {
  using namespace meridian;
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
  start_crypto();
  const auto content = sim::load_content();
  if (!content) {
    fmt::print(stderr, "meridian-sim: cannot load the content: {}. Run it from the root of the checkout\n", content.error());
    return 2;
  }
  return sim::run_all(arguments, *content);
}
