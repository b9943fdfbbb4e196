#include "cli/bots/summary.hpp"

#include <gtest/gtest.h>
#include <sstream>

namespace meridian {
namespace {

std::vector<BotFigures> ten_bots() {
  std::vector<BotFigures> bots(10);
  for (std::size_t i = 0; i < bots.size(); ++i) {
    bots[i].in_world = true;
    bots[i].rtt_ms = static_cast<double>(i + 1);
    bots[i].loss = 0.05;
    bots[i].bytes_in = 1'000;
  }
  return bots;
}

TEST(Crowd_summary, Adds_up_counts_and_ranks_round_trips) {
  auto bots = ten_bots();
  bots[3].corrections = 7, bots[3].corrections_without_cause = 2, bots[3].worst = Verdict::diverging, bots[3].looks_diverging = 4;
  bots[3].ticks_along_walls = 5, bots[4].ticks_along_walls = 6;
  bots[4].last = bots[4].worst = Verdict::jitter, bots[4].error_p95_blocks = 0.25;
  const CrowdSummary sum = sum_up(bots, 60, 10);
  EXPECT_EQ(sum.in_world, 10u);
  EXPECT_EQ(sum.corrections, 7u);
  EXPECT_EQ(sum.last, (std::array<std::uint32_t, 3>{9, 1, 0}));
  EXPECT_EQ(sum.worst, (std::array<std::uint32_t, 3>{8, 1, 1}));
  EXPECT_EQ(sum.looks_diverging, 4u);
  EXPECT_EQ(sum.ticks_along_walls, 11u);
  EXPECT_EQ(sum.rtt_p50_ms, 5);
  EXPECT_EQ(sum.rtt_p95_ms, 10);
  EXPECT_DOUBLE_EQ(sum.loss_mean, 0.05);
  EXPECT_EQ(sum.error_p95_blocks, 0.25);
  EXPECT_EQ(sum.bytes_in_per_s, 100);
  EXPECT_FALSE(sum.well());
}

TEST(Crowd_summary, Is_well_only_when_nobody_was_missing_cut_off_or_diverging) {
  const auto well_after = [](auto change) {
    auto bots = ten_bots();
    change(bots[6]);
    return sum_up(bots, 60, 60).well();
  };
  EXPECT_TRUE(well_after([](BotFigures&) {}));
  EXPECT_TRUE(well_after([](BotFigures& bot) { bot.corrections = 9, bot.worst = Verdict::jitter; }));
  EXPECT_FALSE(well_after([](BotFigures& bot) { bot.in_world = false; }));
  EXPECT_FALSE(well_after([](BotFigures& bot) { bot.disconnects = 1; }));
  EXPECT_FALSE(well_after([](BotFigures& bot) { bot.corrections_without_cause = 1; }));
  EXPECT_FALSE(well_after([](BotFigures& bot) { bot.worst = Verdict::diverging; }));
}

TEST(Crowd_summary, Fits_80_columns_and_counts_bots_that_never_got_in) {
  auto bots = ten_bots();
  for (BotFigures& bot : bots) {
    bot.in_world = false;
    bot.corrections = bot.disconnects = bot.actions_done = bot.actions_refused = 123'456'789;
  }
  const CrowdSummary sum = sum_up(bots, 86'400, 86'400);
  EXPECT_EQ(sum.rtt_p95_ms, 0);
  std::istringstream text(summary_text(sum));
  int lines = 0;
  for (std::string line; std::getline(text, line); ++lines) EXPECT_LE(line.size(), 80u) << line;
  EXPECT_EQ(lines, 8);
  EXPECT_NE(summary_json(sum).find("\"in_world\": 0"), std::string::npos);
}

}  // namespace
}  // namespace meridian
