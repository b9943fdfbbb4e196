#include "regional_node/telemetry/status_maker.hpp"

namespace meridian {

const NodeStatus& StatusMaker::make(Now now, const TickSchedule& schedule, const NodeCounters& core, const ConnectionsCounters& net,
                                    const UdpCounters& udp, bool stopping) {
  next_us_ = now.mono_us + 1'000'000;
  overruns_.add(schedule.overruns());
  moved_.add(schedule.moved());
  rxq_overflow_.add(udp.rxq_overflow);
  status_.mono_us = now.mono_us;
  status_.uptime_ms = (now.mono_us - started_.mono_us) / 1000;
  status_.tick = schedule.next().value;
  status_.tick_p50_us = times_.percentile_us(500);
  status_.tick_p99_us = times_.percentile_us(990);
  status_.overruns = schedule.overruns();
  status_.overruns_recent = overruns_.last();
  status_.moved = schedule.moved();
  status_.moved_recent = moved_.last();
  status_.rxq_overflow_recent = rxq_overflow_.last();
  status_.stopping = stopping;
  status_.ticks = times_.histogram();
  status_.core = core;
  status_.net = net;
  status_.udp = udp;
  return status_;
}

}  // namespace meridian
