// `meridian play`: the world in a terminal.
#include <CLI/CLI.hpp>
#include <cstdlib>
#include <fmt/ostream.h>
#include <memory>

#include "cli/beat.hpp"
#include "cli/command.hpp"
#include "cli/play/player.hpp"
#include "cli/play/terminal.hpp"
#include "cli/region.hpp"
#include "cli/stop_signal.hpp"
#include "netchannel/crypto/keys.hpp"
#include "netchannel/transport/udp_transport.hpp"

namespace meridian {
namespace {

constexpr std::int64_t kBeat_us = 5'000;
constexpr int kBeatsPerPicture = 7;            // 28 pictures a second
constexpr std::int64_t kGoodbye_us = 200'000;  // CLOSE goes out at 0, 50 and 150 ms

struct PlayOptions {
  std::string name;
  std::string config = kDefaultConfig;
  std::string state, udp;
};

void play(Client& client, Player& player, Terminal& terminal) {
  Screen screen(colors_of(std::getenv("COLORTERM"), std::getenv("TERM")));
  KeyDecoder decoder;
  std::string bytes;
  std::vector<Press> presses;
  Beat beat(kBeat_us);
  for (int beats = 0; !stop_asked(); ++beats) {
    if (!terminal.read(bytes)) break;
    presses.clear();
    decoder.feed(bytes, presses);
    const Now now = system_now();
    if (!player.step(now, presses)) break;
    if (terminal.taken() && beats % kBeatsPerPicture == 0) {
      const TerminalSize size = terminal.size();
      Canvas canvas(size.columns, size.rows);
      player.draw(now, canvas);
      terminal.write(screen.draw(canvas));
    }
    beat.wait();
  }
  const Now end = system_now();
  client.close(end);
  while (system_now().mono_us - end.mono_us < kGoodbye_us) {
    client.step(system_now());
    beat.wait();
  }
}

ExitCode run_play(const PlayOptions& options, std::ostream& out, std::ostream& err) {
  const auto fail = [&err](const Error& error, ExitCode code) {
    fmt::print(err, "meridian play: {}\n", error.text());
    return code;
  };
  const auto region = load_region(options.config, options.state);
  if (!region) return fail(region.error(), ExitCode::usage);
  auto ticket = dev_tickets(region->settings, options.name, options.udp);
  if (const auto first = ticket(); !first) return fail(first.error(), ExitCode::failed);  // better said before the screen is taken
  auto socket = UdpTransport::open(Address{});
  if (!socket) return fail(socket.error(), ExitCode::failed);

  SystemChance chance;
  ClientOptions client_options;
  client_options.ticket = std::move(ticket);
  client_options.kinds = &region->kinds;
  Client client(std::move(client_options), *socket, chance);
  Player player(client, region->kinds);
  catch_stop_signals();
  {
    auto terminal = Terminal::open();
    if (!terminal) return fail(terminal.error(), ExitCode::usage);
    client.connect(system_now());
    play(client, player, *terminal);
  }
  const ClientStats stats = client.stats(system_now());
  fmt::print(out, "Left the world. {} corrections, {} without a cause; verdict {}.\n", stats.corrections, stats.corrections_without_cause,
             name(stats.verdict));
  if (const auto& first = client.first_divergence())
    fmt::print(out, "Your program and the node disagree about the rules; please report this line: {}\n",
               report_text(*first, region->kinds.rules_hash()));
  return ExitCode::ok;
}

}  // namespace

void add_play(CLI::App& app, Run& run) {
  const auto options = std::make_shared<PlayOptions>();
  CLI::App* command = app.add_subcommand("play", "walk and build in the world, in this terminal");
  command->add_option("--name", options->name, "who you are; a name is an account")->required();
  command->add_option("--config", options->config, "the region's file")->capture_default_str();
  command->add_option("--state", options->state, "state folder, if not the config's");
  command->add_option("--udp", options->udp, "a relay's address, not the node's")->check(address_problem);
  command->footer(
      "Keys: arrows or WASD walk, with Shift run; Space stands; B places the chosen\n"
      "block into the marked cell, X breaks what is there; 1-9 choose; F pushes;\n"
      "Q leaves. Nothing is durable until storage comes.\n\n"
      "Examples:\n"
      "  meridian play --name ada\n"
      "  meridian play --name ada --udp 127.0.0.1:7800     over `meridian relay`");
  command->callback([options, &run] { run = [options](std::ostream& out, std::ostream& err) { return run_play(*options, out, err); }; });
}

}  // namespace meridian
