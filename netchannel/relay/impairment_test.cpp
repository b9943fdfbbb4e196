#include "netchannel/relay/impairment.hpp"

#include <algorithm>
#include <functional>
#include <gtest/gtest.h>
#include <string>

namespace meridian {
namespace {

struct Copy {
  std::int64_t in_us, at_us;
  std::size_t number;
  bool corrupt;
  std::uint32_t corrupt_bit;
  friend bool operator==(const Copy&, const Copy&) = default;
};

// `count` datagrams, one a millisecond: what of them leaves, in the order of entering.
std::vector<Copy> pass(Impairment& link, std::size_t count, std::size_t bytes = 100, std::int64_t gap_us = 1000) {
  std::vector<Copy> copies;
  std::vector<Passage> out;
  for (std::size_t i = 0; i < count; ++i) {
    const std::int64_t now_us = 5'000'000 + static_cast<std::int64_t>(i) * gap_us;
    link.decide(now_us, bytes, out);
    for (const Passage& p : out) copies.push_back({now_us, p.at_us, i, p.corrupt, p.corrupt_bit});
  }
  return copies;
}

struct RateCase {
  const char* name;
  ImpairmentSettings settings;
  std::uint64_t ImpairmentCounters::* counter;
  std::uint64_t least, most;  // of 100,000 datagrams: the expectation +- 5 standard deviations
};

TEST(Impairment, Each_kind_happens_as_often_as_it_was_asked_for) {
  const RateCase cases[] = {
      {"5 % loss", {.loss_per_million = 50'000}, &ImpairmentCounters::lost, 4'655, 5'345},
      {"all lost", {.loss_per_million = 1'000'000}, &ImpairmentCounters::lost, 100'000, 100'000},
      {"nothing lost", {.loss_per_million = 0}, &ImpairmentCounters::lost, 0, 0},
      // A burst of 3 starts at 1 % of the datagrams outside one: 3 x 0.01 / (1 + 2 x 0.01) of all.
      {"bursts", {.burst_per_million = 10'000, .burst_length = 3}, &ImpairmentCounters::burst_lost, 2'660, 3'220},
      {"bursts of no length", {.burst_per_million = 500'000, .burst_length = 0}, &ImpairmentCounters::burst_lost, 0, 0},
      {"2 % twice", {.duplicate_per_million = 20'000}, &ImpairmentCounters::duplicated, 1'779, 2'221},
      {"10 % held back", {.reorder_per_million = 100'000}, &ImpairmentCounters::reordered, 9'526, 10'474},
      {"1 % flipped", {.corrupt_per_million = 10'000}, &ImpairmentCounters::corrupted, 843, 1'157},
  };
  for (const RateCase& c : cases) {
    Impairment link(c.settings, 7);
    const auto copies = pass(link, 100'000);
    const ImpairmentCounters& n = link.counters();
    EXPECT_GE(n.*c.counter, c.least) << c.name;
    EXPECT_LE(n.*c.counter, c.most) << c.name;
    EXPECT_EQ(n.in, 100'000u) << c.name;
    EXPECT_EQ(n.delivered, copies.size()) << c.name;
    EXPECT_EQ(n.in + n.duplicated, n.delivered + n.lost + n.burst_lost + n.cut + n.queue_dropped) << c.name;
    EXPECT_EQ(static_cast<std::uint64_t>(std::count_if(copies.begin(), copies.end(), [](const Copy& x) { return x.corrupt; })),
              n.corrupted);
  }
}

TEST(Impairment, Delays_within_the_jitter_and_keeps_the_order) {
  Impairment link({.delay_ms = 60, .jitter_ms = 20}, 3);
  const auto copies = pass(link, 20'000, 100, 50'000);  // 50 ms apart: jitter cannot push one against the next
  ASSERT_EQ(copies.size(), 20'000u);
  std::int64_t least_us = 1'000'000, most_us = 0;
  for (const Copy& copy : copies) {
    least_us = std::min(least_us, copy.at_us - copy.in_us);
    most_us = std::max(most_us, copy.at_us - copy.in_us);
  }
  EXPECT_GE(least_us, 40'000);
  EXPECT_LE(least_us, 40'100);  // and it uses its whole range
  EXPECT_LE(most_us, 80'000);
  EXPECT_GE(most_us, 79'900);
  EXPECT_TRUE(std::is_sorted(copies.begin(), copies.end(), [](const Copy& a, const Copy& b) { return a.at_us < b.at_us; }));
}

TEST(Impairment, Never_delivers_before_the_datagram_entered) {
  Impairment link({.delay_ms = 1, .jitter_ms = 50}, 3);
  for (const Copy& copy : pass(link, 5'000)) ASSERT_GE(copy.at_us, copy.in_us);
  EXPECT_EQ(link.counters().delivered, 5'000u);
}

TEST(Impairment, Keeps_the_order_of_dense_traffic_under_jitter_and_duplication) {
  Impairment link({.delay_ms = 30, .jitter_ms = 30, .duplicate_per_million = 300'000}, 11);
  const auto copies = pass(link, 5'000);
  EXPECT_TRUE(std::is_sorted(copies.begin(), copies.end(), [](const Copy& a, const Copy& b) { return a.at_us < b.at_us; }));
  EXPECT_GT(copies.size(), 6'000u);
}

TEST(Impairment, A_held_back_datagram_comes_behind_later_ones_which_do_not_wait) {
  Impairment link({.delay_ms = 10, .reorder_per_million = 200'000, .reorder_ms = 20}, 5);
  const auto copies = pass(link, 2'000);
  std::size_t overtaken = 0;
  for (std::size_t i = 0; i + 1 < copies.size(); ++i) {
    const std::int64_t took_us = copies[i].at_us - copies[i].in_us;
    ASSERT_TRUE(took_us == 10'000 || took_us == 30'000) << took_us;
    overtaken += copies[i].at_us > copies[i + 1].at_us;
  }
  EXPECT_GT(overtaken, 200u);
}

// Found by the simulation (seed 198815240): on a quiet link the rest of a burst lasted for seconds after the link was whole again.
TEST(Impairment, A_burst_ends_with_the_settings_that_began_it) {
  Impairment link({.burst_per_million = 1'000'000, .burst_length = 100}, 9);
  std::vector<Passage> copies;
  link.decide(0, 60, copies);
  EXPECT_TRUE(copies.empty());
  link.set({});
  link.decide(1'000, 60, copies);
  EXPECT_EQ(copies.size(), 1u);
}

TEST(Impairment, A_burst_takes_so_many_in_a_row) {
  Impairment link({.burst_per_million = 20'000, .burst_length = 4}, 9);
  const auto copies = pass(link, 20'000);
  std::size_t bursts = 0;
  for (std::size_t i = 1; i < copies.size(); ++i) {
    const std::size_t gap = copies[i].number - copies[i - 1].number - 1;
    EXPECT_EQ(gap % 4, 0u) << "after " << copies[i - 1].number;  // two bursts may touch
    bursts += gap != 0;
  }
  EXPECT_GT(bursts, 250u);
}

TEST(Impairment, A_cut_starts_with_the_second_period_and_ends_on_time) {
  Impairment link({.cut = {.every_ms = 1000, .for_ms = 200}}, 1);
  const auto copies = pass(link, 3'000);  // one a millisecond from the start on
  std::vector<bool> passed(3'000);
  for (const Copy& copy : copies) passed[copy.number] = true;
  for (std::size_t ms = 0; ms < 3'000; ++ms) ASSERT_EQ(passed[ms], ms < 1000 || ms % 1000 >= 200) << ms;
  EXPECT_EQ(link.counters().cut, 400u);
}

TEST(Impairment, A_rate_queues_and_then_drops_at_the_tail) {
  // 1,000 B a millisecond are asked of 100,000 B/s: one in ten fits, the queue of 300 ms holds 30, and one is under way.
  Impairment link({.rate_bytes_per_s = 100'000, .queue_ms = 300}, 1);
  const auto copies = pass(link, 1'000, 1'000);
  EXPECT_EQ(copies.size(), 99u + 31u);
  EXPECT_EQ(link.counters().queue_dropped, 1'000u - copies.size());
  for (std::size_t i = 1; i < copies.size(); ++i) ASSERT_GE(copies[i].at_us - copies[i - 1].at_us, 10'000);
  for (const Copy& copy : copies) ASSERT_LE(copy.at_us - copy.in_us, 310'000);
}

TEST(Impairment, A_flipped_bit_lies_inside_the_datagram) {
  Impairment link({.corrupt_per_million = 1'000'000}, 1);
  std::uint32_t most = 0;
  for (const Copy& copy : pass(link, 2'000, 10)) {
    ASSERT_LT(copy.corrupt_bit, 80u);
    most = std::max(most, copy.corrupt_bit);
  }
  EXPECT_EQ(most, 79u);
  Impairment empty({.corrupt_per_million = 1'000'000}, 1);
  for (const Copy& copy : pass(empty, 10, 0)) EXPECT_FALSE(copy.corrupt);
}

TEST(Impairment, The_same_seed_gives_the_same_fate_and_another_a_different_one) {
  const ImpairmentSettings all{.delay_ms = 20,
                               .jitter_ms = 10,
                               .loss_per_million = 50'000,
                               .burst_per_million = 5'000,
                               .duplicate_per_million = 20'000,
                               .reorder_per_million = 20'000,
                               .corrupt_per_million = 20'000};
  Impairment a(all, 42), b(all, 42), other(all, 43);
  const auto of_a = pass(a, 2'000);
  EXPECT_EQ(of_a, pass(b, 2'000));
  EXPECT_NE(of_a, pass(other, 2'000));
}

TEST(Impairment, Takes_new_settings_while_it_runs) {
  Impairment link({.loss_per_million = 1'000'000}, 1);
  EXPECT_TRUE(pass(link, 100).empty());
  link.set({});
  EXPECT_EQ(pass(link, 100).size(), 100u);
}

}  // namespace
}  // namespace meridian
