// What passes between the sessions and the tick: outboxes, rooms, fates, ids that die, the node's stop.
#include "netchannel/connection/connections.hpp"

#include <gtest/gtest.h>
#include <set>
#include <string>
#include <string_view>

#include "netchannel/connection/test_port.hpp"
#include "world/testing/allocations.hpp"

namespace meridian {
namespace {

Bytes bytes_of(std::string_view text) { return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}; }

struct Pair {
  TestPort port;
  HandMadeClient client{port, port.ticket()};
  SessionId session;

  Pair() {
    EXPECT_TRUE(client.reach_up());
    for (const SessionEvent& event : port.take_events()) {
      if (event.kind == SessionEvent::Kind::opened) session = event.session;
    }
  }
  // One tick of 50 ms: an outbox down, what it sends is taken, a packet up.
  std::vector<std::string> tick(const TickOutbox& outbox = {}) {
    std::vector<std::string> heard;
    port.pass_ms(50);
    for (const Packet& packet : port.tick(outbox)) {
      EXPECT_TRUE(client.take(packet));
      for (const Delivered& message : client.messages) heard.emplace_back(message.bytes.begin(), message.bytes.end());
    }
    client.send_packet();
    return heard;
  }
};

TEST(Connections, Carry_a_ticks_messages_and_snapshot_to_the_client) {
  Pair pair;
  TickOutbox outbox;
  outbox.messages.push_back({pair.session, Lane::system, bytes_of("welcome")});
  outbox.messages.push_back({pair.session, Lane::event, bytes_of("a block")});
  outbox.snapshots.push_back({pair.session, 41, bytes_of("the view")});
  const auto heard = pair.tick(outbox);
  EXPECT_EQ(std::set<std::string>(heard.begin(), heard.end()), (std::set<std::string>{"welcome", "a block", "the view"}));
  bool told = false;
  for (const SessionEvent& event : pair.port.take_events()) {
    if (event.kind != SessionEvent::Kind::snapshot) continue;
    told = true;
    EXPECT_EQ(event.snapshot, 41u);
    EXPECT_TRUE(event.acked);
    EXPECT_EQ(event.session, pair.session);
  }
  EXPECT_TRUE(told);
}

TEST(Connections, Give_the_room_of_each_session_that_is_up) {
  Pair pair;
  pair.tick();
  auto rooms = pair.port.connections().rooms();
  ASSERT_EQ(rooms.size(), 1u);
  EXPECT_EQ(rooms[0].session, pair.session);
  EXPECT_GT(rooms[0].snapshot_bytes, 1'000);
  EXPECT_LE(rooms[0].snapshot_bytes, 1'100);
  EXPECT_EQ(rooms[0].bulk_free_bytes, 64u * 1024u);
  EXPECT_EQ(rooms[0].event_unacked, 0);
  TickOutbox outbox;
  const std::string chunk(5'000, 'c');
  outbox.messages.push_back({pair.session, Lane::event, bytes_of("a block")});
  outbox.messages.push_back({pair.session, Lane::chunk, bytes_of(chunk)});
  pair.port.tick(outbox);
  rooms = pair.port.connections().rooms();
  EXPECT_EQ(rooms[0].event_unacked, 1);
  EXPECT_EQ(rooms[0].chunk_unacked, 1);
  EXPECT_LE(rooms[0].bulk_free_bytes, 64u * 1024u - 5'000u);
}

TEST(Connections, Go_on_with_chunks_between_ticks_until_they_are_acked) {
  Pair pair;
  pair.tick();
  TickOutbox outbox;
  const std::string chunk(20'000, 'c');
  outbox.messages.push_back({pair.session, Lane::chunk, bytes_of(chunk)});
  const std::size_t at_the_tick = pair.port.tick(outbox).size();
  std::size_t between = 0;
  for (int step = 0; step < 4; ++step) {
    pair.port.pass_ms(10);
    between += pair.port.idle().size();
  }
  EXPECT_GT(at_the_tick, 1u);
  EXPECT_GT(between, 0u) << "pacing does not let all of it go at once";
  EXPECT_GE((at_the_tick + between) * kMaxDatagramBytes, chunk.size());
}

TEST(Connections, Wait_for_the_tick_where_nothing_is_unacked_but_a_snapshot) {
  Pair pair;
  pair.tick();
  TickOutbox outbox;
  outbox.snapshots.push_back({pair.session, 1, bytes_of("the view")});
  EXPECT_EQ(pair.port.tick(outbox).size(), 1u);
  pair.client.send_packet();  // to be acked, with the next tick's packet
  for (int step = 0; step < 4; ++step) {
    pair.port.pass_ms(10);
    EXPECT_TRUE(pair.port.idle().empty());
  }
  pair.port.pass_ms(10);
  EXPECT_EQ(pair.port.tick({}).size(), 1u);
}

TEST(Connections, Keep_sessions_alive_when_no_tick_comes) {
  Pair pair;
  pair.tick();
  std::size_t packets = 0;
  for (int step = 0; step < 900; ++step) {
    pair.port.pass_ms(10);
    packets += pair.port.idle().size();
  }
  EXPECT_GE(packets, 1u) << "keepalive each 5 s";
  EXPECT_EQ(pair.port.counters().up, 1u);
  for (int step = 0; step < 200; ++step) {
    pair.port.pass_ms(10);
    pair.port.idle();
  }
  EXPECT_EQ(pair.port.counters().up, 0u) << "10 s of silence";
}

TEST(Connections, An_id_is_dead_after_closed_and_never_given_again) {
  TestPort port(1);
  std::set<std::uint32_t> seen;
  for (std::uint64_t epoch = 1; epoch <= 300; ++epoch) {
    HandMadeClient client(port, port.ticket({.epoch = epoch}), address(1, 4000, 127));
    ASSERT_TRUE(client.reach_up()) << epoch;
    SessionId session;
    for (const SessionEvent& event : port.take_events()) {
      if (event.kind == SessionEvent::Kind::opened) session = event.session;
    }
    EXPECT_TRUE(seen.insert(session.bits).second);
    TickOutbox outbox;
    outbox.closings.push_back({session, Reason::internal});
    port.tick(outbox);
    outbox.messages.push_back({session, Lane::system, bytes_of("to nobody")});
    outbox.snapshots.push_back({session, 1, bytes_of("to nobody")});
    port.tick(outbox);
    port.pass_ms(3'001);
    port.idle();
    ASSERT_TRUE(port.connections().empty());
    EXPECT_TRUE(port.tick(outbox).empty());
    EXPECT_EQ(port.take_events().size(), 1u);
  }
}

TEST(Connections, Who_does_not_take_what_is_sent_is_closed_as_a_slow_reader) {
  Pair pair;
  TickOutbox outbox;
  for (int i = 0; i < 40; ++i) outbox.messages.push_back({pair.session, Lane::system, bytes_of("never acked")});
  pair.port.tick(outbox);
  const auto events = pair.port.take_events();
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].kind, SessionEvent::Kind::closed);
  EXPECT_EQ(events[0].reason, Reason::slow_reader);
  EXPECT_EQ(pair.port.counters().closed[static_cast<unsigned>(Reason::slow_reader)], 1u);
}

TEST(Connections, Stopping_tells_everybody_and_ends_empty) {
  TestPort port;
  HandMadeClient up(port, port.ticket({.character = 1}), address(1)), half(port, port.ticket({.character = 2}), address(2));
  ASSERT_TRUE(up.reach_up());
  ASSERT_TRUE(half.reach_half());
  port.take_events();
  port.connections().shut_down(port.now);
  EXPECT_EQ(port.counters().half, 0u);
  const auto events = port.take_events();
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].reason, Reason::shutdown);
  const auto sent = port.idle();
  ASSERT_EQ(sent.size(), 1u);
  ASSERT_TRUE(up.take(sent[0]));
  EXPECT_EQ(up.channel->ended(), Reason::shutdown);
  EXPECT_FALSE(port.connections().empty());
  port.pass_ms(3'000);
  port.idle();
  EXPECT_TRUE(port.connections().empty());
}

TEST(Connections, Take_and_send_packets_without_allocating_once_they_run_evenly) {
  TestPort port;
  std::vector<HandMadeClient> clients;
  TickOutbox outbox;
  for (std::uint8_t i = 1; i <= 20; ++i) {
    clients.emplace_back(port, port.ticket({.character = i}), address(i));
    ASSERT_TRUE(clients.back().reach_up());
    outbox.snapshots.push_back({SessionId{clients.back().cid}, 1, bytes_of("a view of the world")});
    outbox.messages.push_back({SessionId{clients.back().cid}, Lane::event, bytes_of("a block")});
  }
  std::size_t allocated = 0, packets = 0;
  for (int tick = 0; tick < 200; ++tick) {
    port.pass_ms(50);
    std::vector<Packet> bytes;
    std::vector<Datagram> arrived;
    for (HandMadeClient& client : clients) bytes.push_back(client.packet());
    for (std::size_t i = 0; i < clients.size(); ++i) arrived.push_back({clients[i].at, bytes[i]});
    arrived.push_back({address(99), bytes[0]});  // and a stranger's

    const std::size_t before = allocations_so_far();
    (void)port.connections().step(port.now, arrived);
    (void)port.connections().rooms();
    port.connections().clear_events();
    const DatagramBatch& sent = port.connections().send(port.now, outbox);
    if (tick >= 100) allocated += allocations_so_far() - before;

    for (std::size_t i = 0; i < sent.size(); ++i) {
      for (HandMadeClient& client : clients) {
        if (client.at != sent.to(i)) continue;
        EXPECT_TRUE(client.take(Packet(sent.bytes(i).begin(), sent.bytes(i).end())));
        ++packets;
      }
    }
  }
  EXPECT_EQ(allocated, 0u);
  EXPECT_GE(packets, 4'000u);
  EXPECT_EQ(port.counters().up, 20u);
}

TEST(Connections, A_handshake_byte_that_only_goes_down_is_refused_and_counted) {
  TestPort port;
  std::uint64_t refused = 0;
  for (const int first : {0x80, 0x82, 0x84, 0x85, 0x86, 0x87, 0xFF}) {
    Packet packet(128, 0);
    packet[0] = static_cast<std::uint8_t>(first);
    EXPECT_TRUE(port.give(address(1), packet).empty());
    EXPECT_EQ(port.counters().rejected_malformed, ++refused) << first;
  }
}

TEST(Connections, The_same_seed_and_the_same_datagrams_give_the_same_bytes) {
  const auto run = [] {
    TestPort port(100, 42);
    HandMadeClient client(port, port.ticket());
    EXPECT_TRUE(client.reach_up());
    std::vector<Packet> all{client.sent_connect};
    for (int i = 0; i < 20; ++i) {
      port.pass_ms(50);
      for (Packet& packet : port.tick()) all.push_back(std::move(packet));
      client.send_packet();
    }
    return all;
  };
  const auto first = run();
  EXPECT_EQ(first, run());
  EXPECT_GT(first.size(), 10u);
}

}  // namespace
}  // namespace meridian
