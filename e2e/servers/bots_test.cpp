// `meridian bots` as processes: who they are taken for, and that the node checks each of them.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "cli/http_get.hpp"
#include "e2e/servers/process.hpp"

namespace meridian::e2e {
namespace {

using std::chrono::seconds;

std::vector<std::string> bots(const Node& node, std::vector<std::string> more) {
  std::vector<std::string> command{program("meridian"), "bots", "--config", node.config(), "--state", node.state(), "--warm-up-s", "2"};
  command.insert(command.end(), more.begin(), more.end());
  return command;
}

TEST(Bots, Two_processes_that_were_told_no_names_throw_nobody_out) {
  Scratch scratch;
  Node node(scratch);
  Process some(bots(node, {"--count", "3", "--for-s", "6"}), scratch.path() + "/some.log");
  Process others(bots(node, {"--count", "3", "--for-s", "6"}), scratch.path() + "/others.log");
  for (Process* process : {&some, &others}) EXPECT_EQ(process->wait(seconds(30)), 0) << process->log();
}

TEST(Bots, Light_ones_claim_their_states_and_the_node_agrees) {
  Scratch scratch;
  Node node(scratch);
  Process light(bots(node, {"--count", "4", "--light", "--for-s", "8"}), scratch.path() + "/light.log");
  EXPECT_EQ(light.wait(seconds(30)), 0) << light.log();
  const auto metrics = http_get(Address::parse(node.http()).value(), "/metrics", 2'000);
  ASSERT_TRUE(metrics.has_value()) << metrics.error().text();
  constexpr std::string_view kLine = "meridian_net_own_total{kind=\"match\"} ";
  const std::size_t at = metrics->body.find(kLine);
  ASSERT_NE(at, std::string::npos) << metrics->body;
  EXPECT_GT(std::stoll(metrics->body.substr(at + kLine.size())), 4 * 20 * 4) << "of 4 bots at 20 ticks a second, half of 8 s and more";
}

}  // namespace
}  // namespace meridian::e2e
