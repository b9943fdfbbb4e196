// Fills a NodeStatus once a second from what the tick thread counts, and knows what happened in the last ten seconds. Tick thread alone.
#pragma once

#include <array>
#include <cstdint>

#include "base/clock.hpp"
#include "regional_node/telemetry/node_status.hpp"
#include "regional_node/tick/tick_schedule.hpp"

namespace meridian {

// How much a counter has grown in the last ten calls of add().
class Recent {
 public:
  void add(std::uint64_t total) {
    recent_ = total - ring_[next_];
    ring_[next_] = total;
    next_ = (next_ + 1) % ring_.size();
  }
  std::uint64_t last() const { return recent_; }

 private:
  std::array<std::uint64_t, 10> ring_{};
  std::size_t next_ = 0;
  std::uint64_t recent_ = 0;
};

class StatusMaker {
 public:
  explicit StatusMaker(Now started) : started_(started), next_us_(started.mono_us) {}

  void ticked(std::uint32_t took_us) { times_.add(took_us); }
  bool due(Now now) const { return now.mono_us >= next_us_; }
  const NodeStatus& make(Now now, const TickSchedule& schedule, const NodeCounters& core, const ConnectionsCounters& net,
                         const UdpCounters& udp, bool stopping);

 private:
  Now started_;
  std::int64_t next_us_;
  TickTimes times_;
  Recent overruns_, moved_, rxq_overflow_;
  NodeStatus status_;
};

}  // namespace meridian
