// `meridian status`: how a node is, in one word and a table.
#include <CLI/CLI.hpp>
#include <fmt/ostream.h>
#include <memory>

#include "cli/command.hpp"
#include "cli/http_get.hpp"
#include "cli/region.hpp"
#include "cli/status/report.hpp"

namespace meridian {
namespace {

constexpr std::int64_t kTimeout_ms = 3'000;  // the node answers from memory: more is no answer

struct StatusOptions {
  std::string http;
  std::string config = kDefaultConfig;
  std::uint32_t players_at_least = 0;
};

ExitCode run_status(const StatusOptions& options, std::ostream& out, std::ostream& err) {
  const auto fail = [&err](const Error& error, ExitCode code) {
    fmt::print(err, "meridian status: {}\n", error.text());
    return code;
  };
  std::string http = options.http;
  if (http.empty()) {
    const auto settings = load_settings(options.config);
    if (!settings) return fail(settings.error(), ExitCode::usage);
    http = settings->http;
  }
  const auto address = Address::parse(http);
  if (!address) return fail(address.error(), ExitCode::usage);

  const auto answer = http_get(*address, "/v1/status", kTimeout_ms);
  if (!answer) return fail(answer.error(), ExitCode::unreachable);
  const auto report = read_status(answer->body);
  if (!report)
    return fail({"no status from http://" + http, report.error(), "is this a meridian-node of our version?"}, ExitCode::unreachable);

  out << report->text;
  if (report->players < options.players_at_least) {
    fmt::print(err, "meridian status: {} players, not yet {}\n", report->players, options.players_at_least);
    return ExitCode::not_yet;
  }
  return report->well ? ExitCode::ok : ExitCode::failed;
}

}  // namespace

void add_status(CLI::App& app, Run& run) {
  const auto options = std::make_shared<StatusOptions>();
  CLI::App* command = app.add_subcommand("status", "how a node is: a verdict and a table");
  command->add_option("--http", options->http, "its address; else net.http of the config")->check(address_problem);
  command->add_option("--config", options->config, "the region's file")->capture_default_str();
  command->add_option("--players-at-least", options->players_at_least, "fewer: exit code 4");
  command->footer(
      "Exit code 0: the verdict is ok; 1: it is not, and says why; 2: nobody\nanswers; 4: fewer players than asked for, whatever the "
      "verdict.\n\n"
      "Examples:\n"
      "  meridian status\n"
      "  meridian status --http 127.0.0.1:8081 --players-at-least 50");
  command->callback([options, &run] { run = [options](std::ostream& out, std::ostream& err) { return run_status(*options, out, err); }; });
}

}  // namespace meridian
