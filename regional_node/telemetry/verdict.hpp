// One word on a node's health and a sentence why, for people: the same in /v1/status, `meridian status` and the logs.
#pragma once

#include <cstdint>
#include <string>

#include "regional_node/telemetry/node_status.hpp"

namespace meridian {

enum class Health : std::uint8_t {
  ok,
  busy,      // ticks take most of their time, or the machine is full
  late,      // ticks began after the next one was due
  dropping,  // datagrams are lost before they are read
  stopping,  // players have been told
  stuck,     // the tick thread has said nothing for kStuckAfter_ms
};
const char* name(Health health);

inline constexpr std::int64_t kStuckAfter_ms = 3000;  // it speaks once a second

struct NodeVerdict {
  Health health = Health::ok;
  std::string reason;
};
// `age_ms`: how old the status is, by the reader's clock.
NodeVerdict judge(const NodeIdentity& identity, const NodeStatus& status, std::int64_t age_ms);

// /v1/status.
std::string status_json(const NodeIdentity& identity, const NodeStatus& status, std::int64_t age_ms);

}  // namespace meridian
