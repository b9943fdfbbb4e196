#include "regional_node/admin/routes.hpp"

#include <fmt/format.h>

#include "regional_node/telemetry/metrics.hpp"
#include "regional_node/telemetry/verdict.hpp"

namespace meridian {
namespace {

HttpReply unavailable(std::string why) { return {.code = 503, .body = std::move(why) + "\n"}; }

}  // namespace

HttpReply answer(std::string_view path, const NodeIdentity& identity, const std::optional<NodeStatus>& status, std::int64_t now_us) {
  const bool known = path == "/metrics" || path == "/healthz" || path == "/readyz" || path == "/v1/status";
  if (!known) return {.code = 404, .body = "not found; there are /metrics, /healthz, /readyz and /v1/status\n"};
  if (!status) return unavailable("starting: the simulation has not reported yet");

  const std::int64_t age_ms = (now_us - status->mono_us) / 1000;
  if (path == "/metrics") return {.content_type = "text/plain; version=0.0.4; charset=utf-8", .body = metrics_text(identity, *status)};
  if (path == "/v1/status") return {.content_type = "application/json", .body = status_json(identity, *status, age_ms)};
  const NodeVerdict verdict = judge(identity, *status, age_ms);
  if (verdict.health == Health::stuck) return unavailable("stuck: " + verdict.reason);
  if (path == "/readyz" && verdict.health == Health::stopping) return unavailable("stopping: " + verdict.reason);
  if (path == "/readyz" && status->core.players >= identity.max_players)
    return unavailable(fmt::format("full: {} of {} players", status->core.players, identity.max_players));
  return {.body = std::string(name(verdict.health)) + ": " + verdict.reason + "\n"};
}

}  // namespace meridian
