// Players for the end-to-end tests: the SDK on a real UDP socket, driven by the real clock.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "e2e/servers/process.hpp"
#include "netchannel/client/client.hpp"
#include "netchannel/transport/udp_transport.hpp"

namespace meridian::e2e {

// The content that the tests' nodes serve.
const BlockKinds& content();

// Tickets from the node's own dev key, as `meridian token --dev` makes them.
std::function<std::expected<Ticket, Error>()> tickets_of(const Node& node, const std::string& name);

class Player {
 public:
  // `udp` stands in for the node's address (a relay's); empty = the node's own.
  Player(const Node& node, const std::string& name, const std::string& udp = "");
  // `change` may spoil each ticket: what the node makes of it is the test.
  Player(const Node& node, const std::string& name, ClientConnectionSettings connection, const std::function<void(Ticket&)>& change);

  // Once round: reads, sends, gives an input for each tick that is due, keeps what happened.
  void step();
  Client& sdk() { return *client_; }
  Input input;  // what it asks for now
  std::vector<ClientEvent> events;

  bool in_world();
  // The newest link change's reason and text.
  Reason reason() const;
  std::string reason_text() const;

 private:
  SystemChance chance_;
  std::unique_ptr<UdpTransport> socket_;
  std::unique_ptr<Client> client_;
};

// Steps all players until the condition holds; false at the deadline.
bool play_until(std::chrono::milliseconds deadline, const std::vector<Player*>& players, const std::function<bool()>& condition);

}  // namespace meridian::e2e
