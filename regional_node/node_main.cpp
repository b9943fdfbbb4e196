// meridian-node: options, exit codes, and what a person sees when it does not start.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include "regional_node/content/blocks_content.hpp"
#include "regional_node/content/terrain.hpp"
#include "regional_node/node.hpp"
#include "regional_node/telemetry/log.hpp"

namespace {

using namespace meridian;

enum ExitCode : int { kOk = 0, kCannotStart = 1, kUsage = 2, kBadConfig = 3 };

constexpr const char* kFooter =
    "Exit codes: 0 ended by SIGTERM or SIGINT, or the check passed; 1 cannot start (port or state folder taken, key file open to others "
    "...);\n"
    "2 wrong options; 3 the configuration is wrong: every error as file:line:column on stderr.\n\n"
    "Examples:\n"
    "  meridian-node --config config/regions/eu-west.yaml\n"
    "  meridian-node --config config/regions/eu-west.yaml --check-config\n";

bool report(const std::vector<ConfigError>& errors) {
  for (const ConfigError& error : errors) fmt::print(stderr, "{}\n", error.text());
  return false;
}

// The content is part of the configuration: a file that names a broken one is wrong too. So is one whose world nobody could enter.
bool world_is_good(const RegionSettings& settings, const std::string& config) {
  const auto kinds = load_blocks(settings.blocks);
  if (!kinds) return report(kinds.error());
  const auto of_generator = generator_kinds(*kinds);
  if (!of_generator) return report({{settings.blocks, 1, 1, of_generator.error()}});
  const auto problem = spawn_problem(settings, *kinds, *of_generator);
  return problem ? report({{config, 1, 1, *problem}}) : true;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("A Meridian region's node: simulates its world and serves its players until SIGTERM.", "meridian-node");
  std::string config, state;
  bool check = false, print = false;
  app.add_option("--config", config, "the region's YAML, config/regions/NAME.yaml")->required()->type_name("FILE");
  app.add_option("--state", state, "state folder, instead of state.dir")->type_name("DIR");
  app.add_flag("--check-config", check, "check the file and the content it names, then end");
  app.add_flag("--print-config", print, "print all settings in force as YAML, then end");
  app.footer(kFooter);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kOk : kUsage;
  }

  auto settings = load_region_settings(config);
  if (!settings) {
    report(settings.error());
    return kBadConfig;
  }
  if (!state.empty()) settings->state_dir = state;
  if (!world_is_good(*settings, config)) return kBadConfig;
  if (print) fmt::print("{}", print_region_settings(*settings));
  if (check) fmt::print(print ? stderr : stdout, "{}: good\n", config);
  if (check || print) return kOk;

  start_logging(settings->log_level, ::isatty(STDERR_FILENO) == 0);
  auto node = Node::start(*settings);
  if (!node) {
    spdlog::error("{}", node.error().text());
    return kCannotStart;
  }
  (*node)->run();
  return kOk;
}
