// The seam to the network: datagrams in, datagrams out. Two implementations: UdpTransport (recvmmsg/sendmmsg), and the simulated network
// (e2e/simulation). Read by the clock: every 10 ms and just before each tick, never by readiness.
#pragma once

#include <span>

#include "netchannel/transport/datagram.hpp"

namespace meridian {

class Transport {
 public:
  virtual ~Transport() = default;
  // At most 64 of what has arrived; empty when nothing waits. The bytes live until the next receive(). Never blocks.
  virtual std::span<const Datagram> receive() = 0;
  // Hands all to the network. What the system does not take now is dropped and counted, never waited for.
  virtual void send(const DatagramBatch& batch) = 0;
};

}  // namespace meridian
