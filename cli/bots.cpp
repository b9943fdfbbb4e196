// `meridian bots`: players that walk, build and push by themselves, and what they went through.
#include <CLI/CLI.hpp>
#include <cmath>
#include <fmt/ostream.h>
#include <fstream>
#include <memory>
#include <unistd.h>

#include "cli/beat.hpp"
#include "cli/bots/crowd.hpp"
#include "cli/command.hpp"
#include "cli/stop_signal.hpp"

namespace meridian {
namespace {

constexpr std::int64_t kBeat_us = 5'000;
constexpr std::int64_t kGoodbye_us = 200'000;  // CLOSE goes out at 0, 50 and 150 ms

struct BotsOptions {
  CrowdSettings crowd;
  std::string config = kDefaultConfig, state;
  std::string json;
  double for_s = 0, warm_up_s = 5;
  double turn_s = 1, build_s = 8, push_s = 15;
};

std::uint32_t ticks(double seconds, std::uint16_t hz) {
  return seconds <= 0 ? 0 : std::max(1u, static_cast<std::uint32_t>(std::lround(seconds * hz)));
}

// Walks until the time is over or somebody stops it. Returns the measured seconds.
double walk(const BotsOptions& options, Crowd& crowd, std::ostream& err) {
  const std::int64_t start_us = system_now().mono_us;
  const auto warm_up_us = static_cast<std::int64_t>(options.warm_up_s * 1e6), for_us = static_cast<std::int64_t>(options.for_s * 1e6);
  std::int64_t next_look_us = start_us + 1'000'000, next_word_us = start_us + 10'000'000;
  bool counting = false;
  Beat beat(kBeat_us);
  Now now = system_now();
  while (!stop_asked() && (for_us == 0 || now.mono_us - start_us < for_us)) {
    crowd.step(now, err);
    if (!counting && now.mono_us - start_us >= warm_up_us) {
      counting = true;
      crowd.start_counting(now);
    }
    if (now.mono_us >= next_look_us) {
      next_look_us += 1'000'000;
      if (counting) crowd.look(now);
    }
    if (now.mono_us >= next_word_us) {
      next_word_us += 10'000'000;
      const CrowdSummary sum = sum_up(crowd.figures(now), 0, 0);
      fmt::print(err, "bots: {} of {} in the world, rtt {:.1f} ms, {} corrections, verdict matched {}, jitter {}, diverging {}\n",
                 sum.in_world, sum.bots, sum.rtt_p50_ms, sum.corrections, sum.last[0], sum.last[1], sum.last[2]);
      err.flush();
    }
    beat.wait();
    now = system_now();
  }
  return static_cast<double>(now.mono_us - start_us - (counting ? warm_up_us : 0)) / 1e6;
}

void say_goodbye(Crowd& crowd, std::ostream& err) {
  const Now now = system_now();
  crowd.close(now);
  Beat beat(kBeat_us);
  while (system_now().mono_us - now.mono_us < kGoodbye_us) {
    crowd.step(system_now(), err);
    beat.wait();
  }
}

ExitCode run_bots(BotsOptions options, std::ostream& out, std::ostream& err) {
  const auto region = load_region(options.config, options.state);
  if (!region) {
    fmt::print(err, "meridian bots: {}\n", region.error().text());
    return ExitCode::usage;
  }
  const std::uint16_t hz = region->settings.tick_hz;
  options.crowd.walker = {
      .turn_ticks = ticks(options.turn_s, hz), .build_ticks = ticks(options.build_s, hz), .push_ticks = ticks(options.push_s, hz)};
  auto crowd = Crowd::open(options.crowd, *region);
  if (!crowd) {
    fmt::print(err, "meridian bots: {}\n", crowd.error().text());
    return ExitCode::failed;
  }
  catch_stop_signals();
  const std::int64_t start_us = system_now().mono_us;
  const double seconds = walk(options, *crowd, err);
  const Now now = system_now();
  const CrowdSummary summary = sum_up(crowd->figures(now), seconds, static_cast<double>(now.mono_us - start_us) / 1e6);
  say_goodbye(*crowd, err);

  out << summary_text(summary);
  if (!options.json.empty()) {
    std::ofstream file(options.json);
    file << summary_json(summary);
    if (!file.flush()) {
      fmt::print(err, "meridian bots: cannot write {}: check its folder and the disk\n", options.json);
      return ExitCode::failed;
    }
  }
  if (crowd->entered() == 0) return ExitCode::unreachable;
  return summary.well() ? ExitCode::ok : ExitCode::failed;
}

}  // namespace

void add_bots(CLI::App& app, Run& run) {
  const auto options = std::make_shared<BotsOptions>();
  CLI::App* command = app.add_subcommand("bots", "players that walk and build by themselves");
  command->add_option("--count", options->crowd.count, "how many")->check(CLI::Range(1, 5000))->capture_default_str();
  command->add_flag("--light", options->crowd.light, "one socket for all; loopback only, for load");
  command->add_option("--for-s", options->for_s, "end after so long; 0: at Ctrl-C")->capture_default_str();
  command->add_option("--warm-up-s", options->warm_up_s, "of these, not measured")->capture_default_str();
  command->add_option("--turn-s", options->turn_s, "mean time between turns; 0: never")->capture_default_str();
  command->add_option("--build-s", options->build_s, "between blocks of one bot; 0: never")->capture_default_str();
  command->add_option("--push-s", options->push_s, "between pushes of one bot; 0: never")->capture_default_str();
  command->add_option("--seed", options->crowd.seed, "of what they do")->capture_default_str();
  // A name is an account, and a second login ends the first: two processes that were told nothing must not share one.
  options->crowd.name = fmt::format("bot-{}", ::getpid());
  command->add_option("--name", options->crowd.name, "bot 7 is NAME-7; a name is an account")->default_str("bot-PID");
  command->add_option("--udp", options->crowd.udp, "a relay's address, not the node's")->check(address_problem);
  command->add_option("--config", options->config, "the region's file")->capture_default_str();
  command->add_option("--state", options->state, "state folder, if not the config's");
  command->add_option("--json", options->json, "the summary as JSON, into this file");
  command->footer(
      "Ends with a summary on stdout. Exit code 0: all were in the world to the end,\n"
      "nobody was cut off, every correction had a cause; 1: not so; 2: none got in.\n\n"
      "Examples:\n"
      "  meridian bots --count 50\n"
      "  meridian bots --count 1000 --light --for-s 65 --json bots.json\n"
      "  meridian bots --count 8 --for-s 65 --build-s 0 --udp 127.0.0.1:7800");
  command->callback([options, &run] { run = [options](std::ostream& out, std::ostream& err) { return run_bots(*options, out, err); }; });
}

}  // namespace meridian
