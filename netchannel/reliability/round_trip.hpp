// Round trip time of one session from PONGs, which say how long they were held, so neither side's tick is in it; and the times derived from
// it
// (`netcode.md` 5). Smoothing: RFC 6298, 2; time threshold and probe timeout: RFC 9002, 6.1.2 and 6.2.
#pragma once

#include <algorithm>
#include <cstdint>

namespace meridian {

class RoundTrip {
 public:
  static constexpr std::uint32_t kUnknown_us = 100'000;  // before the first sample

  explicit RoundTrip(std::uint32_t hint_us) {  // of the handshake; 0 = none
    if (hint_us != 0) sample(hint_us);
  }
  void sample(std::uint32_t rtt_us) {
    last_us_ = rtt_us;
    if (!known_) {
      known_ = true;
      srtt_us_ = min_us_ = rtt_us;
      rttvar_us_ = rtt_us / 2;
      return;
    }
    const std::uint32_t off = rtt_us > srtt_us_ ? rtt_us - srtt_us_ : srtt_us_ - rtt_us;
    rttvar_us_ = (3 * rttvar_us_ + off) / 4;
    srtt_us_ = static_cast<std::uint32_t>((7 * std::uint64_t{srtt_us_} + rtt_us) / 8);
    min_us_ = std::min(min_us_, rtt_us);
  }
  // A packet thought lost was acked after all: wait longer next time, at most 2 x.
  void spurious() { threshold_eighths_ = std::min(threshold_eighths_ + 1, 16u); }

  std::int64_t loss_after_us() const {
    return std::max<std::int64_t>(10'000, std::int64_t{std::max(srtt_us_, last_us_)} * threshold_eighths_ / 8);
  }
  // The n-th probe in a row without an ack between.
  std::int64_t probe_after_us(std::int64_t tick_us, std::uint32_t n) const {
    std::int64_t wait = std::max<std::int64_t>(80'000, srtt_us_ + std::max<std::int64_t>(4 * std::int64_t{rttvar_us_}, 10'000) + tick_us);
    for (std::uint32_t i = 0; i < n && wait < 2'000'000; ++i) wait = wait * 3 / 2;
    return std::min<std::int64_t>(wait, 2'000'000);
  }
  bool known() const { return known_; }
  std::uint32_t srtt_us() const { return srtt_us_; }
  std::uint32_t rttvar_us() const { return rttvar_us_; }
  std::uint32_t min_us() const { return min_us_; }

 private:
  std::uint32_t srtt_us_ = kUnknown_us, rttvar_us_ = kUnknown_us / 2, last_us_ = kUnknown_us, min_us_ = 0;
  std::uint32_t threshold_eighths_ = 9;
  bool known_ = false;
};

}  // namespace meridian
