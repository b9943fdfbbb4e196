// The process `meridian-node`: the composition root. Here it is said what there is, who is handed what, and which thread runs it; what to
// do with a packet, a player or a block is decided in the machines below (netchannel/connection, tick/).
//
//   main thread    libuv loop: socket, Connections, NodeCore, signals. Every 10 ms and just before each tick it reads the socket.
//   HTTP thread    admin/http_server; gets a status once a second through a bounded queue.
//
//   datagrams -> Connections::step -> (at a tick) NodeCore::step -> Connections::send -> datagrams
#pragma once

#include <expected>
#include <memory>

#include "base/error.hpp"
#include "regional_node/settings/region_settings.hpp"

namespace meridian {

class Node {
 public:
  // Opens and checks everything: state folder, content, world, sockets. Nothing is served yet.
  static std::expected<std::unique_ptr<Node>, Error> start(const RegionSettings& settings);
  ~Node();

  // Runs until SIGTERM or SIGINT: players are told, their sessions closed, within a second. A second signal ends at once.
  void run();

 private:
  struct State;
  explicit Node(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace meridian
