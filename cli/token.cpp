// `meridian token`: one connect ticket as a JSON line, minted with the key in the node's state folder.
#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ostream.h>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/command.hpp"
#include "cli/region.hpp"

namespace meridian {
namespace {

struct TokenOptions {
  bool dev = false;
  std::string name;
  std::string config = kDefaultConfig;
  std::string state;
};

std::string hex(Bytes bytes) {
  std::string text;
  for (const std::uint8_t byte : bytes) text += fmt::format("{:02x}", byte);
  return text;
}

ExitCode run_token(const TokenOptions& options, std::ostream& out, std::ostream& err) {
  auto settings = load_settings(options.config, options.state);
  if (!settings) {
    fmt::print(err, "meridian token: {}\n", settings.error().text());
    return ExitCode::usage;
  }
  const auto ticket = dev_tickets(*settings, options.name, "")();
  if (!ticket) {
    fmt::print(err, "meridian token: {}\n", ticket.error().text());
    return ExitCode::failed;
  }
  const nlohmann::ordered_json line = {{"node", ticket->node.value},
                                       {"udp", ticket->udp},
                                       {"token", hex(ticket->token)},
                                       {"secret", hex(ticket->secret.bytes)},
                                       {"expires_ms", ticket->expires_ms}};
  out << line.dump() << '\n';
  return ExitCode::ok;
}

}  // namespace

void add_token(CLI::App& app, Run& run) {
  const auto options = std::make_shared<TokenOptions>();
  CLI::App* command = app.add_subcommand("token", "mint a connect ticket (development only)");
  command->add_flag("--dev", options->dev, "with the node's own key, as anybody")->required();
  command->add_option("--name", options->name, "player: 1-64 bytes; a name is an account")->required();
  command->add_option("--config", options->config, "the region's file")->capture_default_str();
  command->add_option("--state", options->state, "state folder, if not the config's");
  command->footer(
      "Prints one JSON line: node, udp (where to send), token (368 hex digits),\n"
      "secret (64), expires_ms (Unix; 30 s from now). Whoever holds the line may\n"
      "enter as that player once. A new ticket of the same name ends the session\n"
      "of an older one. The node must run with `gate.dev: true`.\n\n"
      "Examples:\n"
      "  meridian token --dev --name ada\n"
      "  meridian token --dev --name ada --config my/region.yaml | jq .udp");
  command->callback([options, &run] { run = [options](std::ostream& out, std::ostream& err) { return run_token(*options, out, err); }; });
}

}  // namespace meridian
