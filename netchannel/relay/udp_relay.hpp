// A UDP relay with a bad link in it: clients send to `listen`, the relay passes it on to `to` from a socket of its own for each client, and
// the answers back. Every client has a link of its own: one Impairment each way, seeded from (seed, number of the client in order of
// appearing, direction). Tests and `meridian relay` use the same one. Pure of time: the driver calls step() about every millisecond; delays
// are as fine as that.
//
//   auto relay = UdpRelay::open({.listen = ..., .to = ..., .up = {.delay_ms = 60}, .down = {.delay_ms = 60}});
//   while (running) { relay->step(system_now()); sleep 1 ms; }
//
// Bounded: kMaxRelayClients (one silent for 60 s gives its place away), kMaxHeld datagrams under way; what is above is dropped and counted.
#pragma once

#include <cstdint>
#include <expected>
#include <memory>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "netchannel/relay/impairment.hpp"
#include "netchannel/transport/datagram.hpp"

namespace meridian {

inline constexpr std::size_t kMaxRelayClients = 512;  // a descriptor each: below the usual limit of 1,024
inline constexpr std::size_t kMaxHeld = 16'384;       // 20 MB: 100 clients at 20 Hz both ways and 4 s of delay

struct UdpRelaySettings {
  Address listen;
  Address to;                   // one address, no wildcard: only what comes from it is passed back
  ImpairmentSettings up, down;  // client -> server, server -> client
  std::uint64_t seed = 1;
};

struct UdpRelayCounters {
  ImpairmentCounters up, down;  // summed over all clients that ever were
  std::uint64_t clients_seen = 0, clients = 0;
  std::uint64_t clients_refused = 0;  // datagrams of a client that found no place or no socket
  std::uint64_t held_full = 0;        // copies dropped because kMaxHeld were under way
  std::uint64_t foreign = 0;          // came to a client's upstream socket, but not from `to`
};

class UdpRelay {
 public:
  static std::expected<UdpRelay, Error> open(const UdpRelaySettings& settings);
  UdpRelay(UdpRelay&&) noexcept;
  UdpRelay& operator=(UdpRelay&&) noexcept;
  ~UdpRelay();

  // Takes in what has arrived and lets go what is due. Never blocks.
  void step(Now now);
  // From now on, for all links, also those of clients to come.
  void set(const ImpairmentSettings& up, const ImpairmentSettings& down);
  Address local() const;
  UdpRelayCounters counters() const;

 private:
  struct State;
  explicit UdpRelay(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace meridian
