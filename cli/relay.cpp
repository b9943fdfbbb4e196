// `meridian relay`: a bad link between clients and a node, for tests and for people who want to feel one.
#include <CLI/CLI.hpp>
#include <cmath>
#include <fmt/ostream.h>
#include <memory>

#include "cli/beat.hpp"
#include "cli/command.hpp"
#include "cli/stop_signal.hpp"
#include "netchannel/relay/udp_relay.hpp"
#include "regional_node/gate/dev_gate.hpp"

namespace meridian {
namespace {

struct RelayOptions {
  std::string listen = "127.0.0.1:0", to = "127.0.0.1:7777", way = "both";
  ImpairmentSettings link;
  double loss = 0, burst = 0, duplicate = 0, reorder = 0, corrupt = 0;  // per cent
  std::uint64_t seed = 1;
  double for_s = 0;
};

std::uint32_t per_million(double per_cent) { return static_cast<std::uint32_t>(std::lround(per_cent * 10'000)); }

void print_way(std::ostream& out, const char* name, const ImpairmentCounters& n) {
  fmt::print(out, "{:<5} {:>9} {:>9} {:>7} {:>6} {:>6} {:>7} {:>7} {:>6} {:>6}\n", name, n.in, n.delivered, n.lost, n.burst_lost,
             n.duplicated, n.reordered, n.corrupted, n.cut, n.queue_dropped);
}

ExitCode run_relay(const RelayOptions& options, std::ostream& out, std::ostream& err) {
  const auto listen = Address::parse(options.listen), to = Address::parse(options.to);
  if (!listen || !to) {
    fmt::print(err, "meridian relay: {}\n", (listen ? to : listen).error().text());
    return ExitCode::usage;
  }
  if (const std::string one = reachable_address(to->text()); one != to->text()) {
    const Error error{"cannot pass anything on to " + to->text(),
                      "it means all addresses of a machine, the answers come from one of them, and no other's are let through",
                      "name that one: --to " + one};
    fmt::print(err, "meridian relay: {}\n", error.text());
    return ExitCode::usage;
  }
  ImpairmentSettings link = options.link;
  link.loss_per_million = per_million(options.loss);
  link.burst_per_million = per_million(options.burst);
  link.duplicate_per_million = per_million(options.duplicate);
  link.reorder_per_million = per_million(options.reorder);
  link.corrupt_per_million = per_million(options.corrupt);
  UdpRelaySettings settings{.listen = *listen, .to = *to, .up = {}, .down = {}, .seed = options.seed};
  if (options.way != "down") settings.up = link;
  if (options.way != "up") settings.down = link;
  auto relay = UdpRelay::open(settings);
  if (!relay) {
    fmt::print(err, "meridian relay: {}\n", relay.error().text());
    return ExitCode::failed;
  }
  fmt::print(err, "relay: {} -> {}\n", relay->local().text(), to->text());
  err.flush();

  catch_stop_signals();
  const std::int64_t end_us = system_now().mono_us + static_cast<std::int64_t>(options.for_s * 1e6);
  Beat beat(1000);
  while (!stop_asked() && (options.for_s <= 0 || system_now().mono_us < end_us)) {
    relay->step(system_now());
    beat.wait();
  }

  const UdpRelayCounters n = relay->counters();
  fmt::print(out, "{:<5} {:>9} {:>9} {:>7} {:>6} {:>6} {:>7} {:>7} {:>6} {:>6}\n", "way", "in", "delivered", "lost", "burst", "twice",
             "reorder", "flipped", "cut", "queue");
  print_way(out, "up", n.up);
  print_way(out, "down", n.down);
  fmt::print(out, "clients {}, refused {}, foreign {}, dropped for room {}\n", n.clients_seen, n.clients_refused, n.foreign, n.held_full);
  return ExitCode::ok;
}

}  // namespace

void add_relay(CLI::App& app, Run& run) {
  const auto options = std::make_shared<RelayOptions>();
  CLI::App* command = app.add_subcommand("relay", "pass UDP on over a link as bad as you like");
  const CLI::Range per_cent(0.0, 100.0);
  const CLI::Range ms(0, 60'000);
  command->add_option("--listen", options->listen, "where clients send; port 0: any")->capture_default_str();
  command->add_option("--to", options->to, "the node")->capture_default_str();
  command->add_option("--way", options->way, "impaired: both, up or down")
      ->check(CLI::IsMember({"both", "up", "down"}))
      ->capture_default_str();
  command->add_option("--delay-ms", options->link.delay_ms, "each way")->check(ms);
  command->add_option("--jitter-ms", options->link.jitter_ms, "+- this, order kept")->check(ms);
  command->add_option("--loss", options->loss, "per cent, each on its own")->check(per_cent);
  command->add_option("--burst", options->burst, "per cent: a burst of losses starts")->check(per_cent);
  command->add_option("--burst-length", options->link.burst_length, "so many in a row")->capture_default_str();
  command->add_option("--duplicate", options->duplicate, "per cent come twice")->check(per_cent);
  command->add_option("--reorder", options->reorder, "per cent are held back")->check(per_cent);
  command->add_option("--reorder-ms", options->link.reorder_ms, "for so long")->check(ms)->capture_default_str();
  command->add_option("--corrupt", options->corrupt, "per cent have a bit flipped")->check(per_cent);
  command->add_option("--rate", options->link.rate_bytes_per_s, "bytes/s each way and client; 0: any");
  command->add_option("--queue-ms", options->link.queue_ms, "before that bottleneck")->check(ms)->capture_default_str();
  command->add_option("--cut-every-ms", options->link.cut.every_ms, "nothing passes at the start of ...");
  command->add_option("--cut-for-ms", options->link.cut.for_ms, "... each such period, for so long");
  command->add_option("--seed", options->seed, "the same gives the same fates")->capture_default_str();
  command->add_option("--for-s", options->for_s, "end after so long; 0: at Ctrl-C")->capture_default_str();
  command->footer(
      "Says on stderr where it listens, and at the end on stdout what happened.\n\n"
      "Examples:\n"
      "  meridian relay --listen 127.0.0.1:7800 --delay-ms 60 --jitter-ms 10 --loss 5\n"
      "  meridian play --name ada --udp 127.0.0.1:7800");
  command->callback([options, &run] { run = [options](std::ostream& out, std::ostream& err) { return run_relay(*options, out, err); }; });
}

}  // namespace meridian
