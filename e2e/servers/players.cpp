#include "e2e/servers/players.hpp"

#include <gtest/gtest.h>

#include "base/assert.hpp"
#include "base/clock.hpp"
#include "cli/region.hpp"
#include "regional_node/content/blocks_content.hpp"

namespace meridian::e2e {

const BlockKinds& content() {
  static const BlockKinds kinds = [] {
    auto loaded = load_blocks("config/content/blocks.yaml");
    MRD_ASSERT(loaded.has_value());
    return *loaded;
  }();
  return kinds;
}

std::function<std::expected<Ticket, Error>()> tickets_of(const Node& node, const std::string& name) {
  auto settings = load_settings(node.config());
  MRD_ASSERT(settings.has_value());
  settings->state_dir = node.state();
  return dev_tickets(*settings, name, "");
}

Player::Player(const Node& node, const std::string& name, const std::string& udp)
    : Player(node, name, {}, [udp](Ticket& ticket) {
        if (!udp.empty()) ticket.udp = udp;
      }) {}

Player::Player(const Node& node, const std::string& name, ClientConnectionSettings connection, const std::function<void(Ticket&)>& change) {
  auto tickets = tickets_of(node, name);
  auto socket = UdpTransport::open(Address::parse("127.0.0.1:0").value());
  MRD_ASSERT(socket.has_value());
  socket_ = std::make_unique<UdpTransport>(std::move(*socket));
  ClientOptions options;
  options.kinds = &content();
  options.connection = connection;
  options.ticket = [tickets, change]() -> std::expected<Ticket, Error> {
    auto ticket = tickets();
    if (ticket) change(*ticket);
    return ticket;
  };
  client_ = std::make_unique<Client>(std::move(options), *socket_, chance_);
  client_->connect(system_now());
}

void Player::step() {
  const Now now = system_now();
  client_->step(now);
  for (int due = client_->ticks_due(now); due > 0; --due) {
    client_->input(now, input);
    input.buttons = 0;
  }
  while (auto event = client_->poll()) events.push_back(std::move(*event));
}

bool Player::in_world() { return client_->self(system_now()) != nullptr; }

Reason Player::reason() const {
  Reason newest = Reason::none;
  for (const ClientEvent& event : events)
    if (const auto* link = std::get_if<LinkChanged>(&event); link && link->reason != Reason::none) newest = link->reason;
  return newest;
}

std::string Player::reason_text() const {
  std::string newest;
  for (const ClientEvent& event : events)
    if (const auto* link = std::get_if<LinkChanged>(&event); link && link->reason != Reason::none) newest = link->text;
  return newest;
}

bool play_until(std::chrono::milliseconds deadline, const std::vector<Player*>& players, const std::function<bool()>& condition) {
  return eventually(deadline, [&] {
    for (Player* player : players) player->step();
    return condition();
  });
}

}  // namespace meridian::e2e
