// Fifty minutes of play in one: real processes over an impaired link, twice at the same time. 120 ms round trip, 20 ms of jitter and 5 %
// loss must not be felt beyond corrections that have a cause; 20 % loss must not throw anybody out.
#include <fmt/format.h>
#include <fstream>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <signal.h>

#include "e2e/servers/process.hpp"

namespace meridian::e2e {
namespace {

using std::chrono::seconds;

struct Party {
  Party(const Scratch& scratch, const Node& node, const std::string& name, int bots, const std::string& loss, int seed,
        const std::vector<std::string>& more = {})
      : json(scratch.path() + "/" + name + ".json"), listen(fmt::format("127.0.0.1:{}", free_udp_port())) {
    // 60 ms and up to 20 ms of jitter one way, so that the round trip is 120 ms.
    relay = std::make_unique<Process>(
        std::vector<std::string>{program("meridian"), "relay", "--listen", listen, "--to", node.udp(), "--delay-ms", "60", "--jitter-ms",
                                 "20", "--loss", loss, "--seed", std::to_string(seed)},
        scratch.path() + "/" + name + "-relay.log");
    // It says where it listens once it does: bots that come before that are refused by the machine.
    if (!eventually(seconds(15), [&] { return relay->log().find(" -> ") != std::string::npos; }))
      ADD_FAILURE() << "the relay does not listen: " << relay->log();
    // 5 s of warm-up, then 60 s that count.
    std::vector<std::string> bots_command{program("meridian"),
                                          "bots",
                                          "--count",
                                          std::to_string(bots),
                                          "--config",
                                          node.config(),
                                          "--state",
                                          node.state(),
                                          "--udp",
                                          listen,
                                          "--name",
                                          name,
                                          "--seed",
                                          std::to_string(seed),
                                          "--warm-up-s",
                                          "5",
                                          "--for-s",
                                          "65",
                                          "--json",
                                          json};
    bots_command.insert(bots_command.end(), more.begin(), more.end());
    walkers = std::make_unique<Process>(bots_command, scratch.path() + "/" + name + "-bots.log");
  }
  nlohmann::json result() const {
    std::ifstream file(json);
    return nlohmann::json::parse(file, nullptr, false);
  }
  std::string json, listen;
  std::unique_ptr<Process> relay, walkers;
};

TEST(Link, Sixty_seconds_at_120_ms_with_loss_keep_everybody_in_and_every_correction_has_a_cause) {
  Scratch scratch;
  Node node(scratch);
  // The rough ones neither build nor push, so that what corrects them is the line, the ground and the others, never their own doing.
  Party rough(scratch, node, "rough", 12, "5", 5, {"--build-s", "0", "--push-s", "0"}), bad(scratch, node, "bad", 8, "20", 20);
  for (const Party* party : {&rough, &bad}) {
    const auto code = party->walkers->wait(seconds(120));
    ASSERT_TRUE(code.has_value()) << party->walkers->log();
    ASSERT_EQ(*code, 0) << party->walkers->log();
  }
  const nlohmann::json five = rough.result(), twenty = bad.result();
  ASSERT_TRUE(five.is_object()) << rough.walkers->log();
  ASSERT_TRUE(twenty.is_object()) << bad.walkers->log();
  fmt::print("5 % loss: {}\n20 % loss: {}\n", five.dump(), twenty.dump());

  EXPECT_EQ(five.at("bots"), 12);
  EXPECT_EQ(five.at("entered"), 12);
  EXPECT_EQ(five.at("disconnects"), 0);
  EXPECT_EQ(five.at("corrections_without_cause"), 0);
  EXPECT_EQ(five.at("diverging_windows"), 0);
  EXPECT_GE(five.at("ticks_along_walls"), 120) << "half a second a bot, or this showed free ground only";
  EXPECT_GE(five.at("rtt_ms").get<double>(), 100.0) << "the relay must have been in the way";
  EXPECT_GT(five.at("loss").get<double>(), 0.01) << "the relay must have lost something";
  EXPECT_EQ(twenty.at("entered"), 8);
  EXPECT_EQ(twenty.at("disconnects"), 0);
  EXPECT_EQ(twenty.at("corrections_without_cause"), 0);
}

}  // namespace
}  // namespace meridian::e2e
