// What a crowd of bots went through, as figures: gathered from each bot's own statistics, told as text and as JSON. Pure.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "netchannel/client/client.hpp"

namespace meridian {

struct BotFigures {
  bool entered = false;   // was in the world at some time
  bool in_world = false;  // at the end
  Verdict last = Verdict::matched;
  Verdict worst = Verdict::matched;                                               // of all looks since the warm-up's end, one a second
  std::uint64_t corrections = 0, corrections_without_cause = 0, inputs_late = 0;  // since the warm-up's end
  std::uint64_t looks_diverging = 0;                                              // of the looks that `worst` comes from
  std::uint64_t ticks_along_walls = 0;                                            // since the warm-up's end
  std::uint64_t disconnects = 0;                                                  // since the start
  std::uint64_t actions_done = 0, actions_refused = 0, pushes_done = 0, pushes_refused = 0;
  double rtt_ms = 0, jitter_ms = 0, loss = 0, error_p95_blocks = 0;
  std::uint64_t snapshots = 0, bytes_in = 0, bytes_out = 0;
};

struct CrowdSummary {
  std::uint32_t bots = 0, entered = 0, in_world = 0;
  double seconds = 0;                            // measured, without the warm-up
  std::array<std::uint32_t, 3> last{}, worst{};  // bots by Verdict
  std::uint64_t corrections = 0, corrections_without_cause = 0, inputs_late = 0, disconnects = 0, looks_diverging = 0,
                ticks_along_walls = 0;
  std::uint64_t actions_done = 0, actions_refused = 0, pushes_done = 0, pushes_refused = 0;
  double rtt_p50_ms = 0, rtt_p95_ms = 0, jitter_p50_ms = 0, loss_mean = 0, error_p95_blocks = 0;  // the last one: of the worst bot
  double bytes_in_per_s = 0, bytes_out_per_s = 0;                                                 // a bot, over its whole life

  // Everybody in the world, nobody ever cut off, and no bot whose rules differ from the node's.
  bool well() const { return in_world == bots && disconnects == 0 && corrections_without_cause == 0 && worst[2] == 0; }
};

CrowdSummary sum_up(const std::vector<BotFigures>& bots, double seconds, double lifetime_s);
std::string summary_text(const CrowdSummary& summary);
std::string summary_json(const CrowdSummary& summary);

}  // namespace meridian
