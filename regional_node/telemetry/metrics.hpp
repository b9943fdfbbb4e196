// The one place where counters get their names. Prometheus text, version 0.0.4, by prometheus-cpp's own serializer; names as in
// `netcode.md` 10.
#pragma once

#include <string>

#include "regional_node/telemetry/node_status.hpp"

namespace meridian {

std::string metrics_text(const NodeIdentity& identity, const NodeStatus& status);

}  // namespace meridian
