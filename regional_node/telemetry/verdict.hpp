// One word on a node's health and a sentence why, for people: the same in /v1/status, `meridian status` and the logs.
#pragma once

#include <cstdint>
#include <string>

#include "regional_node/telemetry/node_status.hpp"

namespace meridian {

enum class Health : std::uint8_t {
  ok,
  busy,      // ticks take most of their time, or the machine is full
  late,      // more than 1 % of the ticks began after the next one was due, or the process stood still for over a second
  dropping,  // datagrams are lost before they are read
  stopping,  // players have been told
  stuck,     // the tick thread has said nothing for kStuckAfter_ms
};
const char* name(Health health);

inline constexpr std::int64_t kStuckAfter_ms = 3000;    // it speaks once a second
inline constexpr std::uint64_t kJudgedFromTicks = 200;  // the p99 of fewer is about their maximum

struct NodeVerdict {
  Health health = Health::ok;
  std::string reason;
};
// `age_ms`: how old the status is, by the reader's clock.
NodeVerdict judge(const NodeIdentity& identity, const NodeStatus& status, std::int64_t age_ms);

// /v1/status.
std::string status_json(const NodeIdentity& identity, const NodeStatus& status, std::int64_t age_ms);

}  // namespace meridian
