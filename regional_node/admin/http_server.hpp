// The node's HTTP side: GET and HEAD of the paths in routes.hpp, nothing else. libwebsockets on its own loop and thread; the tick thread
// hands over a status once a second through a bounded queue and never waits. Bounds: 4 KiB of request headers, 64 connections, 5 s for a
// slow client, no request body.
//
//   auto http = HttpServer::start(address, identity);   // the port is bound when this returns
//   http->publish(status);                              // tick thread
#pragma once

#include <cstdint>
#include <expected>
#include <memory>

#include "base/error.hpp"
#include "netchannel/transport/datagram.hpp"
#include "regional_node/telemetry/node_status.hpp"

namespace meridian {

inline constexpr unsigned kHttpTimeout_s = 5;  // an operator's tools need milliseconds

class HttpServer {
 public:
  // "[::]" serves IPv4 too. Port 0 = the system chooses; see port(). `timeout_s`: for a slow client.
  static std::expected<std::unique_ptr<HttpServer>, Error> start(const Address& bind, NodeIdentity identity,
                                                                 unsigned timeout_s = kHttpTimeout_s);
  ~HttpServer();  // ends the thread

  // One thread alone. False: the server has not taken the last ones yet; this one is dropped.
  bool publish(const NodeStatus& status);
  std::uint16_t port() const;

 private:
  struct State;
  explicit HttpServer(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace meridian
