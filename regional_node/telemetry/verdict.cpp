#include "regional_node/telemetry/verdict.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace meridian {

const char* name(Health health) {
  switch (health) {
    case Health::ok: return "ok";
    case Health::busy: return "busy";
    case Health::late: return "late";
    case Health::dropping: return "dropping";
    case Health::stopping: return "stopping";
    case Health::stuck: return "stuck";
  }
  return "unknown";
}

NodeVerdict judge(const NodeIdentity& identity, const NodeStatus& s, std::int64_t age_ms) {
  const std::uint32_t tick_us = 1'000'000u / identity.tick_hz;
  const std::uint32_t ticks_recent = 10u * identity.tick_hz;  // as many as were due
  if (age_ms > kStuckAfter_ms)
    return {Health::stuck, fmt::format("the simulation has not reported for {:.1f} s: look at its log", age_ms / 1000.0)};
  if (s.stopping) return {Health::stopping, "players have been told; the process ends within a second"};
  if (s.rxq_overflow_recent > 0)
    return {Health::dropping,
            fmt::format("the kernel dropped {} datagrams in the last 10 s: raise net.core.rmem_max, or give the node a core",
                        s.rxq_overflow_recent)};
  if (s.moved_recent > 0)
    return {Health::late, "the process stood still for more than a second in the last 10 s: the machine was asleep, or is far too busy"};
  if (s.overruns_recent * 100 > ticks_recent)
    return {Health::late,
            fmt::format("{} of the last 10 s' {} ticks, more than 1 %, began too late: the machine is too busy for {} players",
                        s.overruns_recent, ticks_recent, s.core.players)};
  if (s.ticks.count >= kJudgedFromTicks && s.tick_p99_us > tick_us * 8 / 10)
    return {Health::busy,
            fmt::format("ticks take {:.1f} ms of {} ms (p99): no room for more players", s.tick_p99_us / 1000.0, tick_us / 1000)};
  if (s.core.players >= identity.max_players)
    return {Health::busy, fmt::format("full: {} of {} players", s.core.players, identity.max_players)};
  return {Health::ok,
          fmt::format("{} players; ticks take {:.1f} ms of {} ms (p99)", s.core.players, s.tick_p99_us / 1000.0, tick_us / 1000)};
}

std::string status_json(const NodeIdentity& identity, const NodeStatus& s, std::int64_t age_ms) {
  const NodeVerdict verdict = judge(identity, s, age_ms);
  const nlohmann::ordered_json json = {
      {"region", identity.region},
      {"node", identity.node.value},
      {"incarnation", identity.incarnation},
      {"pid", identity.pid},
      {"verdict", name(verdict.health)},
      {"reason", verdict.reason},
      {"uptime_ms", s.uptime_ms},
      {"tick", s.tick},
      {"tick_hz", identity.tick_hz},
      {"tick_p50_ms", s.tick_p50_us / 1000.0},
      {"tick_p99_ms", s.tick_p99_us / 1000.0},
      {"overruns", s.overruns},
      {"players", s.core.players},
      {"max_players", identity.max_players},
      {"link_dead", s.core.link_dead},
      {"entities", s.core.entities},
      {"chunks", s.core.chunks},
      {"changes", s.core.changes_blocks + s.core.changes_motion},
      {"block_changes", s.core.changes_blocks},
      {"durable", false},
  };
  return json.dump(2) + "\n";
}

}  // namespace meridian
