// The `meridian` command: reads the command line, runs what it chose.
#include <CLI/CLI.hpp>
#include <fmt/ostream.h>
#include <iostream>

#include "cli/command.hpp"
#include "netchannel/crypto/keys.hpp"

int main(int argc, char** argv) {
  using namespace meridian;
  CLI::App app("Meridian: a world that many players share.", "meridian");
  Run run;
  add_play(app, run);
  add_status(app, run);
  add_bots(app, run);
  add_relay(app, run);
  add_token(app, run);
  add_help(app, run);
  app.require_subcommand(0, 1);
  app.footer(
      "Exit codes: 0 fine, 1 the answer is no, 2 nobody answered, 3 wrong usage.\n\n"
      "Examples:\n"
      "  meridian play --name ada       walk in the world that `./dev up` started\n"
      "  meridian status                how it is\n"
      "  meridian help bots             more of one command");
  for (CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) command->get_formatter()->column_width(36);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& asked_for_help) {
    return app.exit(asked_for_help);
  } catch (const CLI::ParseError& error) {
    fmt::print(std::cerr, "meridian: {}. Try `meridian help`\n", error.what());
    return static_cast<int>(ExitCode::usage);
  }
  if (!run) {
    std::cout << app.help();
    return static_cast<int>(ExitCode::ok);
  }
  start_crypto();
  return static_cast<int>(run(std::cout, std::cerr));
}
