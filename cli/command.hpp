// What every subcommand of `meridian` has in common. A subcommand is one file, named as it is typed: cli/token.cpp is `meridian token`. It
// adds its options and its help with examples to the parser, and leaves in `run` what is to be done if the command line chose it.
//
// Answers go to `out` (stdout), progress and errors to `err` (stderr); everything fits 80 columns.
#pragma once

#include <functional>
#include <iosfwd>

namespace CLI {
class App;
}

namespace meridian {

enum class ExitCode : int {
  ok = 0,
  failed = 1,       // the answer is no: not well, refused, a check failed
  unreachable = 2,  // nobody answered
  usage = 3,        // the command line or the config is wrong
  not_yet = 4,      // well or not: what was asked to be waited for is not there
};

using Run = std::function<ExitCode(std::ostream& out, std::ostream& err)>;

void add_bots(CLI::App& app, Run& run);
void add_help(CLI::App& app, Run& run);
void add_play(CLI::App& app, Run& run);
void add_relay(CLI::App& app, Run& run);
void add_status(CLI::App& app, Run& run);
void add_token(CLI::App& app, Run& run);

}  // namespace meridian
