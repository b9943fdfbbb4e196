// `meridian help`: what there is, or one command's page.
#include <CLI/CLI.hpp>
#include <fmt/ostream.h>
#include <memory>

#include "cli/command.hpp"

namespace meridian {

void add_help(CLI::App& app, Run& run) {
  const auto name = std::make_shared<std::string>();
  CLI::App* command = app.add_subcommand("help", "this page, or that of a command");
  command->add_option("command", *name, "the command");
  command->footer("Examples:\n  meridian help\n  meridian help bots");
  command->callback([&app, &run, name] {
    run = [&app, name](std::ostream& out, std::ostream& err) {
      if (name->empty()) {
        // app.help() would show the page of the command that was given, which is this one.
        out << app.get_formatter()->make_help(&app, app.get_name(), CLI::AppFormatMode::Normal);
        return ExitCode::ok;
      }
      for (const CLI::App* one : app.get_subcommands([](const CLI::App*) { return true; })) {
        if (one->get_name() != *name) continue;
        out << one->help(app.get_name());
        return ExitCode::ok;
      }
      fmt::print(err, "meridian help: no command '{}'. Try `meridian help`\n", *name);
      return ExitCode::usage;
    };
  });
}

}  // namespace meridian
