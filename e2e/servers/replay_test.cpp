// A captured CONNECT sent again never makes a second session: the same address is told WELCOME again for 5 s and then REFUSE used; another
// address gets a CHALLENGE.
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/clock.hpp"
#include "e2e/servers/players.hpp"

namespace meridian::e2e {
namespace {

using std::chrono::seconds;
constexpr std::uint8_t kChallenge = 0x82, kConnect = 0x83, kWelcome = 0x84, kRefuse = 0x85;

// Keeps the newest CONNECT that went out and every answer to one that came in: a slow machine's HELLOs have CHALLENGEs under way for long.
class Tap final : public Transport {
 public:
  explicit Tap(Transport& inner) : inner_(inner) {}
  std::span<const Datagram> receive() override {
    const auto batch = inner_.receive();
    for (const Datagram& datagram : batch)
      if (!datagram.bytes.empty() && datagram.bytes[0] >= least_kept && datagram.bytes[0] <= kRefuse)
        heard.emplace_back(datagram.bytes.begin(), datagram.bytes.end());
    return batch;
  }
  void send(const DatagramBatch& batch) override {
    for (std::size_t i = 0; i < batch.size(); ++i)
      if (batch.bytes(i)[0] == kConnect) connect.assign(batch.bytes(i).begin(), batch.bytes(i).end());
    inner_.send(batch);
  }
  std::uint8_t least_kept = kWelcome;
  std::vector<std::uint8_t> connect;
  std::vector<std::vector<std::uint8_t>> heard;

 private:
  Transport& inner_;
};

std::uint32_t players(const Node& node) {
  const auto status = nlohmann::json::parse(node.status(), nullptr, false);
  return status.is_object() ? status.at("players").get<std::uint32_t>() : 0;
}

TEST(Replay, A_captured_connect_never_makes_a_second_session) {
  Scratch scratch;
  Node node(scratch);
  auto socket = UdpTransport::open(Address::parse("127.0.0.1:0").value());
  ASSERT_TRUE(socket.has_value());
  Tap tap(*socket);
  SystemChance chance;
  ClientOptions options;
  options.kinds = &content();
  options.ticket = tickets_of(node, "eve");
  Client client(std::move(options), tap, chance);
  client.connect(system_now());
  const auto step = [&] {
    client.step(system_now());
    for (int due = client.ticks_due(system_now()); due > 0; --due) client.input(system_now(), Input{});
  };
  ASSERT_TRUE(eventually(seconds(15), [&] {
    step();
    return client.self(system_now()) != nullptr;
  }));
  ASSERT_FALSE(tap.connect.empty());
  std::vector<std::uint8_t> welcome;
  for (const auto& message : tap.heard)
    if (message[0] == kWelcome) welcome = message;
  ASSERT_FALSE(welcome.empty());

  const Address to = Address::parse(node.udp()).value();
  DatagramBatch again;
  again.add(to, tap.connect);
  // From the same address, within 5 s: the stored WELCOME, byte for byte.
  tap.heard.clear();
  ASSERT_TRUE(eventually(seconds(4), [&] {
    if (tap.heard.empty()) tap.send(again);
    step();
    return !tap.heard.empty();
  }));
  EXPECT_EQ(tap.heard.front(), welcome);
  // Later: REFUSE, used.
  ASSERT_TRUE(eventually(seconds(12), [&] {
    tap.send(again);
    step();
    return !tap.heard.empty() && tap.heard.back()[0] == kRefuse;
  }));
  EXPECT_EQ(tap.heard.back()[1], 4) << "reason: used";
  // From another address: a challenge, whose cookie the captured bytes do not hold.
  auto other = UdpTransport::open(Address::parse("127.0.0.1:0").value());
  ASSERT_TRUE(other.has_value());
  Tap stranger(*other);
  stranger.least_kept = kChallenge;
  ASSERT_TRUE(eventually(seconds(5), [&] {
    if (stranger.heard.empty()) stranger.send(again);
    while (!stranger.receive().empty()) {
    }
    step();
    return !stranger.heard.empty();
  }));
  EXPECT_EQ(stranger.heard.front()[0], kChallenge);
  EXPECT_TRUE(eventually(seconds(5), [&] {
    step();
    return players(node) == 1;
  })) << node.status();
  EXPECT_EQ(client.stats(system_now()).link, LinkState::up) << "the owner plays on";
}

}  // namespace
}  // namespace meridian::e2e
