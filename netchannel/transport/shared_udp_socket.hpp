// One UDP socket for thousands of clients of one process: `meridian bots --light`. A node tells its sessions apart by address as well as by
// connection id, and its packets carry no id downward; so each client needs an address of its own. Linux owns the whole of 127.0.0.0/8:
// client i sends from 127.1.0.1 + i, chosen per datagram by IP_PKTINFO, and what comes back is told apart by the address it was sent to.
// Loopback and IPv4 only, therefore.
//
//   auto socket = SharedUdpSocket::open(5000);
//   each client i: Client(options, socket->line(i), chance)
//   loop: do { more = socket->receive(); step every client; socket->send(); } while (more); sleep until the next beat
//
// One thread. Nothing is allocated once the lines have reached their sizes.
#pragma once

#include <cstdint>
#include <expected>
#include <memory>

#include "base/error.hpp"
#include "netchannel/transport/transport.hpp"
#include "netchannel/transport/udp_transport.hpp"

namespace meridian {

inline constexpr std::size_t kMaxSharedLines = 65'000;  // 127.1.0.1 - 127.1.253.232: one block of addresses that nothing else uses

class SharedUdpSocket {
 public:
  // 1 to kMaxSharedLines; the arena's size, whole batches of kUdpBatch, is the most that one receive() takes in: 2,048 x 1,200 B = 2.4 MB.
  static std::expected<SharedUdpSocket, Error> open(std::size_t lines, std::size_t arena_datagrams = 2048);
  SharedUdpSocket(SharedUdpSocket&&) noexcept;
  SharedUdpSocket& operator=(SharedUdpSocket&&) noexcept;
  ~SharedUdpSocket();

  // The transport of client `i`; lives as long as the socket does, also when that is moved. Its send() only gathers.
  Transport& line(std::size_t i);
  Address local(std::size_t i) const;
  // Takes in what waits, at most an arena full, and hands it to the lines; what a line has not read by the next receive() is gone. True:
  // more may wait.
  bool receive();
  // Hands what the lines have gathered to the network.
  void send();
  const UdpCounters& counters() const;
  std::uint64_t foreign() const;  // datagrams to no line's address: dropped

 private:
  struct State;
  explicit SharedUdpSocket(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace meridian
