#include "netchannel/connection/rate_limits.hpp"

#include <gtest/gtest.h>

namespace meridian {
namespace {

constexpr std::int64_t kSecond = 1'000'000;

TEST(Pace, Lets_a_seconds_worth_through_at_once_and_then_so_many_a_second) {
  Pace pace;
  std::int64_t now = 5 * kSecond;
  int taken = 0;
  for (int i = 0; i < 100; ++i) taken += pace.take(now, 20) ? 1 : 0;
  EXPECT_EQ(taken, 20);
  for (taken = 0; now <= 15 * kSecond; now += 1'000) taken += pace.take(now, 20) ? 1 : 0;
  EXPECT_EQ(taken, 200);
}

TEST(Source_paces, A_network_is_a_24_of_ipv4_and_a_56_of_ipv6_and_a_peer_is_address_and_port) {
  SeededChance chance(1);
  struct Row {
    const char *a, *b;
    bool same_network;
  };
  for (const Row& row :
       {Row{"10.1.2.3:5", "10.1.2.200:6", true}, Row{"10.1.2.3:5", "10.1.3.3:5", false},
        Row{"[2001:db8:0:1::1]:5", "[2001:db8:0:ff::1]:5", true}, Row{"[2001:db8:0:1::1]:5", "[2001:db8:0:100::1]:5", false}}) {
    SourcePaces paces(chance);
    const Address a = *Address::parse(row.a), b = *Address::parse(row.b);
    EXPECT_TRUE(paces.take_by_network(0, a, 1));
    EXPECT_EQ(paces.take_by_network(0, b, 1), !row.same_network) << row.a << " and " << row.b;
    EXPECT_TRUE(paces.take_by_peer(0, a, 1));
    EXPECT_FALSE(paces.take_by_peer(0, a, 1));
    EXPECT_TRUE(paces.take_by_peer(0, b, 1));
  }
}

// What a peer gets through who sends `packets` of `bytes` each, evenly, every second for `seconds`.
int passed(InboundBudget& budget, int packets, std::size_t bytes, int seconds, std::int64_t from_s = 100) {
  int through = 0;
  for (int i = 0; i < packets * seconds; ++i) {
    const std::int64_t now = from_s * kSecond + i * kSecond / packets;
    if (!budget.allows(now, bytes)) continue;
    budget.spend(bytes);
    ++through;
  }
  return through;
}

TEST(Inbound_budget, Lets_sixty_packets_a_second_through_for_ever) {
  InboundBudget budget;
  EXPECT_EQ(passed(budget, 60, 40, 100), 6'000);
  EXPECT_FALSE(budget.flooded());
}

TEST(Inbound_budget, Lets_two_seconds_worth_through_at_once) {
  InboundBudget budget;
  int through = 0;
  for (int i = 0; i < 500; ++i) {
    if (!budget.allows(100 * kSecond, 20)) continue;
    budget.spend(20);
    ++through;
  }
  EXPECT_EQ(through, 120);
  EXPECT_FALSE(budget.flooded());
}

TEST(Inbound_budget, Holds_bytes_to_eight_thousand_a_second) {
  InboundBudget budget;
  const int through = passed(budget, 20, 1'000, 20);
  EXPECT_GE(through, 16 + 8 * 19);
  EXPECT_LE(through, 16 + 8 * 20);
}

TEST(Inbound_budget, Ten_seconds_over_is_a_flood_and_nine_are_not) {
  InboundBudget budget;
  passed(budget, 600, 20, 9);
  EXPECT_FALSE(budget.flooded());
  passed(budget, 60, 20, 3, 109);  // back in time
  passed(budget, 600, 20, 9, 115);
  EXPECT_FALSE(budget.flooded());
  passed(budget, 600, 20, 1, 124);
  EXPECT_TRUE(budget.flooded());
}

TEST(Inbound_budget, Who_is_sent_bulk_may_ack_each_second_packet) {
  InboundBudget budget;
  int through = 0;
  for (int ms = 0; ms < 20'000; ms += 10) {
    budget.bulk_sent(8);  // 800 a second: 400 acks
    for (int i = 0; i < 4; ++i) {
      if (!budget.allows(100 * kSecond + ms * 1'000, 30)) continue;
      budget.spend(30);
      ++through;
    }
  }
  EXPECT_EQ(through, 8'000);
}

TEST(Inbound_budget, Drops_cost_nothing_so_that_only_what_opened_is_charged) {
  InboundBudget budget;
  for (int i = 0; i < 1'000; ++i) EXPECT_TRUE(budget.allows(100 * kSecond, 40));  // never opened, never spent
}

}  // namespace
}  // namespace meridian
