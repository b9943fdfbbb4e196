// Who may ask how often (`netcode.md` 11). Each is a few integers, refilled by the time that is passed in.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "base/chance.hpp"
#include "netchannel/transport/datagram.hpp"

namespace meridian {

// So many a second, and up to a second's worth at once. One integer: the time up to which the allowance is spent (GCRA, ITU-T I.371).
class Pace {
 public:
  bool take(std::int64_t now_us, std::int64_t per_second) {
    const std::int64_t each_us = 1'000'000 / per_second;
    if (spent_to_us_ < now_us) spent_to_us_ = now_us;
    if (spent_to_us_ + each_us > now_us + 1'000'000) return false;
    spent_to_us_ += each_us;
    return true;
  }

 private:
  std::int64_t spent_to_us_ = 0;
};

// A Pace each for very many sources, in a bounded table. Two sources may share one by chance: then they share what is allowed. Which ones
// nobody can foresee, the table's hash being keyed.
class SourcePaces {
 public:
  explicit SourcePaces(Chance& chance) : key0_(chance.next_u64()), key1_(chance.next_u64()), paces_(kPaces) {}
  // By the network: /24 of IPv4, /56 of IPv6.
  bool take_by_network(std::int64_t now_us, const Address& peer, std::int64_t per_second);
  // By address and port.
  bool take_by_peer(std::int64_t now_us, const Address& peer, std::int64_t per_second);

 private:
  static constexpr std::size_t kPaces = 4096;  // x 8 B
  Pace& of(Bytes source);

  std::uint64_t key0_, key1_;
  std::vector<Pace> paces_;
};

// What one session may send us: 60 packets/s and one more for each two bulk packets that it was sent (it acks each second one), 8 kB/s and
// the acks' bytes, two seconds' worth at once. Only packets that opened are charged: nobody can spend another's allowance.
class InboundBudget {
 public:
  // False: over, drop it unread.
  bool allows(std::int64_t now_us, std::size_t bytes);
  void spend(std::size_t bytes);
  void bulk_sent(std::uint64_t packets);
  // In each of the last ten seconds something had to be dropped.
  bool flooded() const { return seconds_over_ >= kFloodSeconds; }

 private:
  static constexpr std::int64_t kPacketsPerSecond = 60, kBytesPerSecond = 8'000, kBurst_s = 2;
  static constexpr std::int64_t kAckPacketBytes = 40;  // header 4, ack field <= 10, tag 16, and a PONG now and then
  static constexpr unsigned kFloodSeconds = 10;
  static constexpr std::int64_t kUnit = 1'000'000;  // both are counted in millionths, so that a refill of any length is exact

  std::int64_t packets_ = kPacketsPerSecond * kBurst_s * kUnit, bytes_ = kBytesPerSecond * kBurst_s * kUnit;
  std::int64_t refilled_us_ = 0, second_over_ = -1;
  unsigned seconds_over_ = 0;
};

}  // namespace meridian
