#include "regional_node/admin/routes.hpp"

#include <gtest/gtest.h>

namespace meridian {
namespace {

const NodeIdentity kNode{"eu-west", NodeId{1}, 1, 20, 100, 812};
constexpr std::int64_t kNow_us = 50'000'000;

NodeStatus reported(std::int64_t ago_ms, bool stopping) {
  NodeStatus status;
  status.mono_us = kNow_us - ago_ms * 1000;
  status.stopping = stopping;
  return status;
}

TEST(Routes, Answer_by_path_and_by_what_the_node_last_said) {
  const std::optional<NodeStatus> none, fresh = reported(500, false), stopping = reported(500, true), old = reported(5000, false);
  std::optional<NodeStatus> full = fresh;
  full->core.players = kNode.max_players;
  const struct {
    const char* path;
    const std::optional<NodeStatus>& status;
    int code;
    const char* words;
  } cases[] = {
      {"/metrics", fresh, 200, "meridian_ticks_total 0"},
      {"/metrics", old, 200, "meridian_ticks_total 0"},
      {"/metrics", none, 503, "not reported yet"},
      {"/healthz", fresh, 200, "ok: "},
      {"/healthz", stopping, 200, "stopping: "},
      {"/healthz", old, 503, "stuck: "},
      {"/healthz", none, 503, "starting"},
      {"/readyz", fresh, 200, "ok: "},
      {"/readyz", stopping, 503, "stopping: "},
      {"/readyz", full, 503, "full: 100 of 100"},
      {"/healthz", full, 200, "busy: "},
      {"/readyz", old, 503, "stuck: "},
      {"/readyz", none, 503, "starting"},
      {"/v1/status", fresh, 200, "\"verdict\": \"ok\""},
      {"/v1/status", old, 200, "\"verdict\": \"stuck\""},
      {"/v1/status/", fresh, 404, "not found"},
      {"/", fresh, 404, "/metrics"},
      {"/../etc/passwd", fresh, 404, "not found"},
      {"/nothing", none, 404, "not found"},
      {"", fresh, 404, "not found"},
  };
  for (const auto& c : cases) {
    const HttpReply reply = answer(c.path, kNode, c.status, kNow_us);
    EXPECT_EQ(reply.code, c.code) << c.path << " " << c.words;
    EXPECT_NE(reply.body.find(c.words), std::string::npos) << c.path << ": " << reply.body.substr(0, 200);
  }
}

}  // namespace
}  // namespace meridian
