// Real sockets on loopback, a made-up clock.
#include "netchannel/relay/udp_relay.hpp"

#include <bit>
#include <gtest/gtest.h>

#include "netchannel/transport/shared_udp_socket.hpp"
#include "netchannel/transport/udp_transport.hpp"

namespace meridian {
namespace {

UdpTransport open_local() {
  auto udp = UdpTransport::open(Address::parse("127.0.0.1:0").value());
  EXPECT_TRUE(udp.has_value());
  return std::move(*udp);
}

void send(UdpTransport& from, const Address& to, std::uint8_t byte) {
  DatagramBatch batch;
  batch.add(to, std::array<std::uint8_t, 4>{byte, 0, 0, 0});
  from.send(batch);
}

struct Bench {
  UdpTransport server = open_local();
  UdpTransport a = open_local(), b = open_local();
  UdpRelay relay;
  explicit Bench(const ImpairmentSettings& up, const ImpairmentSettings& down)
      : relay(UdpRelay::open({.listen = Address::parse("127.0.0.1:0").value(), .to = server.local(), .up = up, .down = down}).value()) {}
  void at_ms(std::int64_t ms) { relay.step({.mono_us = ms * 1000, .wall_ms = 0}); }
};

TEST(UdpRelay, Keeps_clients_apart_and_returns_each_its_answer) {
  Bench bench({}, {});
  send(bench.a, bench.relay.local(), 1);
  send(bench.b, bench.relay.local(), 2);
  bench.at_ms(0);
  const auto got = bench.server.receive();
  ASSERT_EQ(got.size(), 2u);
  EXPECT_NE(got[0].peer, got[1].peer);
  DatagramBatch answers;
  for (const Datagram& datagram : got)
    answers.add(datagram.peer, std::array<std::uint8_t, 1>{static_cast<std::uint8_t>(datagram.bytes[0] + 10)});
  bench.server.send(answers);
  bench.at_ms(1);
  for (auto [client, byte] : {std::pair{&bench.a, 11}, {&bench.b, 12}}) {
    const auto back = client->receive();
    ASSERT_EQ(back.size(), 1u);
    EXPECT_EQ(back[0].bytes[0], byte);
    EXPECT_EQ(back[0].peer, bench.relay.local());
  }
  EXPECT_EQ(bench.relay.counters().clients, 2u);
  EXPECT_EQ(bench.relay.counters().up.delivered, 2u);
  EXPECT_EQ(bench.relay.counters().down.delivered, 2u);
}

TEST(UdpRelay, Holds_a_datagram_for_the_delay_of_its_direction) {
  Bench bench({.delay_ms = 60}, {.delay_ms = 10});
  send(bench.a, bench.relay.local(), 1);
  bench.at_ms(100);
  bench.at_ms(159);
  EXPECT_TRUE(bench.server.receive().empty());
  bench.at_ms(160);
  const auto got = bench.server.receive();
  ASSERT_EQ(got.size(), 1u);
  send(bench.server, got[0].peer, 2);
  bench.at_ms(160);
  bench.at_ms(169);
  EXPECT_TRUE(bench.a.receive().empty());
  bench.at_ms(170);
  EXPECT_EQ(bench.a.receive().size(), 1u);
}

TEST(UdpRelay, Flips_one_bit_and_delivers_twice_when_told_to) {
  Bench bench({.duplicate_per_million = 1'000'000, .corrupt_per_million = 1'000'000}, {});
  send(bench.a, bench.relay.local(), 0);
  bench.at_ms(0);
  const auto got = bench.server.receive();
  ASSERT_EQ(got.size(), 2u);
  for (const Datagram& datagram : got) {
    int bits = 0;
    for (const std::uint8_t byte : datagram.bytes) bits += std::popcount(byte);
    EXPECT_EQ(bits, 1);
  }
}

TEST(UdpRelay, Takes_new_settings_for_old_clients_and_new_ones) {
  Bench bench({}, {});
  send(bench.a, bench.relay.local(), 1);
  bench.at_ms(0);
  EXPECT_EQ(bench.server.receive().size(), 1u);
  bench.relay.set({.loss_per_million = 1'000'000}, {});
  send(bench.a, bench.relay.local(), 1);
  send(bench.b, bench.relay.local(), 1);
  bench.at_ms(1);
  EXPECT_TRUE(bench.server.receive().empty());
  EXPECT_EQ(bench.relay.counters().up.lost, 2u);
}

TEST(UdpRelay, Gives_a_silent_clients_place_away_when_all_are_taken) {
  Bench bench({}, {});
  auto crowd = SharedUdpSocket::open(kMaxRelayClients - 1);  // an address each
  ASSERT_TRUE(crowd.has_value());
  DatagramBatch hello;
  hello.add(bench.relay.local(), std::array<std::uint8_t, 1>{1});
  for (std::size_t i = 0; i < kMaxRelayClients - 1; ++i) crowd->line(i).send(hello);
  crowd->send();
  bench.at_ms(0);
  send(bench.a, bench.relay.local(), 1);
  bench.at_ms(59'000);
  send(bench.b, bench.relay.local(), 1);
  bench.at_ms(59'000);
  EXPECT_EQ(bench.relay.counters().clients_refused, 1u);
  send(bench.b, bench.relay.local(), 1);
  bench.at_ms(61'000);
  EXPECT_EQ(bench.relay.counters().clients, 2u);                  // a and b
  EXPECT_EQ(bench.relay.counters().up.in, kMaxRelayClients + 1);  // all but b's first
}

}  // namespace
}  // namespace meridian
