#include "cli/status/report.hpp"

#include <gtest/gtest.h>
#include <sstream>

namespace meridian {
namespace {

std::string status(const std::string& verdict, const std::string& reason) {
  return R"({"region":"eu-west","node":1,"incarnation":3,"pid":812,"verdict":")" + verdict + R"(","reason":")" + reason +
         R"(","uptime_ms":3723000,"tick":74460,"tick_hz":20,"tick_p50_ms":0.41,"tick_p99_ms":0.934,"overruns":2,"players":50,"max_players":1000,)" +
         R"("link_dead":1,"entities":51,"chunks":256,"changes":900,"block_changes":77,"durable":false})";
}

TEST(Status_report, Says_the_verdict_first_and_then_a_table) {
  const auto report = read_status(status("ok", "50 players; ticks take 0.9 ms of 50 ms (p99)"));
  ASSERT_TRUE(report.has_value()) << report.error();
  EXPECT_TRUE(report->well);
  EXPECT_EQ(report->players, 50u);
  EXPECT_EQ(report->text,
            "ok: 50 players; ticks take 0.9 ms of 50 ms (p99)\n"
            "\n"
            "region    eu-west, node 1, start number 3, pid 812\n"
            "running   1 h 2 min, tick 74460 at 20 Hz\n"
            "players   50 of 1000, 1 link-dead\n"
            "ticks     p50 0.41 ms, p99 0.93 ms, 2 began too late\n"
            "world     51 entities, 256 chunks, 77 blocks changed\n"
            "durable   no: a restart begins from the seed\n");
}

TEST(Status_report, Is_not_well_whenever_the_verdict_is_another_word) {
  for (const char* verdict : {"busy", "late", "dropping", "stopping", "stuck", "OK", ""}) {
    const auto report = read_status(status(verdict, "x"));
    ASSERT_TRUE(report.has_value());
    EXPECT_FALSE(report->well) << verdict;
  }
}

TEST(Status_report, Breaks_a_long_reason_between_words_at_80_columns) {
  const auto report = read_status(status(
      "dropping",
      "the kernel dropped 123456 datagrams in the last 10 s: raise net.core.rmem_max, or give the node a core of its own and more of it"));
  ASSERT_TRUE(report.has_value());
  std::istringstream lines(report->text);
  for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 80u) << line;
  EXPECT_NE(report->text.find("\n  "), std::string::npos);
}

TEST(Status_report, Refuses_what_is_no_status) {
  for (const char* text : {"", "hello", "[]", "{}", R"({"verdict": 3})", R"({"verdict":"ok","reason":"","players":"many"})"})
    EXPECT_FALSE(read_status(text).has_value()) << text;
}

}  // namespace
}  // namespace meridian
