// How long ticks take: a histogram for ever (what /metrics shows) and the last 1,200 ticks (p50 and p99 in /v1/status). One writer: the
// tick thread.
#pragma once

#include <array>
#include <cstdint>

namespace meridian {

// Upper bounds in microseconds; a last bucket holds the rest. Fine below 10 ms, where a node should be; 50 ms is the tick at 20 Hz.
inline constexpr std::array<std::uint32_t, 12> kTickBuckets_us = {250,    500,    1'000,  2'000,  4'000,   8'000,
                                                                  12'000, 20'000, 35'000, 50'000, 100'000, 250'000};

struct TickHistogram {
  std::array<std::uint64_t, kTickBuckets_us.size() + 1> counts{};  // each bucket's own, not summed up
  std::uint64_t count = 0, sum_us = 0;
};

class TickTimes {
 public:
  static constexpr std::size_t kWindow = 1200;  // a minute at 20 Hz

  void add(std::uint32_t us);
  const TickHistogram& histogram() const { return histogram_; }
  // Of the window: the least time that `per_mille` thousandths of the ticks did not exceed; 0 before the first tick. Copies the window:
  // once a second.
  std::uint32_t percentile_us(std::uint32_t per_mille) const;

 private:
  TickHistogram histogram_;
  std::array<std::uint32_t, kWindow> window_{};
  std::size_t next_ = 0, filled_ = 0;
};

}  // namespace meridian
