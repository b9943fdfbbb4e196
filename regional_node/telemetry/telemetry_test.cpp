#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "regional_node/telemetry/metrics.hpp"
#include "regional_node/telemetry/status_maker.hpp"
#include "regional_node/telemetry/verdict.hpp"

namespace meridian {
namespace {

const NodeIdentity kNode{"eu-west", NodeId{3}, 7, 20, 100, 812};

TEST(Tick_times, Give_percentiles_of_the_window_by_nearest_rank) {
  TickTimes times;
  EXPECT_EQ(times.percentile_us(500), 0u);
  for (std::uint32_t us = 1; us <= 100; ++us) times.add(us * 1000);
  EXPECT_EQ(times.percentile_us(500), 50'000u);
  EXPECT_EQ(times.percentile_us(990), 99'000u);
  EXPECT_EQ(times.percentile_us(1000), 100'000u);
}

TEST(Tick_times, Forget_what_left_the_window_but_not_in_the_histogram) {
  TickTimes times;
  times.add(200'000);
  for (std::size_t i = 0; i < TickTimes::kWindow; ++i) times.add(250);
  EXPECT_EQ(times.percentile_us(1000), 250u);
  EXPECT_EQ(times.histogram().count, TickTimes::kWindow + 1);
  EXPECT_EQ(times.histogram().counts[0], TickTimes::kWindow) << "a bound belongs to its own bucket";
  EXPECT_EQ(times.histogram().counts[11], 1u);
}

TEST(Verdict, Names_the_worst_that_is_known_and_says_why) {
  const struct {
    const char* name;
    void (*change)(NodeStatus&);
    std::int64_t age_ms;
    Health expected;
    const char* words;
  } cases[] = {
      {"nothing wrong", [](NodeStatus&) {}, 100, Health::ok, "5 players; ticks take 2.0 ms of 50 ms"},
      {"slow ticks", [](NodeStatus& s) { s.tick_p99_us = 41'000; }, 100, Health::busy, "41.0 ms of 50 ms"},
      {"too few ticks to judge by",
       [](NodeStatus& s) {
         s.tick_p99_us = 41'000;
         s.ticks.count = 199;
       },
       100, Health::ok, "41.0 ms"},
      {"full", [](NodeStatus& s) { s.core.players = 100; }, 100, Health::busy, "100 of 100"},
      {"late ticks",
       [](NodeStatus& s) {
         s.overruns_recent = 3;
         s.tick_p99_us = 41'000;
       },
       100, Health::late, "3 of the last 10 s' 200 ticks, more than 1 %"},
      {"one tick in a hundred may be late", [](NodeStatus& s) { s.overruns_recent = 2; }, 100, Health::ok, ""},
      {"a long stall",
       [](NodeStatus& s) {
         s.overruns_recent = 1;
         s.moved_recent = 1;
       },
       100, Health::late, "stood still"},
      {"old overruns do not count",
       [](NodeStatus& s) {
         s.overruns = 3;
         s.moved = 1;
       },
       100, Health::ok, ""},
      {"kernel drops",
       [](NodeStatus& s) {
         s.rxq_overflow_recent = 9;
         s.overruns_recent = 3;
       },
       100, Health::dropping, "dropped 9"},
      {"stopping",
       [](NodeStatus& s) {
         s.stopping = true;
         s.rxq_overflow_recent = 9;
       },
       100, Health::stopping, "told"},
      {"silent", [](NodeStatus& s) { s.stopping = true; }, 3001, Health::stuck, "3.0 s"},
  };
  for (const auto& c : cases) {
    NodeStatus status;
    status.core.players = 5;
    status.tick_p99_us = 2'000;
    status.ticks.count = 200;
    c.change(status);
    const NodeVerdict verdict = judge(kNode, status, c.age_ms);
    EXPECT_EQ(verdict.health, c.expected) << c.name;
    EXPECT_NE(verdict.reason.find(c.words), std::string::npos) << c.name << ": " << verdict.reason;
  }
}

TEST(Status_maker, Remembers_overruns_and_stalls_for_ten_seconds) {
  TickSchedule schedule(Tick{1}, 0, 20);
  schedule.begin(30'000'000);
  StatusMaker maker({});
  const auto make = [&] { return maker.make({}, schedule, {}, {}, {}, false); };
  for (int second = 0; second < 10; ++second) {
    const NodeStatus status = make();
    EXPECT_EQ(status.overruns_recent, 1u) << second;
    EXPECT_EQ(status.moved_recent, 1u) << second;
  }
  EXPECT_EQ(make().moved_recent, 0u);
  EXPECT_EQ(make().moved, 1u);
}

TEST(Status, Is_json_that_says_who_how_and_that_nothing_is_durable) {
  NodeStatus status;
  status.tick = 99;
  status.core.players = 5;
  status.core.changes_blocks = 4;
  status.core.changes_motion = 6;
  const auto json = nlohmann::json::parse(status_json(kNode, status, 0));
  EXPECT_EQ(json.at("region"), "eu-west");
  EXPECT_EQ(json.at("incarnation"), 7);
  EXPECT_EQ(json.at("pid"), 812);
  EXPECT_EQ(json.at("tick"), 99);
  EXPECT_EQ(json.at("players"), 5);
  EXPECT_EQ(json.at("changes"), 10);
  EXPECT_EQ(json.at("verdict"), "ok");
  EXPECT_EQ(json.at("durable"), false);
}

TEST(Metrics, Show_every_counter_under_its_name) {
  NodeStatus status;
  status.moved = 10;
  status.core.snapshots = 11;
  status.core.inputs_late = 12;
  status.net.rejected_replay = 13;
  status.net.refused[static_cast<std::size_t>(Reason::bad_token)] = 14;
  status.net.closed[static_cast<std::size_t>(Reason::timeout)] = 15;
  status.udp.send_errors[1] = 16;
  status.ticks.counts[0] = 2;
  status.ticks.counts[12] = 1;
  status.ticks.count = 3;
  const std::string text = metrics_text(kNode, status);
  for (const char* line :
       {"meridian_tick_schedule_moved_total 10\n", "meridian_net_snapshots_total{result=\"built\"} 11\n",
        "meridian_net_input_late_total 12\n", "meridian_net_rejected_total{reason=\"replay\"} 13\n",
        "meridian_net_handshakes_total{result=\"bad_token\"} 14\n", "meridian_net_closed_total{reason=\"timeout\"} 15\n",
        "meridian_net_send_errors_total{errno=\"EPERM\"} 16\n", "meridian_tick_seconds_bucket{le=\"0.25\"} 2\n",
        "meridian_tick_seconds_bucket{le=\"+Inf\"} 3\n", "meridian_node_info{region=\"eu-west\",node=\"3\",incarnation=\"7\"} 1\n"})
    EXPECT_NE(text.find(line), std::string::npos) << line << text;
}

TEST(Metrics, Name_no_family_twice_and_all_as_ours) {
  std::istringstream text(metrics_text(kNode, NodeStatus{}));
  std::set<std::string> names;
  for (std::string line; std::getline(text, line);) {
    if (!line.starts_with("# TYPE ")) continue;
    const std::string family = line.substr(7, line.find(' ', 7) - 7);
    EXPECT_TRUE(names.insert(family).second) << family << " twice";
    EXPECT_TRUE(family.starts_with("meridian_")) << family;
  }
  EXPECT_GT(names.size(), 30u);
}

}  // namespace
}  // namespace meridian
