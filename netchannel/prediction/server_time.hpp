// What time it is on the node, by the arrival of its snapshots: the fastest of the last ten seconds set the line, slower ones are its
// jitter. Two readings: `arrived_us`, the node's tick time that would be arriving now by the fastest path (others are drawn a delay behind
// it, `interpolation.hpp`), and `node_us`, half a round trip later: what the node itself is at.
//
// Tick time = tick number times the tick's length, in us; local time = monotonic us. A clock that drifts against ours only widens the
// window by 2 ms in ten seconds at 200 ppm.
#pragma once

#include <array>
#include <cstdint>

#include "base/tick.hpp"

namespace meridian {

class ServerTime {
 public:
  // The node's tick `tick` was due at `due_us` of the local clock as well as the handshake can tell (WELCOME's tick and phase, half a round
  // trip back).
  void start(Tick tick, std::int64_t due_us, std::int64_t tick_us, std::int64_t rtt_us);
  void heard(Tick tick, std::int64_t now_us);
  void set_rtt(std::int64_t least_rtt_us) { rtt_us_ = least_rtt_us; }
  // The node's own clock slipped (a process that was stopped): what was heard before the last two seconds is no longer true.
  void forget_old();

  std::int64_t arrived_us(std::int64_t now_us) const { return now_us - offset_us_; }
  std::int64_t node_us(std::int64_t now_us) const { return now_us - offset_us_ + rtt_us_ / 2; }
  // As node_us, by the last two seconds alone.
  std::int64_t recent_node_us(std::int64_t now_us) const { return now_us - recent_offset_us() + rtt_us_ / 2; }
  // How much later than the fastest this snapshot came; 0 for the fastest.
  std::int64_t lateness_us(Tick tick, std::int64_t now_us) const { return now_us - tick_time_us(tick) - offset_us_; }
  std::int64_t rtt_us() const { return rtt_us_; }
  std::int64_t tick_us() const { return tick_us_; }
  std::int64_t tick_time_us(Tick tick) const { return static_cast<std::int64_t>(tick.value) * tick_us_; }

 private:
  static constexpr int kBuckets = 10;  // of one second
  std::int64_t recent_offset_us() const;
  void choose();

  std::int64_t tick_us_ = 50'000, rtt_us_ = 0;
  std::int64_t offset_us_ = 0;                     // local arrival minus tick time, least
  std::array<std::int64_t, kBuckets> least_us_{};  // by second; kNothing = nothing heard in it
  std::int64_t second_ = 0;                        // of the newest bucket
};

}  // namespace meridian
