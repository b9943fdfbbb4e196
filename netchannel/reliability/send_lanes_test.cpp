#include "netchannel/reliability/send_lanes.hpp"

#include <gtest/gtest.h>
#include <map>

#include "base/chance.hpp"
#include "netchannel/reliability/pacing.hpp"

namespace meridian {
namespace {

using Octets = std::vector<std::uint8_t>;
constexpr std::uint32_t kWindow = 64 * 1024;
constexpr std::size_t kRoom = 1170;

UnitFate fate(const SendUnit& unit, std::uint64_t packet, bool acked) { return {unit.code(), packet, acked}; }

TEST(Send_lanes, Take_messages_up_to_the_bounds_of_the_table) {
  struct Row {
    Lane lane;
    std::size_t size, fit;
    SendLanes::Queued then;
  };
  const Row rows[] = {
      {Lane::action, 8, 64, SendLanes::Queued::lane_full},   {Lane::action, 100, 40, SendLanes::Queued::lane_full},
      {Lane::chat, 8, 256, SendLanes::Queued::lane_full},    {Lane::event, 1000, 32, SendLanes::Queued::lane_full},
      {Lane::chunk, 6000, 10, SendLanes::Queued::lane_full}, {Lane::chunk, 10, 256, SendLanes::Queued::lane_full},
      {Lane::system, 8, 32, SendLanes::Queued::lane_full},
  };
  for (const Row& row : rows) {
    SendLanes lanes(Side::server, kWindow);
    const Octets message(row.size, 1);
    for (std::size_t i = 0; i < row.fit; ++i)
      ASSERT_EQ(lanes.queue(row.lane, message), SendLanes::Queued::taken) << static_cast<int>(row.lane) << " " << i;
    EXPECT_EQ(lanes.queue(row.lane, message), row.then) << static_cast<int>(row.lane);
    EXPECT_EQ(lanes.queued(row.lane), row.fit);
  }
}

TEST(Send_lanes, A_client_keeps_within_what_a_server_will_hold) {
  SendLanes lanes(Side::client, kWindow);
  const Octets message(kFragmentBytes + 1, 1);  // two fragments: held as 2,320 B
  std::size_t taken = 0;
  while (lanes.queue(Lane::chat, message) == SendLanes::Queued::taken) ++taken;
  EXPECT_EQ(taken, kMaxReliableUpBytes / (2 * kFragmentBytes));
  EXPECT_EQ(lanes.queue(Lane::system, Octets(4000, 1)), SendLanes::Queued::session_full);
}

TEST(Send_lanes, The_bound_counts_from_the_oldest_unacked_so_that_a_receiver_is_never_ahead_of_itself) {
  SendLanes lanes(Side::server, kWindow);
  std::map<std::uint64_t, SendUnit> units;
  for (int i = 0; i < 32; ++i) ASSERT_EQ(lanes.queue(Lane::system, Octets(8, 1)), SendLanes::Queued::taken);
  while (const auto unit = lanes.next_interactive(kRoom)) {
    lanes.sent(*unit, 1, false);
    units[unit->id] = *unit;
  }
  ASSERT_EQ(units.size(), 32u);
  for (std::uint64_t id = 1; id < 32; ++id) lanes.on_fate(fate(units[id], 1, true));
  EXPECT_EQ(lanes.queued(Lane::system), 1u);
  EXPECT_EQ(lanes.queue(Lane::system, Octets(8, 1)), SendLanes::Queued::lane_full) << "message 0 is still open";
  lanes.on_fate(fate(units[0], 1, true));
  EXPECT_EQ(lanes.queue(Lane::system, Octets(8, 1)), SendLanes::Queued::taken);
  EXPECT_EQ(lanes.queued_bytes(), 8u);
}

TEST(Send_lanes, Small_actions_ride_eight_at_once_and_eight_times) {
  SendLanes lanes(Side::client, kWindow);
  for (int i = 0; i < 10; ++i) ASSERT_EQ(lanes.queue(Lane::action, Octets(48, 1)), SendLanes::Queued::taken);
  ASSERT_EQ(lanes.queue(Lane::action, Octets(49, 1)), SendLanes::Queued::taken);
  std::array<SendUnit, kMaxRidingAtOnce> riders;
  ASSERT_EQ(lanes.riding(riders), 8u);
  EXPECT_EQ(riders[7].id, 7u);
  // The rest goes as any message, once.
  for (const std::uint64_t id : {8u, 9u, 10u}) {
    const auto unit = lanes.next_interactive(kRoom);
    ASSERT_TRUE(unit);
    EXPECT_EQ(unit->id, id);
    lanes.sent(*unit, 1, false);
  }
  EXPECT_FALSE(lanes.interactive_waiting());

  for (std::uint64_t packet = 1; packet <= 8; ++packet) {
    ASSERT_EQ(lanes.riding(riders), 8u);
    EXPECT_EQ(riders[0].id, 0u);
    for (const SendUnit& rider : riders) lanes.sent(rider, packet, true);
  }
  ASSERT_EQ(lanes.riding(riders), 2u) << "the first eight have had their eight; 8 and 9 follow";
  EXPECT_EQ(riders[0].id, 8u);
  EXPECT_FALSE(lanes.interactive_waiting());
  const SendUnit first{Lane::action, 0, 0, 1, 48};
  lanes.on_fate(fate(first, 7, false));
  EXPECT_FALSE(lanes.interactive_waiting()) << "its last carrier is still under way";
  lanes.on_fate(fate(first, 8, false));
  ASSERT_TRUE(lanes.interactive_waiting());
  EXPECT_EQ(lanes.next_interactive(kRoom)->id, 0u);
  lanes.on_fate(fate(first, 3, true));
  EXPECT_FALSE(lanes.interactive_waiting()) << "an early carrier came after all";
  EXPECT_EQ(lanes.queued(Lane::action), 10u);
}

TEST(Send_lanes, Only_the_lost_fragment_is_sent_again) {
  SendLanes lanes(Side::server, kWindow);
  Octets message(3 * kFragmentBytes + 7);
  for (std::size_t i = 0; i < message.size(); ++i) message[i] = static_cast<std::uint8_t>(i * 13);
  ASSERT_EQ(lanes.queue(Lane::chunk, message), SendLanes::Queued::taken);
  Octets rebuilt(message.size());
  std::vector<SendUnit> units;
  while (const auto unit = lanes.next_bulk(kRoom)) {
    EXPECT_EQ(unit->count, 4);
    lanes.copy(*unit, MutableBytes(rebuilt).subspan(fragment_offset(unit->index), unit->bytes));
    EXPECT_FALSE(lanes.sent(*unit, 10 + unit->index, false));
    units.push_back(*unit);
  }
  EXPECT_EQ(rebuilt, message);
  ASSERT_EQ(units.size(), 4u);
  EXPECT_FALSE(lanes.next_bulk(kRoom));
  lanes.on_fate(fate(units[2], 12, false));
  const auto again = lanes.next_bulk(kRoom);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->index, 2);
  EXPECT_TRUE(lanes.sent(*again, 20, false)) << "counted as a resend";
  for (const SendUnit& unit : units) lanes.on_fate(fate(unit, 20, true));
  EXPECT_EQ(lanes.queued(Lane::chunk), 0u);
  EXPECT_EQ(lanes.bulk_free_bytes(), kWindow);
}

TEST(Send_lanes, Share_by_weight_while_all_have_something) {
  SendLanes lanes(Side::server, kWindow);
  std::map<Lane, std::size_t> bytes;
  std::uint64_t packet = 1;
  for (int i = 0; i < 4000; ++i) {
    while (lanes.queue(Lane::chat, Octets(200, 1)) == SendLanes::Queued::taken) {
    }
    while (lanes.queue(Lane::event, Octets(100, 1)) == SendLanes::Queued::taken) {
    }
    while (lanes.queue(Lane::action, Octets(60, 1)) == SendLanes::Queued::taken) {
    }
    const auto unit = lanes.next_interactive(kRoom);
    ASSERT_TRUE(unit);
    bytes[unit->lane] += unit->frame_bytes();
    lanes.sent(*unit, packet, false);
    lanes.on_fate(fate(*unit, packet++, true));
  }
  const double chat = static_cast<double>(bytes[Lane::chat]);
  EXPECT_NEAR(static_cast<double>(bytes[Lane::event]) / chat, 2.0, 0.05);
  EXPECT_NEAR(static_cast<double>(bytes[Lane::action]) / chat, 4.0, 0.1);
}

TEST(Send_lanes, A_probe_sends_the_oldest_of_both_bands_again) {
  SendLanes lanes(Side::server, kWindow);
  ASSERT_EQ(lanes.queue(Lane::system, Octets(8, 1)), SendLanes::Queued::taken);
  ASSERT_EQ(lanes.queue(Lane::event, Octets(8, 1)), SendLanes::Queued::taken);
  ASSERT_EQ(lanes.queue(Lane::chunk, Octets(3000, 1)), SendLanes::Queued::taken);
  EXPECT_FALSE(lanes.flying());
  const SendUnit event{Lane::event, 0, 0, 1, 8}, system{Lane::system, 0, 0, 1, 8};
  lanes.sent(event, 1, false);
  lanes.sent(system, 2, false);
  std::uint64_t packet = 3;
  while (const auto unit = lanes.next_bulk(kRoom)) lanes.sent(*unit, packet++, false);
  EXPECT_TRUE(lanes.flying());
  EXPECT_EQ(lanes.resend_oldest(), 2u);
  const auto unit = lanes.next_interactive(kRoom);
  ASSERT_TRUE(unit);
  EXPECT_EQ(unit->lane, Lane::event) << "sent before the other";
  const auto bulk = lanes.next_bulk(kRoom);
  ASSERT_TRUE(bulk);
  EXPECT_EQ(bulk->index, 0);
}

TEST(Send_lanes, Go_on_past_the_wrap_of_ids_and_of_their_rings) {
  SendLanes lanes(Side::server, kWindow);
  SeededChance chance(4);
  for (std::uint64_t i = 0; i < 70'000; ++i) {
    Octets message(1 + chance.below(40), static_cast<std::uint8_t>(i));
    ASSERT_EQ(lanes.queue(Lane::event, message), SendLanes::Queued::taken);
    const auto unit = lanes.next_interactive(kRoom);
    ASSERT_TRUE(unit);
    ASSERT_EQ(unit->id, i);
    Octets copy(unit->bytes);
    lanes.copy(*unit, copy);
    ASSERT_EQ(copy, message);
    lanes.sent(*unit, i + 1, false);
    lanes.on_fate(fate(*unit, i + 1, true));
  }
  EXPECT_EQ(lanes.queued_bytes(), 0u);
}

TEST(Pacing, Gives_real_time_first_yet_interactive_a_fifth_and_bulk_a_twentieth) {
  Pacing pacing(kWindow);
  std::int64_t now = 0, interactive = 0, bulk = 0;
  pacing.refill(now, 100'000);
  for (int i = 0; i < 10'000; ++i) {  // 100 s at 1.25 x 64 kB a 100 ms = 819,200 B/s
    now += 10'000;
    pacing.refill(now, 100'000);
    pacing.spend_real_time(8'192);  // all of it
    while (pacing.interactive_may()) {
      pacing.spend_interactive(500);
      interactive += 500;
    }
    while (pacing.bulk_may()) {
      pacing.spend_bulk(1'167);
      bulk += 1'167;
    }
  }
  EXPECT_NEAR(static_cast<double>(interactive) / (100 * 819'200), 0.20, 0.005);
  EXPECT_NEAR(static_cast<double>(bulk) / (100 * 819'200), 0.05, 0.002);
}

TEST(Pacing, Gives_bulk_all_that_nobody_else_wants_up_to_a_megabyte_a_second) {
  for (const auto& [srtt_us, rate] : {std::pair{100'000u, 819'200.0}, {1'000u, 1'000'000.0}, {0u, 1'000'000.0}, {1'000'000u, 81'920.0}}) {
    Pacing pacing(kWindow);
    std::int64_t now = 0, bulk = 0;
    for (int i = 0; i < 1'000; ++i) {
      now += 10'000;
      pacing.refill(now, srtt_us);
      while (pacing.bulk_may()) {
        pacing.spend_bulk(1'167);
        bulk += 1'167;
      }
    }
    EXPECT_NEAR(static_cast<double>(bulk) / 10.0, rate, rate * 0.02 + 2'400) << srtt_us;
  }
}

}  // namespace
}  // namespace meridian
