#include "netchannel/reliability/sent_packets.hpp"

#include <gtest/gtest.h>
#include <map>

#include "base/chance.hpp"
#include "netchannel/reliability/round_trip.hpp"

namespace meridian {
namespace {

constexpr std::int64_t kLossAfter = 100'000;

class Sent_packets : public testing::Test {
 protected:
  void send(int count, std::int64_t at_us = 0) {
    for (int i = 0; i < count; ++i) {
      const UnitCode unit = UnitCode::of(2, 0, sent.next());
      sent.add(at_us, true, 0, {&unit, 1}, static_cast<std::uint32_t>(sent.next()));
    }
  }
  void ack(std::uint64_t newest, std::uint64_t missing, std::int64_t now_us = 1'000) {
    fates.clear();
    sent.on_ack(newest, missing, 0, fates);
    sent.find_lost(now_us, kLossAfter, fates);
  }
  std::vector<std::uint64_t> packets(bool acked) const {
    std::vector<std::uint64_t> out;
    for (const UnitFate& fate : fates.units) {
      if (fate.acked == acked) out.push_back(fate.packet);
    }
    std::sort(out.begin(), out.end());
    return out;
  }
  using Numbers = std::vector<std::uint64_t>;
  SentPackets sent;
  PacketFates fates;
};

TEST_F(Sent_packets, Each_is_acked_once_however_often_an_ack_says_so) {
  send(3);
  ack(2, 0);
  EXPECT_EQ(packets(true), (Numbers{1, 2}));
  ack(3, 0);
  EXPECT_EQ(packets(true), (Numbers{3}));
  ack(3, 0);
  EXPECT_TRUE(fates.units.empty());
  EXPECT_EQ(sent.flying(), 0u);
}

TEST_F(Sent_packets, Three_newer_acks_mean_lost_and_two_do_not) {
  send(4);
  ack(3, 0b10);  // 2 acked, 1 missing: two newer
  EXPECT_EQ(packets(false), Numbers{});
  ack(4, 0b100);
  EXPECT_EQ(packets(false), (Numbers{1}));
  ASSERT_EQ(fates.snapshots.size(), 2u);
  EXPECT_EQ(sent.flying(), 0u);
}

TEST_F(Sent_packets, Time_means_lost_only_below_an_acked_one) {
  send(2, 0);
  fates.clear();
  sent.find_lost(10 * kLossAfter, kLossAfter, fates);
  EXPECT_EQ(fates.lost, 0u) << "nothing newer is acked";
  ack(2, 0b1, kLossAfter - 1);
  EXPECT_EQ(fates.lost, 0u);
  ack(2, 0b1, kLossAfter);
  EXPECT_EQ(packets(false), (Numbers{1}));
}

TEST_F(Sent_packets, A_late_ack_is_spurious_and_still_delivers) {
  send(4);
  ack(4, 0b100);
  EXPECT_EQ(packets(false), (Numbers{1}));
  ack(4, 0);
  EXPECT_EQ(packets(true), (Numbers{1}));
  EXPECT_EQ(fates.spurious, 1u);
  EXPECT_TRUE(fates.snapshots.empty()) << "its fate was told: lost";
}

TEST_F(Sent_packets, An_ack_of_what_was_not_sent_is_refused) {
  send(5);
  EXPECT_EQ(sent.resolve({.newest_low = 5}), 5u);
  EXPECT_FALSE(sent.resolve({.newest_low = 6}));
  EXPECT_FALSE(sent.resolve({.newest_low = 127}));
  ack(5, 0);
  EXPECT_FALSE(sent.resolve({.newest_low = 4})) << "below the last acked reads as 132";
  EXPECT_EQ(sent.resolve({.newest_low = 5, .newest_bits = 13}), 5u);
}

TEST_F(Sent_packets, An_ack_of_a_skipped_number_is_refused) {
  send(3);
  sent.skip();  // 4
  send(2);
  EXPECT_EQ(sent.resolve({.newest_low = 6, .newest_bits = 13, .missing = 0b10}), 6u) << "an honest one shows the hole";
  EXPECT_FALSE(sent.resolve({.newest_low = 6, .newest_bits = 7, .missing = ~kMissingShort}));
  EXPECT_FALSE(sent.resolve({.newest_low = 4, .newest_bits = 7, .missing = ~kMissingShort}));
  ack(6, 0b10);
  EXPECT_EQ(fates.lost, 0u) << "it is nobody's loss";
  EXPECT_EQ(sent.flying(), 0u);
}

TEST_F(Sent_packets, Stop_512_past_the_oldest_that_is_open_and_go_on_when_it_is_settled) {
  send(511);
  EXPECT_FALSE(sent.full());
  send(1);
  EXPECT_TRUE(sent.full());
  ack(512, ~std::uint64_t{0});  // only the newest came
  EXPECT_TRUE(sent.full());
  EXPECT_EQ(fates.lost, 0u) << "one newer, and young";
  ack(512, ~std::uint64_t{0}, kLossAfter);
  EXPECT_EQ(fates.lost, 511u);
  EXPECT_FALSE(sent.full());
}

TEST_F(Sent_packets, Say_which_of_our_acks_the_peer_has_read) {
  for (std::uint64_t said = 1000; said < 1010; ++said) sent.add(0, false, said, {}, {});
  fates.clear();
  EXPECT_EQ(sent.on_ack(7, 0, 2000, fates), 1006u);
  EXPECT_TRUE(fates.units.empty());
  EXPECT_EQ(fates.acked, 0u) << "bare acks are nobody's business";
}

// Against a map, with acks built from what has "arrived": every packet gets one first word, acked ones really arrived, and nothing stays
// open behind.
TEST_F(Sent_packets, Agree_with_a_map_on_random_arrivals) {
  SeededChance chance(17);
  std::map<std::uint64_t, bool> arrived, told;
  std::uint64_t newest = 0;
  for (int i = 0; i < 30'000; ++i) {
    if (!sent.full()) send(1, i * 1'000);
    const std::uint64_t number = sent.next() - 1 - std::min<std::uint64_t>(sent.next() - 2, chance.below(12));
    if (chance.below(10) < 7 && number + 63 > newest) {
      arrived[number] = true;
      newest = std::max(newest, number);
    }
    std::uint64_t missing = 0;
    for (std::uint64_t n = 0; n < 64; ++n) {
      if (newest > n + 1 && !arrived.contains(newest - 1 - n)) missing |= std::uint64_t{1} << n;
    }
    fates.clear();
    const AckField field = make_ack_field(newest, missing, sent.newest_acked());
    const auto resolved = sent.resolve(field);
    ASSERT_EQ(resolved, newest);
    sent.on_ack(*resolved, field.missing, 0, fates);
    sent.find_lost(i * 1'000, 30'000, fates);
    for (const UnitFate& fate : fates.units) {
      ASSERT_TRUE(!fate.acked || arrived.contains(fate.packet));
      ASSERT_TRUE(!told.contains(fate.packet) || (!told[fate.packet] && fate.acked)) << "only a lost one may get a second word";
      told[fate.packet] = fate.acked;
      ASSERT_EQ(fate.unit.id_low(), static_cast<std::uint16_t>(fate.packet));
    }
  }
  EXPECT_GT(told.size(), 29'900u);
  EXPECT_LT(sent.flying(), 64u);
}

TEST(Round_trip, Widens_after_spurious_losses_and_probes_ever_more_slowly) {
  RoundTrip rtt(0);
  EXPECT_FALSE(rtt.known());
  rtt.sample(80'000);
  EXPECT_EQ(rtt.srtt_us(), 80'000u);
  EXPECT_EQ(rtt.loss_after_us(), 90'000);
  rtt.spurious();
  EXPECT_EQ(rtt.loss_after_us(), 100'000);
  for (int i = 0; i < 20; ++i) rtt.spurious();
  EXPECT_EQ(rtt.loss_after_us(), 160'000) << "at most 2 x";
  rtt.sample(160'000);
  EXPECT_EQ(rtt.srtt_us(), 90'000u);
  EXPECT_EQ(rtt.loss_after_us(), 320'000) << "the last sample counts when it is greater";
  EXPECT_EQ(rtt.min_us(), 80'000u);

  RoundTrip fast(500);
  EXPECT_EQ(fast.loss_after_us(), 10'000);
  EXPECT_EQ(fast.probe_after_us(50'000, 0), 80'000);
  EXPECT_EQ(fast.probe_after_us(50'000, 1), 120'000);
  EXPECT_EQ(fast.probe_after_us(50'000, 100), 2'000'000);
  RoundTrip slow(200'000);
  EXPECT_EQ(slow.probe_after_us(50'000, 0), 200'000 + 4 * 100'000 + 50'000);
}

}  // namespace
}  // namespace meridian
