#include "netchannel/transport/shared_udp_socket.hpp"

#include <array>
#include <gtest/gtest.h>
#include <set>

namespace meridian {
namespace {

TEST(SharedUdpSocket, Gives_each_line_an_address_of_its_own_and_its_own_answers) {
  auto socket = SharedUdpSocket::open(300);
  ASSERT_TRUE(socket.has_value()) << socket.error().text();
  auto server = UdpTransport::open(Address::parse("[::]:0").value());
  ASSERT_TRUE(server.has_value());
  Address to = Address::parse("127.0.0.1:0").value();
  to.port = server->local().port;

  for (std::uint16_t i = 0; i < 300; ++i) {
    DatagramBatch batch;
    batch.add(to, std::array<std::uint8_t, 2>{static_cast<std::uint8_t>(i), static_cast<std::uint8_t>(i >> 8)});
    socket->line(i).send(batch);
  }
  EXPECT_TRUE(server->receive().empty());  // gathered, not yet sent
  socket->send();

  std::set<Address> seen;
  DatagramBatch answers;
  for (auto got = server->receive(); !got.empty(); got = server->receive()) {
    for (const Datagram& datagram : got) {
      const std::size_t line = datagram.bytes[0] | static_cast<std::size_t>(datagram.bytes[1]) << 8;
      EXPECT_EQ(datagram.peer, socket->local(line));
      seen.insert(datagram.peer);
      answers.add(datagram.peer, datagram.bytes);
    }
  }
  EXPECT_EQ(seen.size(), 300u);
  server->send(answers);

  EXPECT_FALSE(socket->receive());
  for (std::uint16_t i = 0; i < 300; ++i) {
    const auto got = socket->line(i).receive();
    ASSERT_EQ(got.size(), 1u) << i;
    EXPECT_EQ(got[0].peer, to);
    EXPECT_EQ(got[0].bytes[0], static_cast<std::uint8_t>(i));
    EXPECT_EQ(got[0].bytes[1], static_cast<std::uint8_t>(i >> 8));
    EXPECT_TRUE(socket->line(i).receive().empty());
  }
  EXPECT_EQ(socket->counters().datagrams_in, 300u);
  EXPECT_EQ(socket->counters().datagrams_out, 300u);
  EXPECT_EQ(socket->foreign(), 0u);
}

TEST(SharedUdpSocket, Hands_a_line_at_most_64_a_call_and_all_in_order) {
  auto socket = SharedUdpSocket::open(1);
  auto server = UdpTransport::open(Address::parse("127.0.0.1:0").value());
  ASSERT_TRUE(socket && server);
  DatagramBatch batch;
  for (std::uint8_t i = 0; i < 100; ++i) batch.add(socket->local(0), std::array<std::uint8_t, 1>{i});
  server->send(batch);
  EXPECT_FALSE(socket->receive());
  std::uint8_t next = 0;
  for (const std::size_t expected : {64u, 36u, 0u}) {
    const auto got = socket->line(0).receive();
    ASSERT_EQ(got.size(), expected);
    for (const Datagram& datagram : got) EXPECT_EQ(datagram.bytes[0], next++);
  }
}

TEST(SharedUdpSocket, Drops_what_was_sent_to_no_line_and_forgets_what_a_line_did_not_read) {
  auto socket = SharedUdpSocket::open(2);
  auto server = UdpTransport::open(Address::parse("127.0.0.1:0").value());
  ASSERT_TRUE(socket && server);
  DatagramBatch batch;
  batch.add(socket->local(2), std::array<std::uint8_t, 1>{1});  // one past the last line
  batch.add(socket->local(1), std::array<std::uint8_t, 1>{2});
  server->send(batch);
  socket->receive();
  EXPECT_EQ(socket->foreign(), 1u);
  EXPECT_TRUE(socket->line(0).receive().empty());
  socket->receive();  // line 1 has not read
  EXPECT_TRUE(socket->line(1).receive().empty());
}

TEST(SharedUdpSocket, Says_that_more_waits_when_its_arena_is_full) {
  auto socket = SharedUdpSocket::open(1, 128);
  auto server = UdpTransport::open(Address::parse("127.0.0.1:0").value());
  ASSERT_TRUE(socket && server);
  DatagramBatch batch;
  for (std::uint8_t i = 0; i < 129; ++i) batch.add(socket->local(0), std::array<std::uint8_t, 1>{i});
  server->send(batch);
  EXPECT_TRUE(socket->receive());
  EXPECT_FALSE(socket->receive());
  const auto got = socket->line(0).receive();
  ASSERT_EQ(got.size(), 1u);
  EXPECT_EQ(got[0].bytes[0], 128);
}

}  // namespace
}  // namespace meridian
