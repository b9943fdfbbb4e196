// All that the outside may know of a running node, as plain values: filled by the tick thread once a second, handed over by a queue, read
// by the HTTP thread. From it come /metrics (metrics.hpp), /v1/status and the verdict (verdict.hpp).
#pragma once

#include <cstdint>
#include <string>

#include "base/ids.hpp"
#include "netchannel/connection/connections.hpp"
#include "netchannel/transport/udp_transport.hpp"
#include "regional_node/telemetry/tick_times.hpp"
#include "regional_node/tick/node_core.hpp"

namespace meridian {

// What does not change while the process runs.
struct NodeIdentity {
  std::string region;
  NodeId node;
  std::uint32_t incarnation = 0;
  std::uint16_t tick_hz = 20;
  std::uint16_t max_players = 0;
  int pid = 0;  // so that whoever started a process can tell its answer from another's on the same port
};

struct NodeStatus {
  std::int64_t mono_us = 0;  // when it was filled, on the machine's monotonic clock
  std::int64_t uptime_ms = 0;
  std::uint64_t tick = 0;
  std::uint32_t tick_p50_us = 0, tick_p99_us = 0;  // of the last minute
  std::uint64_t overruns = 0;                      // ticks that began later than the next one was due
  std::uint64_t overruns_recent = 0;               // of the last 10 s
  std::uint64_t moved = 0;                         // times that the schedule moved: more than a second behind (tick_schedule.hpp)
  std::uint64_t moved_recent = 0;                  // of the last 10 s
  std::uint64_t rxq_overflow_recent = 0;           // datagrams the kernel dropped in the last 10 s
  bool stopping = false;
  TickHistogram ticks;
  NodeCounters core;
  ConnectionsCounters net;
  UdpCounters udp;
};

}  // namespace meridian
