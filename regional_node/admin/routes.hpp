// What each path answers: a pure function of the node's last status, so that it is tested without a socket.
//
//   /metrics     Prometheus text            /healthz   200 while the simulation reports, else 503
//   /v1/status   JSON, also when stuck      /readyz    200 while new players are welcome, else 503 (not yet reported, stuck, stopping,
//   full)
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "regional_node/telemetry/node_status.hpp"

namespace meridian {

struct HttpReply {
  int code = 200;
  const char* content_type = "text/plain; charset=utf-8";
  std::string body;
};

// `status`: nullopt until the simulation has reported for the first time.
HttpReply answer(std::string_view path, const NodeIdentity& identity, const std::optional<NodeStatus>& status, std::int64_t now_us);

}  // namespace meridian
