#include "netchannel/prediction/verdict.hpp"

#include <gtest/gtest.h>

namespace meridian {
namespace {

constexpr std::int64_t kTick_us = 50'000;

struct VerdictCase {
  const char* name;
  int corrections;      // spread over the last 9 s
  double error_blocks;  // of each
  int without_cause;    // of them
  int late;             // of 200 reports
  Verdict expected;
};

TEST(Verdict, Follows_the_table_of_8_8) {
  const VerdictCase cases[] = {
      {"nothing wrong", 0, 0, 0, 0, Verdict::matched},
      {"one correction a minute, well explained", 1, 1.5, 0, 0, Verdict::matched},
      {"two, explained", 2, 0.01, 0, 0, Verdict::jitter},
      {"one input in 200 late", 0, 0, 0, 1, Verdict::matched},
      {"two in 200: one per cent is not below one per cent", 0, 0, 0, 2, Verdict::jitter},
      {"many, all explained", 40, 0.5, 0, 10, Verdict::jitter},
      {"one unexplained among many", 40, 0.5, 1, 10, Verdict::diverging},
      {"a single one, unexplained", 1, 0.004, 1, 0, Verdict::diverging},
  };
  for (const VerdictCase& row : cases) {
    VerdictWindow window;
    std::int64_t now_us = 500'000'000;
    int corrections = row.corrections, without = row.without_cause, late = row.late;
    for (int i = 0; i < 200; ++i, now_us += kTick_us) {
      window.input_reported(late-- > 0, now_us);
      if (i >= 20 && corrections-- > 0) {
        window.corrected({.error_blocks = row.error_blocks, .has_cause = without-- <= 0}, now_us);
      } else {
        window.agreed(now_us);
      }
    }
    now_us -= kTick_us;  // the last report
    EXPECT_EQ(window.verdict(now_us), row.expected) << row.name;
    EXPECT_NE(window.verdict(now_us + 10'000'000), Verdict::diverging) << row.name << ": its window is over";
    EXPECT_EQ(window.verdict(now_us + 61'000'000), Verdict::matched) << row.name << ": a minute later nothing is left";
  }
}

TEST(Verdict, The_95th_percentile_is_of_all_comparisons_of_ten_seconds) {
  VerdictWindow window;
  std::int64_t now_us = 1'000'000'000;
  EXPECT_EQ(window.error_p95_blocks(now_us), 0);
  for (int i = 0; i < 95; ++i) window.agreed(now_us);
  for (int i = 0; i < 5; ++i) window.corrected({.error_blocks = 1, .has_cause = true}, now_us);
  EXPECT_EQ(window.error_p95_blocks(now_us), 0);
  window.corrected({.error_blocks = 1, .has_cause = true}, now_us);
  EXPECT_EQ(window.error_p95_blocks(now_us), 1);
  EXPECT_EQ(window.error_p95_blocks(now_us + 10'000'000), 0);
}

TEST(Verdict, Has_a_word_for_each) {
  EXPECT_STREQ(name(Verdict::matched), "matched");
  EXPECT_STREQ(name(Verdict::jitter), "jitter");
  EXPECT_STREQ(name(Verdict::diverging), "diverging");
}

}  // namespace
}  // namespace meridian
