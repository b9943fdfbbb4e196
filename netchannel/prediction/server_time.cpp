#include "netchannel/prediction/server_time.hpp"

#include <algorithm>
#include <limits>

namespace meridian {
namespace {

constexpr std::int64_t kNothing = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kSecond_us = 1'000'000;

}  // namespace

void ServerTime::start(Tick tick, std::int64_t due_us, std::int64_t tick_us, std::int64_t rtt_us) {
  tick_us_ = tick_us;
  rtt_us_ = rtt_us;
  least_us_.fill(kNothing);
  offset_us_ = due_us + rtt_us / 2 - tick_time_us(tick);  // its snapshot arrives half a round trip after it
  second_ = due_us / kSecond_us;  // its bucket stays empty: the first snapshot knows better than the handshake, also where that was early
}

void ServerTime::heard(Tick tick, std::int64_t now_us) {
  const std::int64_t second = now_us / kSecond_us;
  if (second > second_) {
    for (std::int64_t s = std::max(second_ + 1, second - kBuckets + 1); s <= second; ++s)
      least_us_[static_cast<std::size_t>(s % kBuckets)] = kNothing;
    second_ = second;
  }
  std::int64_t& least = least_us_[static_cast<std::size_t>(second_ % kBuckets)];
  least = std::min(least, now_us - tick_time_us(tick));
  choose();
}

void ServerTime::forget_old() {
  const std::int64_t recent = recent_offset_us();
  least_us_.fill(kNothing);
  least_us_[static_cast<std::size_t>(second_ % kBuckets)] = recent;
  choose();
}

std::int64_t ServerTime::recent_offset_us() const {
  const std::int64_t recent = std::min(least_us_[static_cast<std::size_t>(second_ % kBuckets)],
                                       least_us_[static_cast<std::size_t>((second_ + kBuckets - 1) % kBuckets)]);
  return recent == kNothing ? offset_us_ : recent;
}

void ServerTime::choose() {
  const std::int64_t least = *std::min_element(least_us_.begin(), least_us_.end());
  if (least != kNothing) offset_us_ = least;
}

}  // namespace meridian
