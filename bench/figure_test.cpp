#include "bench/figure.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace meridian {
namespace {

TEST(By_turns, Alternates_its_variants_and_leaves_out_the_warm_up) {
  std::string order;
  double cost = 100;  // the warm-up turns cost 100 and 99
  const std::vector<std::function<double()>> variants = {[&] { return order += 'a', cost--; }, [&] { return order += 'b', cost--; }};
  const std::vector<Cost> costs = by_turns(3, variants);
  EXPECT_EQ(order, "abbaabba");
  ASSERT_EQ(costs.size(), 2u);
  EXPECT_EQ(costs[0].least, 93);  // turns at 97, 96 and 93
  EXPECT_EQ(costs[0].median, 96);
  EXPECT_EQ(costs[1].least, 94);  // 98, 95 and 94
  EXPECT_EQ(costs[1].median, 95);
}

TEST(Figure, Says_whether_its_target_is_reached) {
  struct Case {
    const char* name;
    Figure figure;
    std::optional<double> ratio;
    std::optional<bool> reached;
  };
  const Case cases[] = {
      {"no target", {.value = {3, 3}, .baseline = "b", .baseline_value = {2, 2}}, 1.5, std::nullopt},
      {"a value under its target", {.value = {3, 3}, .target = 3.0}, std::nullopt, true},
      {"a value over its target", {.value = {3.1, 3}, .target = 3.0}, std::nullopt, false},
      {"a ratio under its target",
       {.value = {3, 3}, .baseline = "b", .baseline_value = {3, 3}, .target = 1.25, .target_of = TargetOf::ratio},
       1.0,
       true},
      {"a ratio without a baseline", {.value = {3, 3}, .target = 1.25, .target_of = TargetOf::ratio}, std::nullopt, std::nullopt},
      {"more is better", {.value = {3, 3}, .target = 4.0, .lower_is_better = false}, std::nullopt, false},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(c.figure.ratio(), c.ratio);
    EXPECT_EQ(c.figure.reached(), c.reached);
  }
}

TEST(Figure, Writes_the_keys_of_the_contract) {
  const Figure figure{.name = "udp \"aead\" 100 B",
                      .unit = "us/message",
                      .value = {3.10004, 3.5},
                      .baseline = "bare loop",
                      .baseline_value = {2.48, 2.7},
                      .target = 1.25,
                      .target_of = TargetOf::ratio};
  const auto line = nlohmann::json::parse(json_line("transport", figure));
  EXPECT_EQ(line["bench"], "transport");
  EXPECT_EQ(line["case"], "udp \"aead\" 100 B");
  EXPECT_EQ(line["value"], 3.1);
  EXPECT_EQ(line["unit"], "us/message");
  EXPECT_EQ(line["baseline"], "bare loop");
  EXPECT_EQ(line["baseline_value"], 2.48);
  EXPECT_EQ(line["ratio"], 1.25);
  EXPECT_EQ(line["target"], 1.25);
  EXPECT_EQ(line["better"], "lower");

  const auto bare = nlohmann::json::parse(json_line("memory", {.name = "a", .unit = "MB", .value = {7, 7}}));
  EXPECT_TRUE(bare["baseline"].is_null());
  EXPECT_TRUE(bare["ratio"].is_null());
  EXPECT_TRUE(bare["target"].is_null());
}

TEST(Thread_cpu_us, Moves_on_with_work) {
  const double before = thread_cpu_us();
  std::uint64_t sum = 1;
  while (thread_cpu_us() <= before) sum = sum * 6364136223846793005u + 1;
  EXPECT_GT(thread_cpu_us(), before) << sum;
}

}  // namespace
}  // namespace meridian
