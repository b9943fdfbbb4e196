// When the client makes the input of which tick (`netcode.md` 8.1): far enough ahead that it comes in time, no further. One clock decides,
// so a frame never has 0 or 2 ticks by two clocks that disagree.
//
//   clock.start(...)                            at WELCOME: half a round trip and two ticks ahead
//   clock.heard(tick, margin, now)              at each snapshot: how early our inputs come
//   while (clock.newest_due(now) > newest)      make an input; clock.sent(tick, now)
//
// How it steers. Each margin is kept minus the lead that its input was sent with and read as that plus the present lead, so the window
// never contains the controller's own motion. Over 10 s: target = 5 ms + (mean - least), within 6-150 ms; the clock runs at 1 + 0.005/ms x
// (target - mean), at most +-3 %, nothing within 2 ms. Beyond 150 ms it steps, once. Eight snapshots in a row whose newest input came late
// (not missing): it steps by the least lateness
// + 10 ms, and again after a round trip if need be. It is never less than one whole tick ahead of the node.
//
// Integers only: the same arrivals give the same ticks on every compiler.
#pragma once

#include <array>
#include <cstdint>
#include <utility>

#include "base/tick.hpp"
#include "netchannel/prediction/server_time.hpp"

namespace meridian {

inline constexpr std::int8_t kNoMargin = -128;      // a snapshot that has nothing to report: no tick was consumed since the last one
inline constexpr std::int8_t kMissingMargin = -16;  // the input had not come when its tick ran (or came a tick late to the sixteenth)

class ClientClock {
 public:
  struct Start {
    Tick next_tick;                // the node's next tick when it answered
    std::int64_t due_in_us = 0;    // how long until it was due
    std::int64_t received_us = 0;  // when the answer came, local monotonic
    std::int64_t rtt_us = 0;
    std::int64_t tick_us = 50'000;
  };
  void start(const Start& start);
  bool started() const { return started_; }

  // The newest tick whose input is due. May go back after a step; the caller makes each tick's input once.
  Tick newest_due(std::int64_t now_us) const;
  // The input of `tick` leaves now.
  void sent(Tick tick, std::int64_t now_us);
  // A snapshot came: of `tick`, reporting `margin` in 1/16 tick.
  void heard(Tick tick, std::int8_t margin_sixteenths, std::int64_t now_us);
  void set_rtt(std::int64_t least_rtt_us) { server_.set_rtt(least_rtt_us); }
  // The caller was stalled and jumps over ticks: counted as a step.
  void count_stall() { ++steps_; }
  // True once after the node's own clock fell back by more than it accepts inputs ahead: what was made beyond newest_due was refused and
  // must be made again.
  bool take_slip() { return std::exchange(slipped_, false); }

  const ServerTime& server() const { return server_; }
  // 0-1,000,000: how far the clock is from newest_due to the next tick.
  std::int64_t fraction_ppm(std::int64_t now_us) const;
  std::int64_t lead_us(std::int64_t now_us) const { return time_us(now_us) - server_.node_us(now_us); }  // over the node's own time
  std::int64_t mean_margin_us(std::int64_t now_us) const;  // over the window, at the present lead
  std::int32_t speed_ppm() const { return speed_ppm_; }
  std::uint64_t steps() const { return steps_; }

 private:
  struct Sent {
    Tick tick;
    std::int64_t lead_us = 0;
    bool usable = false;  // left within a tick of its time and of the one before: else it tells of our stall, not of the path
  };
  struct Sample {
    std::int64_t at_us = 0;
    std::int64_t margin_less_lead_us = 0;
  };
  static constexpr std::size_t kSent = 64;
  static constexpr std::size_t kSamples = 256;  // 10 s at 20 Hz, with room

  std::int64_t time_us(std::int64_t now_us) const;                                            // the clock itself, in tick time
  std::int64_t local_lead_us(std::int64_t now_us) const { return time_us(now_us) - now_us; }  // what `sent` remembers
  const Sent* sent_with(Tick tick) const;
  void take_margin(Tick tick, std::int8_t margin, std::int64_t now_us);
  void count_late(const Sent& sent, std::int64_t margin_less_lead_us, std::int64_t now_us);
  void steer(std::int64_t now_us);
  void step(std::int64_t by_us, std::int64_t now_us);
  void anchor(std::int64_t now_us);
  void restart_if_slipped(std::int64_t now_us);

  ServerTime server_;
  std::int64_t anchor_mono_us_ = 0, anchor_time_us_ = 0;
  std::int32_t speed_ppm_ = 0;  // over 1
  std::array<Sent, kSent> sent_{};
  std::array<Sample, kSamples> samples_{};
  std::size_t first_sample_ = 0, sample_count_ = 0;
  Tick newest_sent_{};
  Tick late_counts_from_{};  // inputs sent before a step say nothing about it
  int late_run_ = 0, missing_run_ = 0;
  std::int64_t best_late_us_ = 0;  // of the run: the greatest margin less lead
  std::uint64_t steps_ = 0;
  std::int64_t last_sent_us_ = 0;
  bool stalled_ = false;  // what leaves at last_sent_us_ leaves after a stall
  bool started_ = false, slipped_ = false;
};

}  // namespace meridian
