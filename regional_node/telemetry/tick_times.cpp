#include "regional_node/telemetry/tick_times.hpp"

#include <algorithm>

namespace meridian {

void TickTimes::add(std::uint32_t us) {
  const auto bucket = static_cast<std::size_t>(std::ranges::lower_bound(kTickBuckets_us, us) - kTickBuckets_us.begin());
  ++histogram_.counts[bucket];
  ++histogram_.count;
  histogram_.sum_us += us;
  window_[next_] = us;
  next_ = (next_ + 1) % kWindow;
  filled_ = std::min(filled_ + 1, kWindow);
}

std::uint32_t TickTimes::percentile_us(std::uint32_t per_mille) const {
  if (filled_ == 0) return 0;
  auto copy = window_;
  const std::size_t rank = (filled_ * per_mille + 999) / 1000;  // nearest rank, from 1
  const auto at = copy.begin() + static_cast<std::ptrdiff_t>(std::max<std::size_t>(rank, 1) - 1);
  std::nth_element(copy.begin(), at, copy.begin() + static_cast<std::ptrdiff_t>(filled_));
  return *at;
}

}  // namespace meridian
