#include "regional_node/node.hpp"

#include <array>
#include <csignal>
#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <unistd.h>
#include <uv.h>

#include "base/clock.hpp"
#include "netchannel/connection/connections.hpp"
#include "netchannel/transport/udp_transport.hpp"
#include "regional_node/admin/http_server.hpp"
#include "regional_node/content/blocks_content.hpp"
#include "regional_node/content/terrain.hpp"
#include "regional_node/gate/dev_gate.hpp"
#include "regional_node/storage/state_folder.hpp"
#include "regional_node/telemetry/status_maker.hpp"
#include "regional_node/tick/node_core.hpp"
#include "regional_node/tick/wake.hpp"

namespace meridian {
namespace {

constexpr std::int64_t kGoodbye_us = 400'000;  // CLOSE goes at 0, 50 and 150 ms; who has not answered by then never will
constexpr std::int64_t kEpoch2024_ms = 1'704'067'200'000;
constexpr std::string_view kStopNotice = "The node stops. Come back in a moment; what was built is gone then: it is not stored yet.";

Error first_error(const std::vector<ConfigError>& errors) {
  return {"cannot use the configuration", errors.front().text(), "mend the file"};
}

std::expected<World, Error> make_world(const RegionSettings& s) {
  const auto kinds = load_blocks(s.blocks);
  if (!kinds) return std::unexpected(first_error(kinds.error()));
  const auto of_generator = generator_kinds(*kinds);
  if (!of_generator) return std::unexpected(Error{"cannot make the terrain", of_generator.error(), "add the kind to " + s.blocks});
  return make_terrain(s, *kinds, *of_generator);
}

NodeCoreSettings core_settings(const RegionSettings& s, Now now) {
  NodeCoreSettings core;
  core.node = s.node;
  core.tick_hz = s.tick_hz;
  core.max_players = s.max_players;
  core.view_blocks = s.view_blocks;
  core.spawn = s.spawn;
  core.first_entity_counter = static_cast<std::uint64_t>(now.wall_ms - kEpoch2024_ms)
                              << 12;  // 4,096 ids a millisecond since the last start
  return core;
}

std::expected<ConnectionsSettings, Error> connections_settings(const RegionSettings& s, const StateFolder& folder, Now now,
                                                               Chance& chance) {
  ConnectionsSettings net;
  net.node = s.node;
  net.incarnation = folder.incarnation();
  net.boot_mono_us = now.mono_us;
  net.max_players = s.max_players;
  net.tick_hz = s.tick_hz;
  if (s.dev_gate) {
    const auto master = load_or_create_dev_key(folder.path(), chance);
    if (!master) return std::unexpected(master.error());
    net.token_keys.push_back({kDevKeyId, node_key(*master, s.node)});
  }
  return net;
}

std::expected<Address, Error> address(const std::string& text) { return Address::parse(text); }

}  // namespace

struct Node::State {
  State(const RegionSettings& s, Now now, StateFolder f, UdpTransport u, std::unique_ptr<HttpServer> h, const ConnectionsSettings& net,
        World world)
      : settings(s),
        folder(std::move(f)),
        udp(std::move(u)),
        http(std::move(h)),
        connections(net, chance),
        core(core_settings(s, now), std::move(world)),
        schedule(Tick{static_cast<std::uint64_t>(now.wall_ms - kEpoch2024_ms) * s.tick_hz / 1000}, now.mono_us + kPoll_us, s.tick_hz),
        status(now) {}

  void wake();
  void read_socket(Now now);
  void tick();
  void report(Now now);
  void arm(Now now);
  void stop(int signal);

  RegionSettings settings;
  SystemChance chance;
  StateFolder folder;
  UdpTransport udp;
  std::unique_ptr<HttpServer> http;
  Connections connections;
  NodeCore core;
  TickSchedule schedule;
  StatusMaker status;

  uv_loop_t loop{};
  uv_timer_t timer{};
  std::array<uv_signal_t, 2> signals{};
  bool stopping = false, told = false;
  std::int64_t stop_by_us = 0;
  std::uint64_t overflow_warned = 0, moved_warned = 0;
};

// What of this is done when: wake.hpp.
void Node::State::wake() {
  Now now = system_now();
  if (schedule.due(now.mono_us))
    tick();
  else
    read_socket(now);
  now = system_now();
  if (status.due(now)) report(now);
  if (told && (connections.empty() || now.mono_us >= stop_by_us)) return uv_stop(&loop);
  arm(now);
}

// Also when nothing has arrived: Connections has its timers in step().
void Node::State::read_socket(Now now) {
  do {
    udp.send(connections.step(now, udp.receive()));
  } while (udp.more() && may_read_on(now.mono_us, system_now().mono_us));
}

void Node::State::tick() {
  const Now now = system_now();
  read_socket(now);
  const Tick number = schedule.next();
  const std::int64_t due_us = schedule.due_us();
  schedule.begin(now.mono_us);
  const bool tell = stopping && !told;
  const TickOutbox& outbox = core.step(number, {.now = now,
                                                .due_us = due_us,
                                                .events = connections.events(),
                                                .rooms = connections.rooms(),
                                                .stop_notice = tell ? kStopNotice : std::string_view()});
  connections.clear_events();
  connections.set_tick(schedule.next().value, schedule.due_us());
  const Now after = system_now();
  udp.send(connections.send(after, outbox));
  status.ticked(static_cast<std::uint32_t>(system_now().mono_us - now.mono_us));
  if (tell) {
    connections.shut_down(system_now());
    told = true;
    stop_by_us = now.mono_us + kGoodbye_us;
  }
}

void Node::State::report(Now now) {
  http->publish(status.make(now, schedule, core.counters(), connections.counters(), udp.counters(), stopping));
  if (udp.counters().rxq_overflow > overflow_warned) {
    spdlog::warn("the kernel dropped {} datagrams since the last warning: raise net.core.rmem_max, or give the node a core",
                 udp.counters().rxq_overflow - overflow_warned);
    overflow_warned = udp.counters().rxq_overflow;
  }
  if (schedule.moved() > moved_warned) {
    spdlog::warn("the process stood still for more than a second: ticks go on from now");
    moved_warned = schedule.moved();
  }
}

void Node::State::arm(Now now) {
  uv_update_time(&loop);
  uv_timer_start(
      &timer, [](uv_timer_t* t) { static_cast<State*>(t->data)->wake(); }, static_cast<std::uint64_t>(wait_ms(schedule, now.mono_us)), 0);
}

void Node::State::stop(int signal) {
  if (stopping) return uv_stop(&loop);
  spdlog::info("{}: telling {} players, then ending", signal == SIGTERM ? "SIGTERM" : "SIGINT", core.counters().players);
  stopping = true;
  report(system_now());  // not in up to a second: the process may have ended by then, and /readyz would never have said so
}

Node::Node(std::unique_ptr<State> state) : state_(std::move(state)) {}
Node::~Node() = default;

std::expected<std::unique_ptr<Node>, Error> Node::start(const RegionSettings& s) {
  start_crypto();
  const Now now = system_now();
  auto folder = StateFolder::open(s.state_dir);
  if (!folder) return std::unexpected(folder.error());
  auto world = make_world(s);
  if (!world) return std::unexpected(world.error());
  SystemChance chance;
  const auto net = connections_settings(s, *folder, now, chance);
  if (!net) return std::unexpected(net.error());
  const auto udp_at = address(s.udp), http_at = address(s.http);
  if (!udp_at) return std::unexpected(udp_at.error());
  if (!http_at) return std::unexpected(http_at.error());
  auto udp = UdpTransport::open(*udp_at);
  if (!udp) return std::unexpected(udp.error());
  auto http = HttpServer::start(*http_at, {s.region, s.node, folder->incarnation(), s.tick_hz, s.max_players, ::getpid()});
  if (!http) return std::unexpected(http.error());

  spdlog::info("meridian-node {} (node {}), start {}: players on udp {}, HTTP on {}, {} chunks, {} Hz", s.region, s.node.value,
               folder->incarnation(), udp->local().text(), Address{http_at->ip, (*http)->port()}.text(), world->chunks.size(), s.tick_hz);
  spdlog::info("nothing is durable yet: a restart begins from seed {}, and what was built is gone", s.seed);
  if (s.dev_gate)
    spdlog::warn("gate.dev is on: whoever can read {}/dev_gate.key may enter as anybody (meridian token --dev)", folder->path());
  else
    spdlog::warn("gate.dev is off and there is no other gate yet: nobody can enter. Set gate.dev: true to let in who holds a dev token");
  if (udp->receive_buffer_bytes() < kUdpBufferBytes)
    spdlog::warn("the kernel granted {} kB of receive buffer, not {}: sysctl -w net.core.rmem_max={}", udp->receive_buffer_bytes() / 1024,
                 kUdpBufferBytes / 1024, kUdpBufferBytes);
  return std::unique_ptr<Node>(
      new Node(std::make_unique<State>(s, now, std::move(*folder), std::move(*udp), std::move(*http), *net, std::move(*world))));
}

void Node::run() {
  State& s = *state_;
  uv_loop_init(&s.loop);
  uv_timer_init(&s.loop, &s.timer);
  s.timer.data = &s;
  const std::array<int, 2> numbers = {SIGTERM, SIGINT};
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    uv_signal_init(&s.loop, &s.signals[i]);
    s.signals[i].data = &s;
    uv_signal_start(&s.signals[i], [](uv_signal_t* h, int number) { static_cast<State*>(h->data)->stop(number); }, numbers[i]);
  }
  // The first tick is due now, not when the world began to be made.
  s.schedule = TickSchedule(s.schedule.next(), system_now().mono_us + kPoll_us, s.settings.tick_hz);
  s.connections.set_tick(s.schedule.next().value, s.schedule.due_us());
  s.arm(system_now());
  uv_run(&s.loop, UV_RUN_DEFAULT);

  uv_close(reinterpret_cast<uv_handle_t*>(&s.timer), nullptr);
  for (uv_signal_t& signal : s.signals) uv_close(reinterpret_cast<uv_handle_t*>(&signal), nullptr);
  uv_run(&s.loop, UV_RUN_DEFAULT);
  uv_loop_close(&s.loop);
  spdlog::info("ended at tick {}", s.schedule.next().value);
}

}  // namespace meridian
