// Real sockets on loopback, ports chosen by the system. Loopback delivers inside sendmmsg, so what was sent is there when send() returns.
#include "netchannel/transport/udp_transport.hpp"

#include <array>
#include <cerrno>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

#include "netchannel/transport/port_holder.hpp"
#include "netchannel/transport/udp_socket.hpp"

namespace meridian {
namespace {

UdpTransport open_at(const char* text) {
  auto udp = UdpTransport::open(Address::parse(text).value());
  EXPECT_TRUE(udp.has_value()) << (udp ? "" : udp.error().text());
  return std::move(udp).value();
}

Address at_port(const char* ip_and_0, const UdpTransport& udp) {
  Address address = Address::parse(ip_and_0).value();
  address.port = udp.local().port;
  return address;
}

TEST(UdpTransport, Carries_a_hundred_datagrams_in_order_in_pieces_of_64) {
  UdpTransport a = open_at("127.0.0.1:0"), b = open_at("127.0.0.1:0");
  DatagramBatch batch;
  for (std::uint8_t i = 0; i < 100; ++i) batch.add(b.local(), std::array<std::uint8_t, 2>{i, 7});
  a.send(batch);

  std::uint8_t next = 0;
  for (const std::size_t expected : {64u, 36u, 0u}) {
    const auto got = b.receive();
    ASSERT_EQ(got.size(), expected);
    for (const Datagram& datagram : got) {
      EXPECT_EQ(datagram.peer, a.local());
      ASSERT_EQ(datagram.bytes.size(), 2u);
      EXPECT_EQ(datagram.bytes[0], next++);
    }
  }
  EXPECT_EQ(a.counters().datagrams_out, 100u);
  EXPECT_EQ(a.counters().bytes_out, 200u);
  EXPECT_EQ(a.counters().send_calls, 2u);
  EXPECT_EQ(b.counters().datagrams_in, 100u);
  EXPECT_EQ(b.counters().bytes_in, 200u);
}

TEST(UdpTransport, Serves_both_families_when_bound_to_all_addresses) {
  UdpTransport server = open_at("[::]:0");
  for (const char* loopback : {"127.0.0.1:0", "[::1]:0"}) {
    UdpTransport client = open_at(loopback);
    DatagramBatch batch;
    batch.add(at_port(loopback, server), std::array<std::uint8_t, 1>{1});
    client.send(batch);
    const auto got = server.receive();
    ASSERT_EQ(got.size(), 1u) << loopback;
    EXPECT_EQ(got[0].peer, client.local());

    batch.clear();
    batch.add(got[0].peer, std::array<std::uint8_t, 1>{2});
    server.send(batch);
    const auto back = client.receive();
    ASSERT_EQ(back.size(), 1u) << loopback;
    EXPECT_EQ(back[0].peer, at_port(loopback, server));
    EXPECT_EQ(back[0].bytes[0], 2);
  }
}

TEST(UdpTransport, Delivers_the_longest_datagram_and_counts_a_longer_one_as_oversized) {
  UdpTransport a = open_at("127.0.0.1:0"), b = open_at("127.0.0.1:0");
  DatagramBatch batch;
  batch.add(b.local(), std::vector<std::uint8_t>(kMaxDatagramBytes + 1));
  batch.add(b.local(), std::vector<std::uint8_t>(kMaxDatagramBytes, 5));
  a.send(batch);
  const auto got = b.receive();
  ASSERT_EQ(got.size(), 1u);
  EXPECT_EQ(got[0].bytes.size(), kMaxDatagramBytes);
  EXPECT_EQ(got[0].bytes.back(), 5);
  EXPECT_EQ(b.counters().oversized, 1u);
}

TEST(UdpTransport, Says_that_more_may_wait_although_one_of_the_batch_was_too_long) {
  UdpTransport a = open_at("127.0.0.1:0"), b = open_at("127.0.0.1:0");
  DatagramBatch batch;
  batch.add(b.local(), std::vector<std::uint8_t>(kMaxDatagramBytes + 1));
  for (int i = 0; i < 64; ++i) batch.add(b.local(), std::array<std::uint8_t, 1>{1});
  a.send(batch);
  EXPECT_EQ(b.receive().size(), 63u);
  EXPECT_TRUE(b.more());
  EXPECT_EQ(b.receive().size(), 1u);
  EXPECT_FALSE(b.more());
  EXPECT_TRUE(b.receive().empty());
  EXPECT_FALSE(b.more());
}

TEST(UdpTransport, Counts_a_refused_datagram_by_errno_and_sends_the_others) {
  UdpTransport a = open_at("127.0.0.1:0"), b = open_at("127.0.0.1:0");
  DatagramBatch batch;
  batch.add(b.local(), std::array<std::uint8_t, 1>{1});
  batch.add(b.local(), std::vector<std::uint8_t>(66'000));  // no UDP datagram is that long
  batch.add(b.local(), std::array<std::uint8_t, 1>{3});
  a.send(batch);
  ASSERT_EQ(b.receive().size(), 2u);
  EXPECT_EQ(a.counters().send_errors[EMSGSIZE], 1u);
  EXPECT_EQ(a.counters().datagrams_out, 2u);
}

TEST(UdpTransport, Counts_what_overflowed_the_kernels_queue) {
  UdpTransport a = open_at("127.0.0.1:0"), b = open_at("127.0.0.1:0");
  ASSERT_GT(b.receive_buffer_bytes(), 0);
  DatagramBatch batch;
  for (int i = 0; i < 64; ++i) batch.add(b.local(), std::array<std::uint8_t, 1>{1});
  constexpr std::uint64_t kRounds = 700;  // 44,800 x 768 B and more: past any buffer of 8 MiB, doubled
  for (std::uint64_t i = 0; i < kRounds; ++i) a.send(batch);
  std::uint64_t received = 0;
  for (auto got = b.receive(); !got.empty(); got = b.receive()) received += got.size();
  a.send(batch);  // the count of the dropped ones rides on a datagram received after them
  received += b.receive().size();
  EXPECT_GT(b.counters().rxq_overflow, 0u);
  EXPECT_EQ(received + b.counters().rxq_overflow, (kRounds + 1) * 64);
}

TEST(UdpTransport, Says_who_holds_a_port) {
  UdpTransport first = open_at("127.0.0.1:0");
  const auto second = UdpTransport::open(first.local());
  ASSERT_FALSE(second.has_value());
  EXPECT_NE(second.error().text().find(fmt::format("port {} is held by pid {} (", first.local().port, getpid())), std::string::npos)
      << second.error().text();
}

TEST(UdpTransport, Says_that_an_address_is_not_ours) {
  const auto udp = UdpTransport::open(Address::parse("192.0.2.1:0").value());  // TEST-NET-1: nobody's
  ASSERT_FALSE(udp.has_value());
  EXPECT_NE(udp.error().why.find("does not have that address"), std::string::npos) << udp.error().text();
}

TEST(Port_holder, Knows_nobody_for_a_free_port) {
  std::uint16_t port = 0;
  {
    port = open_at("127.0.0.1:0").local().port;
  }
  EXPECT_EQ(udp_port_holder(port), "another process");
}

TEST(OverflowCount, Goes_on_counting_past_the_kernels_32_bits) {
  OverflowCount count;
  count.heard(0xFFFFFFF0u);
  count.heard(0x00000010u);
  EXPECT_EQ(count.total, 0x100000010u);
}

}  // namespace
}  // namespace meridian
