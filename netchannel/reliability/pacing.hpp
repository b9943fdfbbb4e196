// How much of each band may leave now (`netcode.md` 5). Strict between bands: real time is always sent and taken off first, then
// interactive, then bulk; yet interactive is sure of 20 % and bulk of 5 % of what the session may send. A band sends while its credit is
// positive and may end one packet in debt.
//
// The session's rate is fixed until congestion control comes: 1.25 x the bulk window a round trip, at most 1 MB/s.
#pragma once

#include <algorithm>
#include <cstdint>

namespace meridian {

class Pacing {
 public:
  static constexpr std::int64_t kMaxBytesPerSecond = 1'000'000;
  static constexpr std::int64_t kLeastBurstBytes = 2 * 1200;

  explicit Pacing(std::uint32_t window_bytes) : window_bytes_(window_bytes) {}

  // Before a flush, on the 10 ms clock.
  void refill(std::int64_t now_us, std::uint32_t srtt_us) {
    const std::int64_t rate =
        std::min(kMaxBytesPerSecond, std::int64_t{window_bytes_} * 1'250'000 / std::max<std::int64_t>(srtt_us, 1'000));
    const std::int64_t burst =
        std::max(kLeastBurstBytes, rate / 50);  // 20 ms: a clock that is late loses nothing, one that stalls does not flood
    // Elapsed time is capped before it is multiplied, and bytes below one are kept for the next call by keeping their time.
    const std::int64_t elapsed_us = started_ ? std::min<std::int64_t>(now_us - last_us_, 1'000'000) : 1'000'000;
    const std::int64_t fresh = std::min(burst, rate * elapsed_us / 1'000'000);
    if (fresh == 0) return;
    started_ = true;
    last_us_ = now_us;
    interactive_ = std::min(burst, interactive_ + std::max(fresh - real_time_spent_, fresh / 5));
    bulk_ = std::min(burst, bulk_ + std::max(fresh - real_time_spent_ - interactive_spent_, fresh / 20));
    real_time_spent_ = interactive_spent_ = 0;
  }
  bool interactive_may() const { return interactive_ > 0; }
  bool bulk_may() const { return bulk_ > 0; }
  void spend_real_time(std::size_t bytes) { real_time_spent_ += static_cast<std::int64_t>(bytes); }
  void spend_interactive(std::size_t bytes) {
    interactive_ -= static_cast<std::int64_t>(bytes);
    interactive_spent_ += static_cast<std::int64_t>(bytes);
  }
  void spend_bulk(std::size_t bytes) { bulk_ -= static_cast<std::int64_t>(bytes); }

 private:
  std::uint32_t window_bytes_;
  std::int64_t last_us_ = 0;
  std::int64_t interactive_ = 0, bulk_ = 0;
  std::int64_t real_time_spent_ = 0, interactive_spent_ = 0;
  bool started_ = false;
};

}  // namespace meridian
