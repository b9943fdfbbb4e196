// After its start the socket costs no allocation a packet: what it needs is taken once.
#include <gtest/gtest.h>

#include "netchannel/transport/udp_transport.hpp"
#include "world/testing/allocations.hpp"

namespace meridian {
namespace {

TEST(Udp_steady_state, Nothing_is_allocated_to_send_and_receive) {
  UdpTransport a = UdpTransport::open(Address::parse("127.0.0.1:0").value()).value();
  UdpTransport b = UdpTransport::open(Address::parse("127.0.0.1:0").value()).value();
  DatagramBatch batch;
  const std::array<std::uint8_t, 100> bytes{};
  std::size_t received = 0, before = 0;
  for (int round = 0; round < 100; ++round) {
    if (round == 1) before = allocations_so_far();  // the batch has reached its size
    batch.clear();
    for (int i = 0; i < 100; ++i) batch.add(b.local(), bytes);
    batch.add({}, bytes);  // one that cannot be sent costs no more
    a.send(batch);
    for (auto got = b.receive(); !got.empty(); got = b.receive()) received += got.size();
  }
  EXPECT_EQ(allocations_so_far() - before, 0u);
  EXPECT_EQ(received, 10'000u);
}

}  // namespace
}  // namespace meridian
