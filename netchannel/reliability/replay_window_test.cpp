#include "netchannel/reliability/replay_window.hpp"

#include <array>
#include <gtest/gtest.h>
#include <set>

#include "base/chance.hpp"
#include "netchannel/reliability/received_acks.hpp"
#include "netchannel/wire/packet_number.hpp"

namespace meridian {
namespace {

TEST(Replay_window, Rejects_a_repeat_and_what_is_too_old) {
  ReplayWindow window;
  EXPECT_FALSE(window.fresh(0)) << "CONNECT or WELCOME was packet 0";
  EXPECT_TRUE(window.fresh(1));
  window.mark(1);
  EXPECT_FALSE(window.fresh(1));
  window.mark(100);
  EXPECT_FALSE(window.fresh(100));
  EXPECT_TRUE(window.fresh(99));
  EXPECT_TRUE(window.fresh(37)) << "63 below the newest";
  EXPECT_FALSE(window.fresh(36)) << "64 below: could no longer be acked";
  window.mark(37);
  EXPECT_FALSE(window.fresh(37));
  window.mark(1'000'000);
  EXPECT_TRUE(window.fresh(999'999));
  EXPECT_FALSE(window.fresh(100));
}

TEST(Replay_window, Agrees_with_a_set_on_random_arrivals) {
  SeededChance chance(3);
  ReplayWindow window;
  std::set<std::uint64_t> seen = {0};
  std::uint64_t newest = 0;
  for (int i = 0; i < 20'000; ++i) {
    const std::uint64_t number = newest + chance.below(4) + (chance.below(200) == 0 ? 90 : 0) - std::min(newest, chance.below(80));
    const bool expected = number > newest || (newest - number < 64 && !seen.contains(number));
    ASSERT_EQ(window.fresh(number), expected) << number << " newest " << newest;
    if (!expected) continue;
    window.mark(number);
    seen.insert(number);
    newest = std::max(newest, number);
    ASSERT_EQ(window.newest(), newest);
  }
}

TEST(Received_acks, Say_what_a_set_says_whatever_arrives_in_whatever_order) {
  for (const std::uint64_t spread : {3ull, 20ull, 63ull}) {
    SeededChance chance(spread);
    ReceivedAcks acks;
    std::set<std::uint64_t> received = {0};
    std::uint64_t newest = 0;
    for (int i = 0; i < 10'000; ++i) {
      const std::uint64_t number =
          newest + 1 + chance.below(4) + (chance.below(300) == 0 ? 70 : 0) - std::min(newest, chance.below(spread));
      if (number <= newest && newest - number > 63) continue;
      acks.add(number, true, false, 0);
      received.insert(number);
      newest = std::max(newest, number);
      const AckField field = acks.field();
      ASSERT_EQ(acks.newest(), newest);
      ASSERT_EQ(field.newest_low, newest & (field.newest_bits == 7 ? 0x7Fu : 0x1FFFu));
      for (std::uint64_t n = 0; n < 64; ++n) {
        const bool there = n + 1 > newest || received.contains(newest - 1 - n);
        const bool said = (field.missing >> n & 1) == 0;
        ASSERT_TRUE(!said || there) << "never more than has come";
        ASSERT_TRUE(n == 63 || said == there) << "all of the 63 below the newest";
      }
    }
  }
}

TEST(Received_acks, Are_worth_a_packet_only_when_there_is_something_new) {
  ReceivedAcks acks;
  acks.add(1, false, false, 0);
  EXPECT_FALSE(acks.pending()) << "a bare ack asks for none";
  acks.add(2, true, false, 5'000);
  EXPECT_TRUE(acks.pending());
  EXPECT_FALSE(acks.older_than(50'000, 54'000));
  EXPECT_TRUE(acks.older_than(50'000, 55'000));
  EXPECT_FALSE(acks.bulk_due(1'000'000));
  acks.sent();
  EXPECT_FALSE(acks.pending());

  acks.add(3, true, true, 60'000);
  EXPECT_FALSE(acks.bulk_due(69'000));
  EXPECT_TRUE(acks.bulk_due(70'000)) << "10 ms after the first";
  acks.add(4, true, true, 61'000);
  EXPECT_TRUE(acks.bulk_due(61'000)) << "each second packet";
  acks.sent();
  EXPECT_FALSE(acks.bulk_due(100'000));
}

TEST(Received_acks, Use_the_long_form_once_the_peer_may_have_lost_track) {
  ReceivedAcks acks;
  for (std::uint64_t n = 1; n <= 63; ++n) acks.add(n, true, false, 0);
  EXPECT_EQ(acks.field().newest_bits, 7);
  acks.add(64, true, false, 0);
  EXPECT_EQ(acks.field().newest_bits, 13);
  acks.read_by_peer(40);
  EXPECT_EQ(acks.field().newest_bits, 7);
}

// What an ack costs on the wire, 20 packets a second each way, the peer's knowledge three packets old.
TEST(Received_acks, Cost_a_byte_without_loss_and_no_more_than_designed_with_it) {
  struct Row {
    std::uint32_t loss_per_million;
    double least, most;
  };
  for (const Row& row : {Row{0, 1.0, 1.0}, Row{10'000, 3.9, 4.9}, Row{50'000, 8.4, 9.4}}) {
    SeededChance chance(row.loss_per_million + 1);
    ReceivedAcks acks;
    std::size_t bytes = 0;
    constexpr std::uint64_t kPackets = 100'000;
    for (std::uint64_t number = 1; number <= kPackets; ++number) {
      if (!chance.one_in(row.loss_per_million)) acks.add(number, true, false, 0);
      acks.read_by_peer(acks.newest() - std::min<std::uint64_t>(acks.newest(), 3));
      std::array<std::uint8_t, kMaxAckBytes> room;
      ByteWriter out(room);
      write_ack_field(out, acks.field());
      bytes += out.size();
    }
    const double mean = static_cast<double>(bytes) / kPackets;
    EXPECT_GE(mean, row.least) << row.loss_per_million;
    EXPECT_LE(mean, row.most) << row.loss_per_million;
  }
}

}  // namespace
}  // namespace meridian
