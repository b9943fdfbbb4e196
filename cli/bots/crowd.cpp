#include "cli/bots/crowd.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/ostream.h>
#include <optional>
#include <ostream>

#include "netchannel/crypto/keys.hpp"
#include "netchannel/transport/shared_udp_socket.hpp"
#include "regional_node/gate/dev_gate.hpp"
#include "world/motion/movement.hpp"

namespace meridian {
namespace {

constexpr double kPushReach = 1.5;  // blocks
constexpr int kMostPrinted = 5;     // of each kind, in full; all are counted
constexpr int kMostReceives = 16;   // a step: 16 arenas of 2,048 datagrams; more than that is a flood, which must not keep it from ending

struct Bot {
  std::string name;
  std::optional<UdpTransport> own_socket;
  SystemChance chance;
  std::unique_ptr<Client> client;
  std::optional<Walker> walker;
  bool closed = false;
  BotFigures figures;
  ClientStats counted_from;
  std::uint64_t walls_counted_from = 0;
};

}  // namespace

struct Crowd::State {
  CrowdSettings settings;
  const Region* region = nullptr;
  std::optional<SharedUdpSocket> shared;
  std::vector<Bot> bots;
  std::vector<EntityView> others;  // of one bot at a time; kept for its memory
  std::int64_t first_us = -1;
  std::uint32_t started = 0;
  int outs = 0, divergences = 0;  // bots that were out, corrections without a cause

  void start_those_due(Now now);
  void step_bot(Bot& bot, Now now, std::ostream& err);
  void walk(Bot& bot, const SelfView& self, Now now);
  void hear(Bot& bot, const ClientEvent& event, std::ostream& err);
  void aim_at_nearest(const Bot& bot, const SelfView& self, Now now, Input& input);
};

std::expected<Crowd, Error> Crowd::open(const CrowdSettings& settings, const Region& region) {
  auto state = std::make_unique<State>();
  state->settings = settings;
  state->region = &region;
  if (settings.light) {
    const std::string to = settings.udp.empty() ? reachable_address(region.settings.udp) : settings.udp;
    if (!to.starts_with("127."))
      return std::unexpected(Error{"cannot run --light bots", "their one socket reaches a node on 127.0.0.0/8 alone, not " + to,
                                   "run them without --light, or the node on 127.0.0.1"});
    auto shared = SharedUdpSocket::open(settings.count);
    if (!shared) return std::unexpected(shared.error());
    state->shared = std::move(*shared);
  }
  state->bots.resize(settings.count);
  for (std::uint32_t i = 0; i < settings.count; ++i) {
    Bot& bot = state->bots[i];
    bot.name = fmt::format("{}-{}", settings.name, i + 1);
    if (!settings.light) {
      auto socket = UdpTransport::open(Address{});
      if (!socket) return std::unexpected(socket.error());
      bot.own_socket = std::move(*socket);
    }
    ClientOptions options;
    options.ticket = dev_tickets(region.settings, bot.name, settings.udp);
    options.kinds = &region.kinds;
    options.light = settings.light;
    Transport& transport = settings.light ? state->shared->line(i) : *bot.own_socket;
    bot.client = std::make_unique<Client>(std::move(options), transport, bot.chance);
    bot.walker.emplace(settings.walker, region.kinds, settings.seed * 1'000'003 + i);
  }
  return Crowd(std::move(state));
}

void Crowd::step(Now now, std::ostream& err) {
  State& s = *state_;
  s.start_those_due(now);
  bool more = true;
  for (int i = 0; more && i < kMostReceives; ++i) {
    more = s.shared && s.shared->receive();
    for (std::uint32_t b = 0; b < s.started; ++b) s.step_bot(s.bots[b], now, err);
    if (s.shared) s.shared->send();
  }
}

void Crowd::State::start_those_due(Now now) {
  if (first_us < 0) first_us = now.mono_us;
  const std::int64_t due = 1 + (now.mono_us - first_us) * settings.starts_per_s / 1'000'000;
  for (; started < bots.size() && started < due; ++started) bots[started].client->connect(now);
}

void Crowd::State::step_bot(Bot& bot, Now now, std::ostream& err) {
  bot.client->step(now);
  while (auto event = bot.client->poll()) hear(bot, *event, err);
  if (bot.closed) return;
  for (int due = bot.client->ticks_due(now); due > 0; --due) {
    const SelfView* self = bot.client->self(now);
    if (self == nullptr) return;
    walk(bot, *self, now);
  }
}

void Crowd::State::walk(Bot& bot, const SelfView& self, Now now) {
  WalkerIntent intent = bot.walker->tick({self.body, bot.client->chunks(), region->kinds, self.map});
  if (intent.push) aim_at_nearest(bot, self, now, intent.input);
  if (intent.build) {
    // Refused only while 32 wait for an answer: then this one is not worth asking again.
    if (intent.block == kAir) {
      (void)bot.client->break_block(now, *intent.build);  // NOLINT(bugprone-unused-return-value): said above
    } else {
      (void)bot.client->place_block(now, *intent.build, intent.block);  // NOLINT(bugprone-unused-return-value): said above
    }
  }
  bot.client->input(now, intent.input);
}

// Presses the push button towards the nearest of the others, if any is in reach.
void Crowd::State::aim_at_nearest(const Bot& bot, const SelfView& self, Now now, Input& input) {
  bot.client->entities(now, others);
  const double x = self.body.x_q8 / 256.0, y = self.body.y_q8 / 256.0;
  double nearest = kPushReach;
  for (const EntityView& other : others) {
    const double distance = std::hypot(other.x - x, other.y - y);
    if (other.id == self.id || distance > nearest) continue;
    nearest = distance;
    input.heading = heading_of(static_cast<std::int32_t>((other.x - x) * 256), static_cast<std::int32_t>((other.y - y) * 256));
    input.buttons = kButtonPush;
    input.aim = static_cast<std::uint16_t>(input.heading * 16);
  }
}

void Crowd::State::hear(Bot& bot, const ClientEvent& event, std::ostream& err) {
  if (std::holds_alternative<Entered>(event)) {
    bot.figures.entered = true;
  } else if (const auto* link = std::get_if<LinkChanged>(&event)) {
    if (link->state == LinkState::closed && !bot.closed && outs++ < kMostPrinted)
      fmt::print(err, "bots: {} is out: {}\n", bot.name, link->text);
  } else if (const auto* done = std::get_if<ActionDone>(&event)) {
    ++(done->refusal == Refusal::none ? bot.figures.actions_done : bot.figures.actions_refused);
  } else if (const auto* push = std::get_if<PushDone>(&event)) {
    ++(push->refusal == Refusal::none ? bot.figures.pushes_done : bot.figures.pushes_refused);
  } else if (const auto* corrected = std::get_if<Corrected>(&event)) {
    if (corrected->has_cause || divergences++ >= kMostPrinted) return;
    fmt::print(err, "bots: {} was corrected without a cause, please report this line: {}\n", bot.name,
               report_text(*corrected, region->kinds.rules_hash()));
  }
}

void Crowd::start_counting(Now now) {
  for (Bot& bot : state_->bots) {
    bot.counted_from = bot.client->stats(now);
    bot.walls_counted_from = bot.walker->ticks_along_walls();
    bot.figures.worst = Verdict::matched;
    bot.figures.looks_diverging = 0;
  }
}

void Crowd::look(Now now) {
  for (Bot& bot : state_->bots) {
    const Verdict verdict = bot.client->stats(now).verdict;
    bot.figures.worst = std::max(bot.figures.worst, verdict);
    bot.figures.looks_diverging += verdict == Verdict::diverging;
  }
}

std::uint32_t Crowd::entered() const {
  return static_cast<std::uint32_t>(
      std::count_if(state_->bots.begin(), state_->bots.end(), [](const Bot& bot) { return bot.figures.entered; }));
}

std::vector<BotFigures> Crowd::figures(Now now) {
  std::vector<BotFigures> all;
  for (Bot& bot : state_->bots) {
    const ClientStats stats = bot.client->stats(now);
    BotFigures one = bot.figures;
    one.in_world = bot.client->self(now) != nullptr && (stats.link == LinkState::up || stats.link == LinkState::silent);
    one.last = stats.verdict;
    one.corrections = stats.corrections - bot.counted_from.corrections;
    one.corrections_without_cause = stats.corrections_without_cause - bot.counted_from.corrections_without_cause;
    one.inputs_late = stats.inputs_late - bot.counted_from.inputs_late;
    one.ticks_along_walls = bot.walker->ticks_along_walls() - bot.walls_counted_from;
    one.disconnects = stats.disconnects;
    one.rtt_ms = stats.rtt_ms, one.jitter_ms = stats.jitter_ms, one.loss = stats.loss, one.error_p95_blocks = stats.error_p95_blocks;
    one.snapshots = stats.snapshots, one.bytes_in = stats.bytes_in, one.bytes_out = stats.bytes_out;
    all.push_back(one);
  }
  return all;
}

void Crowd::close(Now now) {
  for (std::uint32_t i = 0; i < state_->started; ++i) {
    state_->bots[i].closed = true;
    state_->bots[i].client->close(now);
  }
}

Crowd::Crowd(std::unique_ptr<State> state) : state_(std::move(state)) {}
Crowd::Crowd(Crowd&&) noexcept = default;
Crowd::~Crowd() = default;

}  // namespace meridian
