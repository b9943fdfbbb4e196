// meridian-node as whoever runs it meets it: its log, its settings, its exit codes, and how it says that it stops.
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <signal.h>
#include <sstream>

#include "cli/http_get.hpp"
#include "e2e/servers/players.hpp"

namespace meridian::e2e {
namespace {

using std::chrono::seconds;

struct Ran {
  int exit_code = -1;
  std::string said;
};
Ran run(const Scratch& scratch, std::vector<std::string> options) {
  options.insert(options.begin(), program("meridian-node"));
  const std::string log = scratch.path() + "/ran.log";
  std::filesystem::remove(log);  // a process appends
  Process process(options, log);
  return {process.wait(seconds(10)).value_or(-1), process.log()};
}

std::string file_with(const Scratch& scratch, const std::string& name, const std::string& text) {
  std::ofstream(scratch.path() + "/" + name) << text;
  return scratch.path() + "/" + name;
}
std::string content_line() {
  return fmt::format("content: {{blocks: \"{}\"}}\n", std::filesystem::absolute("config/content/blocks.yaml").string());
}

TEST(Program, Logs_one_json_object_a_line_where_no_person_watches) {
  Scratch scratch;
  Node node(scratch);
  node.process().signal(SIGTERM);
  ASSERT_EQ(node.process().wait(seconds(10)), 0);
  std::istringstream lines(node.process().log());
  std::vector<std::string> messages;
  for (std::string line; std::getline(lines, line);) {
    const auto json = nlohmann::json::parse(line, nullptr, false);
    ASSERT_TRUE(json.is_object()) << line;
    EXPECT_EQ(json.size(), 3u) << line;
    EXPECT_EQ(json.at("time").get<std::string>().size(), std::string_view("2026-11-21T04:00:00.123Z").size()) << line;
    EXPECT_TRUE(json.at("level") == "info" || json.at("level") == "warning") << line;
    messages.push_back(json.at("message"));
  }
  ASSERT_GE(messages.size(), 3u);
  EXPECT_TRUE(messages.front().starts_with("meridian-node e2e (node 1), start 1: ")) << messages.front();
  EXPECT_TRUE(messages.back().starts_with("ended at tick ")) << messages.back();
}

TEST(Program, Prints_its_settings_as_a_file_that_means_the_same) {
  Scratch scratch;
  const Ran first = run(scratch, {"--config", "config/regions/eu-west.yaml", "--print-config"});
  ASSERT_EQ(first.exit_code, 0) << first.said;
  const Ran second = run(scratch, {"--config", file_with(scratch, "printed.yaml", first.said), "--print-config"});
  EXPECT_EQ(second.exit_code, 0) << second.said;
  EXPECT_EQ(second.said, first.said);
}

TEST(Program, Refuses_a_region_that_nobody_could_enter) {
  Scratch scratch;
  const std::string sea =
      file_with(scratch, "sea.yaml", "region: sea\nnode: {id: 1}\nslice: {x_blocks: [-32, 31], y_blocks: [-32, 31]}\n" + content_line());
  for (const std::vector<std::string>& options : {std::vector<std::string>{"--config", sea}, {"--config", sea, "--check-config"}}) {
    const Ran ran = run(scratch, options);
    EXPECT_EQ(ran.exit_code, 3) << ran.said;
    EXPECT_TRUE(ran.said.starts_with(sea + ":1:1: error: nobody could enter")) << ran.said;
  }
}

TEST(Program, Warns_when_it_has_no_gate) {
  Scratch scratch;
  const std::string config =
      file_with(scratch, "closed.yaml",
                fmt::format("region: closed\nnode: {{id: 1}}\nnet: {{udp: \"127.0.0.1:{}\", http: \"127.0.0.1:{}\"}}\n"
                            "state: {{dir: \"{}/closed\"}}\n",
                            free_udp_port(), free_tcp_port(), scratch.path()) +
                    content_line());
  Process node({program("meridian-node"), "--config", config}, scratch.path() + "/closed.log");
  EXPECT_TRUE(eventually(seconds(20), [&] { return node.log().contains("gate.dev is off"); })) << node.log();
}

TEST(Program, Says_that_its_gate_is_the_development_one) {
  Scratch scratch;
  Node node(scratch);
  EXPECT_TRUE(eventually(seconds(20), [&] { return node.process().log().contains("gate.dev is on"); })) << node.process().log();
}

TEST(Program, Is_not_ready_from_the_moment_it_is_told_to_stop) {
  Scratch scratch;
  Node node(scratch);
  Player ada(node, "ada");
  ASSERT_TRUE(play_until(seconds(15), {&ada}, [&] { return ada.in_world(); }));
  node.process().signal(SIGTERM);  // ada does not answer, so the node waits for her as long as it waits for anybody
  std::string said;
  EXPECT_TRUE(eventually(seconds(5), [&] {
    const auto answer = http_get(Address::parse(node.http()).value(), "/readyz", 1000);
    if (answer) said = answer->body;
    return (answer && answer->status == 503) || !node.process().running();
  }));
  EXPECT_TRUE(said.starts_with("stopping: ")) << said;
}

}  // namespace
}  // namespace meridian::e2e
