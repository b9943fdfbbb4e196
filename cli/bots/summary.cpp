#include "cli/bots/summary.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace meridian {
namespace {

// The value that `share` of them do not exceed (nearest rank); 0 of none.
double percentile(std::vector<double> values, double share) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  const auto rank = static_cast<std::size_t>(share * static_cast<double>(values.size()) + 0.999999);
  return values[std::clamp<std::size_t>(rank, 1, values.size()) - 1];
}

}  // namespace

CrowdSummary sum_up(const std::vector<BotFigures>& bots, double seconds, double lifetime_s) {
  CrowdSummary sum;
  sum.bots = static_cast<std::uint32_t>(bots.size());
  sum.seconds = seconds;
  std::vector<double> rtts, jitters;
  std::uint64_t bytes_in = 0, bytes_out = 0;
  for (const BotFigures& bot : bots) {
    ++sum.last[static_cast<std::size_t>(bot.last)];
    ++sum.worst[static_cast<std::size_t>(bot.worst)];
    sum.corrections += bot.corrections, sum.corrections_without_cause += bot.corrections_without_cause;
    sum.inputs_late += bot.inputs_late, sum.disconnects += bot.disconnects;
    sum.actions_done += bot.actions_done, sum.actions_refused += bot.actions_refused;
    sum.pushes_done += bot.pushes_done, sum.pushes_refused += bot.pushes_refused;
    bytes_in += bot.bytes_in, bytes_out += bot.bytes_out;
    sum.looks_diverging += bot.looks_diverging, sum.ticks_along_walls += bot.ticks_along_walls;
    sum.entered += bot.entered;
    if (!bot.in_world) continue;
    ++sum.in_world;
    rtts.push_back(bot.rtt_ms);
    jitters.push_back(bot.jitter_ms);
    sum.loss_mean += bot.loss;
    sum.error_p95_blocks = std::max(sum.error_p95_blocks, bot.error_p95_blocks);
  }
  if (sum.in_world != 0) sum.loss_mean /= sum.in_world;
  sum.rtt_p50_ms = percentile(rtts, 0.5), sum.rtt_p95_ms = percentile(rtts, 0.95);
  sum.jitter_p50_ms = percentile(jitters, 0.5);
  if (sum.bots != 0 && lifetime_s > 0) {
    sum.bytes_in_per_s = static_cast<double>(bytes_in) / sum.bots / lifetime_s;
    sum.bytes_out_per_s = static_cast<double>(bytes_out) / sum.bots / lifetime_s;
  }
  return sum;
}

std::string summary_text(const CrowdSummary& s) {
  std::string text;
  const auto line = [&text](const char* name, const std::string& value) { text += fmt::format("{:<13} {}\n", name, value); };
  line("bots", fmt::format("{} of {} in the world after {:.0f} s; cut off {} times", s.in_world, s.bots, s.seconds, s.disconnects));
  line("verdict", fmt::format("matched {}, jitter {}, diverging {} (worst: {}, {}, {})", s.last[0], s.last[1], s.last[2], s.worst[0],
                              s.worst[1], s.worst[2]));
  line("corrections", fmt::format("{} with a cause, {} without", s.corrections - s.corrections_without_cause, s.corrections_without_cause));
  line("round trip", fmt::format("p50 {:.1f} ms, p95 {:.1f} ms, jitter {:.1f} ms, loss {:.2f} %", s.rtt_p50_ms, s.rtt_p95_ms,
                                 s.jitter_p50_ms, s.loss_mean * 100));
  line("late inputs", fmt::format("{}", s.inputs_late));
  line("blocks", fmt::format("{} placed or broken, {} refused", s.actions_done, s.actions_refused));
  line("pushes", fmt::format("{} hit, {} did not", s.pushes_done, s.pushes_refused));
  line("bytes/s a bot", fmt::format("{:.0f} down, {:.0f} up", s.bytes_in_per_s, s.bytes_out_per_s));
  return text;
}

std::string summary_json(const CrowdSummary& s) {
  const auto verdicts = [](const std::array<std::uint32_t, 3>& n) {
    return nlohmann::ordered_json{{"matched", n[0]}, {"jitter", n[1]}, {"diverging", n[2]}};
  };
  const nlohmann::ordered_json json = {{"well", s.well()},
                                       {"bots", s.bots},
                                       {"entered", s.entered},
                                       {"in_world", s.in_world},
                                       {"seconds", s.seconds},
                                       {"disconnects", s.disconnects},
                                       {"verdicts", verdicts(s.last)},
                                       {"verdicts_worst", verdicts(s.worst)},
                                       {"diverging_windows", s.looks_diverging},
                                       {"corrections", s.corrections},
                                       {"corrections_without_cause", s.corrections_without_cause},
                                       {"error_p95_blocks", s.error_p95_blocks},
                                       {"inputs_late", s.inputs_late},
                                       {"ticks_along_walls", s.ticks_along_walls},
                                       {"rtt_ms", s.rtt_p50_ms},
                                       {"rtt_p95_ms", s.rtt_p95_ms},
                                       {"jitter_ms", s.jitter_p50_ms},
                                       {"loss", s.loss_mean},
                                       {"actions_done", s.actions_done},
                                       {"actions_refused", s.actions_refused},
                                       {"pushes_done", s.pushes_done},
                                       {"pushes_refused", s.pushes_refused},
                                       {"bytes_in_per_s", s.bytes_in_per_s},
                                       {"bytes_out_per_s", s.bytes_out_per_s}};
  return json.dump(2) + "\n";
}

}  // namespace meridian
