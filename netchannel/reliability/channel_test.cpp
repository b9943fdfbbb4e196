// What one channel does by the clock and by the rules; the lanes' promises over bad links are in channel_oracle_test.cpp.
#include "netchannel/reliability/channel.hpp"

#include <gtest/gtest.h>

#include "netchannel/reliability/two_channels.hpp"
#include "netchannel/wire/ack_field.hpp"
#include "netchannel/wire/frame.hpp"
#include "world/testing/allocations.hpp"

namespace meridian {
namespace {

using Octets = std::vector<std::uint8_t>;

// Datagram sizes that one side puts on the wire.
struct Wire {
  explicit Wire(TwoChannels& pair) {
    pair.on_wire = [this](Side from, Octets& bytes) {
      (from == Side::server ? down : up).push_back(bytes);
      return true;
    };
  }
  std::vector<Octets> up, down;
};

TEST(Channel, A_message_of_100_bytes_costs_20_down_and_22_up) {
  TwoChannels pair;
  const Octets message(100, 7);
  pair.server().set_snapshot(0, message);
  pair.client().set_input(message);
  pair.run_ms(100);  // these carry the second's PING
  Wire wire(pair);
  pair.server().set_snapshot(1, message);
  pair.client().set_input(message);
  pair.flush(Side::server, true);
  pair.flush(Side::client, true);
  ASSERT_EQ(wire.down.size(), 1u);
  ASSERT_EQ(wire.up.size(), 1u);
  EXPECT_EQ(wire.down[0].size(), 100u + 20);
  EXPECT_EQ(wire.up[0].size(), 100u + 22);
}

TEST(Channel, Says_nothing_when_there_is_nothing_to_say) {
  TwoChannels pair;
  pair.run_ms(1'000);
  Wire wire(pair);
  pair.run_ms(3'000);
  EXPECT_TRUE(wire.up.empty());
  EXPECT_TRUE(wire.down.empty());
  pair.run_ms(3'000);
  EXPECT_GE(wire.up.size() + wire.down.size(), 2u) << "keepalive each 5 s, and its answer";
  EXPECT_LE(wire.up.size() + wire.down.size(), 6u);
}

TEST(Channel, The_clients_first_flush_speaks_and_the_servers_does_not) {
  TwoChannels pair;
  Wire wire(pair);
  pair.flush(Side::client, false);
  pair.flush(Side::server, true);
  EXPECT_EQ(wire.up.size(), 1u);
  EXPECT_TRUE(wire.down.empty());
}

TEST(Channel, Measures_the_round_trip_without_anybodys_tick) {
  TwoChannels pair;
  pair.up.delay_us = 30'000;
  pair.down.delay_us = 40'000;
  for (int i = 0; i < 1'000; ++i) {
    if (i % 5 == 0) pair.client().set_input(Octets(9, 1));
    if (i % 5 == 0) pair.server().set_snapshot(static_cast<std::uint32_t>(i), Octets(9, 1));
    pair.step();
  }
  for (const Channel* end : {&pair.client(), &pair.server()}) {
    EXPECT_EQ(end->stats().srtt_us, 70'000u);
    EXPECT_EQ(end->stats().min_rtt_us, 70'000u);
    EXPECT_EQ(end->stats().lost, 0u);
    EXPECT_EQ(end->stats().pto, 0u);
  }
}

// Every bit of a real packet of each direction: refused, and the packet itself is still taken after, so nothing had moved.
TEST(Channel, Refuses_a_packet_with_any_bit_flipped_and_is_not_moved_by_it) {
  for (const Side from : {Side::client, Side::server}) {
    const Side to = from == Side::client ? Side::server : Side::client;
    TwoChannels pair;
    pair.run_ms(1'000);
    Octets golden;
    pair.on_wire = [&](Side side, Octets& bytes) {
      if (side == from) golden = bytes;
      return false;
    };
    ASSERT_TRUE((from == Side::client ? pair.client() : pair.server()).queue(Lane::action, Octets(20, 5)));
    pair.flush(from, true);
    ASSERT_GT(golden.size(), 40u);
    Channel& receiver = to == Side::server ? pair.server() : pair.client();
    int heard = 0;
    pair.heard = [&](Side, const End& end) { heard += static_cast<int>(end.messages.size()); };
    const ChannelStats before = receiver.stats();
    for (std::size_t bit = 0; bit < golden.size() * 8; ++bit) {
      Octets flipped = golden;
      flipped[bit / 8] ^= static_cast<std::uint8_t>(1u << (bit % 8));
      ASSERT_FALSE(pair.give(to, flipped)) << "bit " << bit;
    }
    for (std::size_t size = 0; size < golden.size(); ++size)
      ASSERT_FALSE(pair.give(to, Octets(golden.begin(), golden.begin() + static_cast<std::ptrdiff_t>(size))));
    EXPECT_EQ(heard, 0);
    EXPECT_EQ(receiver.ended(), Reason::none);
    EXPECT_EQ(receiver.stats().packets_in, before.packets_in);
    EXPECT_TRUE(pair.give(to, golden));
    EXPECT_EQ(heard, 1);
    const auto again = pair.give(to, golden);
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error(), WireError::replayed);
    EXPECT_EQ(heard, 1);
  }
}

TEST(Channel, Drops_a_broken_packet_whole_and_ends_at_the_eighth) {
  TwoChannels pair;
  int heard = 0;
  pair.heard = [&](Side to, const End& end) { heard += to == Side::server ? static_cast<int>(end.messages.size()) : 0; };
  const Octets frames = {0x22, 0, 0, 1, 'a', 0x48, 'x'};  // action 0, then an event: not a client's to send
  for (std::uint64_t number = 1; number <= 7; ++number) {
    EXPECT_FALSE(pair.give(Side::server, sealed_packet(Side::client, number, Octets{0}, frames)));
    EXPECT_FALSE(pair.give(Side::server, sealed_packet(Side::client, number, Octets{0}, frames))) << "a repeat is not counted twice";
  }
  EXPECT_EQ(pair.server().ended(), Reason::none);
  EXPECT_EQ(pair.server().stats().rejected_malformed, 7u);
  EXPECT_EQ(pair.server().stats().rejected_replay, 7u);
  EXPECT_TRUE(pair.give(Side::server, sealed_packet(Side::client, 8, Octets{0}, Octets{0x2A, 0, 0, 'a'})));
  EXPECT_EQ(heard, 1) << "the good one";
  Wire wire(pair);
  pair.flush(Side::server, true);
  ASSERT_EQ(wire.down.size(), 1u);
  const SessionKeys keys = test_keys();
  const auto plain = PacketSeal(keys.suite, keys.down).open(wire.down[0], kHeaderDownBytes, 1);
  ASSERT_TRUE(plain);
  ByteReader in(*plain);
  const auto ack = read_ack_field(in);
  ASSERT_TRUE(ack);
  EXPECT_EQ(ack->newest_low, 8);
  EXPECT_EQ(ack->missing, 0b1111111u) << "what was dropped is not acked";
  EXPECT_FALSE(pair.give(Side::server, sealed_packet(Side::client, 9, Octets{0x80}, {})));
  EXPECT_EQ(pair.server().ended(), Reason::malformed);
}

TEST(Channel, Ends_on_an_ack_of_what_was_never_sent) {
  struct Row {
    const char* what;
    Octets ack;
    Reason reason;
  };
  const Row rows[] = {
      {"the newest sent", {5}, Reason::none},
      {"one past it", {6}, Reason::bad_ack},
      {"far past it", {0xFF, 0x1F, 0x00}, Reason::bad_ack},
      {"nothing", {0}, Reason::none},
  };
  for (const Row& row : rows) {
    TwoChannels pair;
    pair.on_wire = [](Side, Octets&) { return false; };
    for (std::uint32_t i = 0; i < 5; ++i) {
      pair.server().set_snapshot(i, Octets(8, 1));
      pair.flush(Side::server, true);
    }
    (void)pair.give(Side::server, sealed_packet(Side::client, 1, row.ack, {}));
    EXPECT_EQ(pair.server().ended(), row.reason) << row.what;
    EXPECT_FALSE(pair.server().ended_by_peer());
  }
}

TEST(Channel, Reads_acks_only_from_packets_newer_than_the_newest_read) {
  TwoChannels pair;
  pair.on_wire = [](Side, Octets&) { return false; };
  for (std::uint32_t i = 0; i < 5; ++i) {
    pair.server().set_snapshot(i, Octets(8, 1));
    pair.flush(Side::server, true);
  }
  ASSERT_TRUE(pair.give(Side::server, sealed_packet(Side::client, 10, Octets{4}, {})));
  EXPECT_EQ(pair.server().newest_packet_acked(), 4u);
  // An older packet's ack, rebuilt from the last acked on, would speak of packet 130.
  ASSERT_TRUE(pair.give(Side::server, sealed_packet(Side::client, 9, Octets{2}, {})));
  EXPECT_EQ(pair.server().newest_packet_acked(), 4u);
  EXPECT_EQ(pair.server().ended(), Reason::none);
}

TEST(Channel, Ends_on_flood_and_on_what_is_never_finished) {
  TwoChannels flood;
  EXPECT_FALSE(flood.give(Side::server, sealed_packet(Side::client, 1, Octets{0}, Octets{0x2A, 64, 0, 'a'})));
  EXPECT_EQ(flood.server().ended(), Reason::flood);

  TwoChannels lazy;
  Octets frame = {0x7E, 0, 0, 0, 4};
  frame.resize(5 + 1160);
  ASSERT_TRUE(lazy.give(Side::server, sealed_packet(Side::client, 1, Octets{0}, frame)));
  EXPECT_EQ(lazy.server().stats().reassembly_bytes, 4u * 1160);
  lazy.run_ms(9'900);
  EXPECT_EQ(lazy.server().ended(), Reason::none);
  lazy.run_ms(200);
  EXPECT_EQ(lazy.server().ended(), Reason::reassembly);
}

TEST(Channel, Ends_a_session_whose_client_reads_nothing) {
  TwoChannels pair;
  pair.on_wire = [](Side, Octets&) { return false; };
  int queued = 0;
  while (pair.server().queue(Lane::system, Octets(8, 1))) ++queued;
  EXPECT_EQ(queued, 32);
  EXPECT_EQ(pair.server().ended(), Reason::slow_reader);

  TwoChannels chatty;
  while (chatty.server().queue(Lane::chat, Octets(8, 1))) {
  }
  EXPECT_EQ(chatty.server().ended(), Reason::none) << "chat is refused, not closed for";
}

TEST(Channel, Close_goes_out_at_0_50_and_150_ms_and_nothing_else_after) {
  TwoChannels pair;
  pair.run_ms(1'000);
  Wire wire(pair);
  std::vector<std::int64_t> at_ms;
  const std::int64_t start = pair.now().mono_us;
  pair.server().close(Reason::shutdown, pair.now());
  pair.server().set_snapshot(1, Octets(8, 1));
  EXPECT_FALSE(pair.server().queue(Lane::system, Octets(8, 1)));
  for (int i = 0; i < 60; ++i) {
    pair.flush(Side::server, i % 5 == 0);
    while (at_ms.size() < wire.down.size()) at_ms.push_back((pair.now().mono_us - start) / 1000);
    pair.step();
    while (at_ms.size() < wire.down.size()) at_ms.push_back((pair.now().mono_us - start) / 1000);
  }
  EXPECT_EQ(at_ms, (std::vector<std::int64_t>{0, 50, 150}));
  EXPECT_TRUE(pair.server().close_sent_fully());
  EXPECT_EQ(pair.client().ended(), Reason::shutdown);
  EXPECT_TRUE(pair.client().ended_by_peer());
  EXPECT_EQ(pair.client().close_text(), text(Reason::shutdown));
  // Who still speaks is told again, at most each 100 ms.
  const std::size_t before = wire.down.size();
  std::uint64_t number = 500;
  for (int i = 0; i < 30; ++i) {
    (void)pair.give(Side::server, sealed_packet(Side::client, ++number, Octets{1}, Octets{0x08, 'i'}));
    pair.step();
  }
  EXPECT_EQ(wire.down.size() - before, 3u);
}

TEST(Channel, While_bulk_arrives_each_second_packet_or_10_ms_gets_an_ack) {
  TwoChannels pair;
  pair.up.delay_us = pair.down.delay_us = 0;
  pair.run_ms(1'000);
  Wire wire(pair);
  ASSERT_TRUE(pair.server().queue(Lane::chunk, Octets(60'000, 3)));
  int acks_between_ticks = 0;
  for (int i = 0; i < 20; ++i) {
    const std::size_t before = wire.up.size();
    pair.step();
    if (pair.now().mono_us % 50'000 != 0) acks_between_ticks += static_cast<int>(wire.up.size() - before);
  }
  EXPECT_GE(acks_between_ticks, 3);
  EXPECT_EQ(pair.server().queued(Lane::chunk), 0u);
  for (const Octets& packet : wire.up) EXPECT_LE(packet.size(), 4u + 10 + 16 + 7);
}

TEST(Channel, Bulk_is_paced_and_never_more_than_its_window_is_under_way) {
  TwoChannels pair(1, {.rtt_hint_us = 100'000});
  pair.on_wire = [](Side, Octets&) { return false; };
  EXPECT_EQ(pair.server().bulk_free_bytes(), 64u * 1024);
  while (pair.server().bulk_free_bytes() >= 6'000) ASSERT_TRUE(pair.server().queue(Lane::chunk, Octets(6'000, 1)));
  EXPECT_FALSE(pair.server().queue(Lane::chunk, Octets(6'000, 1)));
  std::uint64_t most = 0, before = 0;
  for (int i = 0; i < 8; ++i) {
    pair.step();
    most = std::max(most, pair.server().stats().bytes_out - before);
    before = pair.server().stats().bytes_out;
  }
  EXPECT_LE(most, 819'200u / 50 + 1'200) << "a burst of 20 ms at 1.25 windows a round trip";
  EXPECT_GE(before, 819'200u / 1'000 * 70);
}

TEST(Channel, A_snapshot_of_the_room_given_rides_with_all_that_was_due) {
  TwoChannels pair;
  pair.run_ms(1'000);
  Wire wire(pair);
  for (int i = 0; i < 8; ++i) ASSERT_TRUE(pair.server().queue(Lane::action, Octets(48, 1)));
  ASSERT_TRUE(pair.server().queue(Lane::event, Octets(150, 1)));
  const std::size_t room = pair.server().snapshot_room();
  EXPECT_LT(room, 640u);
  EXPECT_GT(room, 500u);
  pair.server().set_snapshot(1, Octets(room, 2));
  pair.flush(Side::server, true);
  EXPECT_EQ(wire.down.size(), 1u) << "one packet for all of it";
  EXPECT_LE(wire.down[0].size(), kMaxDatagramBytes);
}

TEST(Channel, A_full_snapshot_still_goes_when_more_was_queued_after_the_room_was_given) {
  TwoChannels pair;
  pair.run_ms(1'000);
  Wire wire(pair);
  ASSERT_EQ(pair.server().snapshot_room(), 1'100u);
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(pair.server().queue(Lane::action, Octets(40, 1)));
  ASSERT_TRUE(pair.server().queue(Lane::event, Octets(1'100, 1)));
  pair.server().set_snapshot(1, Octets(1'100, 2));
  std::vector<SnapshotFate> fates;
  std::size_t heard = 0;
  pair.heard = [&](Side to, const End& end) {
    fates.insert(fates.end(), end.fates.begin(), end.fates.end());
    heard += to == Side::client ? end.messages.size() : 0;
  };
  pair.flush(Side::server, true);
  EXPECT_EQ(wire.down.size(), 3u);
  pair.run_ms(200);
  EXPECT_EQ(heard, 22u);
  ASSERT_EQ(fates.size(), 1u);
  EXPECT_TRUE(fates[0].acked);
}

TEST(Channel, A_snapshot_that_was_replaced_or_never_left_is_told_as_lost) {
  TwoChannels pair;
  std::vector<SnapshotFate> fates;
  pair.heard = [&](Side, const End& end) { fates.insert(fates.end(), end.fates.begin(), end.fates.end()); };
  pair.server().set_snapshot(1, Octets(8, 1));
  pair.server().set_snapshot(2, Octets(8, 1));
  pair.run_ms(300);
  ASSERT_EQ(fates.size(), 2u);
  EXPECT_EQ(fates[0].id, 1u);
  EXPECT_FALSE(fates[0].acked);
  EXPECT_EQ(fates[1].id, 2u);
  EXPECT_TRUE(fates[1].acked);

  TwoChannels deaf;
  deaf.on_wire = [](Side, Octets&) { return false; };
  for (std::uint32_t i = 0; i < 600; ++i) {
    deaf.server().set_snapshot(i, Octets(8, 1));
    deaf.flush(Side::server, true);
  }
  EXPECT_EQ(deaf.server().stats().packets_out, 512u) << "512 unacked packets stop sending";
  EXPECT_EQ(deaf.server().snapshot_room(), 0u);
}

TEST(Channel, A_tail_that_is_lost_is_probed_for) {
  TwoChannels pair;
  pair.run_ms(2'000);
  bool cut = true;
  pair.on_wire = [&cut](Side, Octets&) { return !cut; };
  std::size_t heard = 0;
  pair.heard = [&](Side to, const End& end) { heard += to == Side::client ? end.messages.size() : 0; };
  ASSERT_TRUE(pair.server().queue(Lane::system, Octets(100, 1)));
  pair.run_ms(50);
  cut = false;
  pair.run_ms(400);
  EXPECT_EQ(heard, 1u);
  EXPECT_GE(pair.server().stats().pto, 1u);
  EXPECT_EQ(pair.server().stats().resends, pair.server().stats().pto);
}

// A burst takes all that is sent in 150 ms: a small action comes with the first tick after it, another message when the loss is noticed.
TEST(Channel, A_small_action_rides_through_a_burst) {
  for (const auto& [size, latest_ms] : {std::pair<std::size_t, std::int64_t>{48, 220}, {49, 500}}) {
    TwoChannels pair;
    pair.up.delay_us = pair.down.delay_us = 20'000;
    const auto each_tick = [&pair] {
      if (pair.now().mono_us % 50'000 == 40'000) {
        pair.client().set_input(Octets(9, 1));
        pair.server().set_snapshot(1, Octets(9, 1));
      }
      pair.step();
    };
    for (int i = 0; i < 200; ++i) each_tick();
    const std::int64_t asked_us = pair.now().mono_us;
    pair.on_wire = [&](Side from, Octets&) { return from != Side::client || pair.now().mono_us > asked_us + 150'000; };
    std::int64_t heard_us = 0;
    pair.heard = [&](Side, const End& end) {
      for (const Delivered& m : end.messages) {
        if (m.lane == Lane::action) heard_us = pair.now().mono_us;
      }
    };
    ASSERT_TRUE(pair.client().queue(Lane::action, Octets(size, 7)));
    for (int i = 0; i < 100 && heard_us == 0; ++i) each_tick();
    const std::int64_t took_ms = (heard_us - asked_us) / 1'000;
    EXPECT_GT(took_ms, 150) << size;
    EXPECT_LE(took_ms, latest_ms) << size;
  }
}

TEST(Channel, A_number_skipped_as_a_trap_never_closes_an_honest_session) {
  TwoChannels pair(5, {.trap_seed = 99});
  pair.down.loss_per_million = 50'000;
  std::size_t heard = 0, queued = 0;
  pair.heard = [&](Side to, const End& end) { heard += to == Side::client ? end.messages.size() : 0; };
  for (int i = 0; i < 2'000; ++i) {
    if (pair.server().bulk_free_bytes() >= 6'000 && queued < 400) {
      ASSERT_TRUE(pair.server().queue(Lane::chunk, Octets(6'000, 1)));
      ++queued;
    }
    pair.step();
  }
  EXPECT_EQ(heard, 400u);
  EXPECT_EQ(pair.server().ended(), Reason::none);

  // 2,000 bulk packets, all of them acked without a look, run into one of about thirty traps.
  TwoChannels liar(5, {.trap_seed = 99});
  liar.on_wire = [](Side, Octets&) { return false; };
  std::uint64_t number = 0;
  for (int i = 0; i < 2'000 && liar.server().ended() == Reason::none; ++i) {
    while (liar.server().bulk_free_bytes() >= 1'000) ASSERT_TRUE(liar.server().queue(Lane::chunk, Octets(1'000, 1)));
    liar.step();
    const std::uint64_t sent = liar.server().stats().packets_out;
    const std::array<std::uint8_t, 3> ack = {static_cast<std::uint8_t>(0x80 | (sent & 0x7F)), static_cast<std::uint8_t>(sent >> 7 & 0x3F),
                                             0};
    (void)liar.give(Side::server, sealed_packet(Side::client, ++number, ack, {}));
  }
  EXPECT_EQ(liar.server().ended(), Reason::bad_ack);
}

TEST(Channel, Allocates_nothing_once_it_is_warm) {
  TwoChannels pair(3);
  std::vector<Delivered> messages;
  std::vector<SnapshotFate> fates;
  DatagramBatch down, up;
  Octets copy(kMaxDatagramBytes);
  Now now{};
  std::size_t heard = 0;
  const Octets input(12, 1), snapshot(300, 2), action(20, 3), event(150, 4), chunk(5'000, 5);
  const auto carry = [&](const DatagramBatch& batch, Channel& to, int lose) {
    for (std::size_t i = 0; i < batch.size(); ++i) {
      if ((now.mono_us / 10'000 + static_cast<int>(i)) % 23 == lose) continue;
      std::copy(batch.bytes(i).begin(), batch.bytes(i).end(), copy.begin());
      messages.clear();
      fates.clear();
      (void)to.accept(now, MutableBytes(copy).first(batch.bytes(i).size()), messages, fates);
      heard += messages.size();
    }
  };
  const auto run = [&](int steps) {
    for (int i = 0; i < steps; ++i) {
      now.mono_us += 10'000;
      const bool tick = i % 5 == 0;
      if (tick) {
        pair.client().set_input(input);
        pair.server().set_snapshot(static_cast<std::uint32_t>(i), snapshot);
        (void)pair.server().queue(Lane::event, event);
        (void)pair.client().queue(Lane::action, action);
        if (i % 50 == 0) (void)pair.server().queue(Lane::chunk, chunk);
      }
      down.clear();
      up.clear();
      pair.server().flush(now, tick, {}, down);
      pair.client().flush(now, tick, {}, up);
      carry(down, pair.client(), 3);
      carry(up, pair.server(), 7);
    }
  };
  run(3'000);
  const std::size_t before = allocations_so_far(), heard_before = heard;
  run(3'000);
  EXPECT_EQ(allocations_so_far(), before);
  EXPECT_GT(heard - heard_before, 2'000u);
  EXPECT_GT(pair.server().stats().lost, 20u);
  EXPECT_GT(pair.server().stats().resends, 20u);
}

}  // namespace
}  // namespace meridian
