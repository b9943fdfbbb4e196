// Sealed packets of players with a client of their own (`netcode.md` 11): each keeps to the rules of a packet and tries to take more than
// his share of the node.
#include <gtest/gtest.h>

#include "netchannel/connection/test_port.hpp"
#include "netchannel/reliability/fragments.hpp"

namespace meridian {
namespace {

// `count` empty messages of lane 2 from `first` on, 2 B each but for the first.
Packet empty_actions(std::uint16_t first, std::size_t count) {
  Packet frames = {0x22, static_cast<std::uint8_t>(first), static_cast<std::uint8_t>(first >> 8), 0};
  for (std::size_t i = 1; i < count; ++i) frames.insert(frames.end(), {0x20, 0});
  return frames;
}

TEST(Session_flood, Who_fills_the_queue_with_empty_messages_is_closed_and_nobody_else_loses_a_word) {
  TestPort port;
  std::vector<HandMadeClient> hostile;
  for (std::uint8_t i = 0; i < 3; ++i) {
    hostile.emplace_back(port, port.ticket({.character = 10u + i}), address(static_cast<std::uint8_t>(10 + i)));
    ASSERT_TRUE(hostile.back().reach_up());
  }
  HandMadeClient honest(port, port.ticket(), address(1));
  ASSERT_TRUE(honest.reach_up());
  port.take_events();

  constexpr std::size_t kEach = 64;
  for (std::uint16_t burst = 0; burst < 100; ++burst) {  // 6,400 messages in 15 kB: within what one may send at once
    for (HandMadeClient& client : hostile) {
      port.give(client.at, client.sealed_packet(2u + burst, empty_actions(static_cast<std::uint16_t>(burst * kEach), kEach)));
    }
    if (burst % 25 != 0) continue;
    ASSERT_TRUE(honest.channel->queue(Lane::action, Packet{1, 2, 3}));
    honest.send_packet();
  }
  std::size_t inputs = 0, actions = 0, floods = 0;
  for (const SessionEvent& event : port.take_events()) {
    const bool own = event.session.bits == honest.cid;
    if (event.kind == SessionEvent::Kind::closed) {
      EXPECT_FALSE(own);
      EXPECT_EQ(event.reason, Reason::flood);
      ++floods;
    } else if (own) {
      ++(event.lane == Lane::input ? inputs : actions);
    }
  }
  EXPECT_EQ(floods, 3u);
  EXPECT_EQ(inputs, 4u);
  EXPECT_EQ(actions, 4u);
  EXPECT_EQ(port.counters().up, 1u);
  EXPECT_EQ(port.counters().inputs_dropped, 0u);
}

// The first fragment of four, with place for all of them: 4,640 B held.
Packet first_fragment(std::uint16_t id) {
  Packet frame = {0x2E, static_cast<std::uint8_t>(id), static_cast<std::uint8_t>(id >> 8), 0, 4};
  frame.resize(frame.size() + kFragmentBytes);
  return frame;
}
constexpr std::size_t kHeldEach = 4 * kFragmentBytes;

TEST(Session_flood, What_all_hold_for_reassembly_is_bounded_and_who_goes_past_it_is_closed) {
  TestPort port;
  port.settings().max_reassembly_bytes = 3 * kHeldEach;
  port.restart();
  std::vector<HandMadeClient> clients;
  const auto join = [&](std::uint8_t i) {
    clients.emplace_back(port, port.ticket({.character = i}), address(i));
    ASSERT_TRUE(clients.back().reach_up());
    port.give(clients.back().at, clients.back().sealed_packet(2, first_fragment(0)));
  };
  for (std::uint8_t i = 1; i <= 3; ++i) join(i);
  EXPECT_EQ(port.counters().up, 3u);
  EXPECT_EQ(port.counters().reassembly_bytes, 3 * kHeldEach);
  join(4);
  EXPECT_EQ(port.counters().up, 3u);
  EXPECT_EQ(port.counters().closed[static_cast<unsigned>(Reason::reassembly)], 1u);
  clients[0].send_packet();
  EXPECT_EQ(port.counters().up, 3u) << "who holds no more than before is let alone";

  // What it held is given back with its place, and not before.
  port.give(clients[3].at, clients[3].sealed_packet(3, first_fragment(1)));
  EXPECT_EQ(port.counters().reassembly_bytes, 4 * kHeldEach) << "who closes takes nothing more";
  port.pass_ms(3'000);
  for (HandMadeClient& client : clients) client.send_packet();
  port.idle();
  EXPECT_EQ(port.counters().reassembly_bytes, 3 * kHeldEach);
}

TEST(Session_flood, A_thousand_clients_that_never_finish_a_fragment_leave_the_memory_flat) {
  constexpr std::uint32_t kClients = 1'000;
  TestPort port(kClients);
  for (std::uint64_t wave = 0; wave < 2; ++wave) {
    std::vector<HandMadeClient> clients;
    for (std::uint32_t i = 0; i < kClients; ++i) {
      clients.emplace_back(port, port.ticket({.character = wave * kClients + i + 1}),
                           address(1, static_cast<std::uint16_t>(2'000 + i), 127));
      ASSERT_TRUE(clients.back().reach_up());
    }
    // Three of them fit in the 16 kB of a session.
    const auto send_one_more = [&](std::uint16_t id) {
      for (HandMadeClient& client : clients) port.give(client.at, client.sealed_packet(2u + id, first_fragment(id)));
    };
    for (std::uint16_t id = 0; id < 3; ++id) send_one_more(id);
    EXPECT_EQ(port.counters().up, kClients);
    EXPECT_EQ(port.counters().reassembly_bytes, 3 * kClients * kHeldEach);
    if (wave == 0) {
      send_one_more(3);
    } else {  // they go on speaking, for ten seconds
      port.pass_ms(5'000);
      for (HandMadeClient& client : clients) port.give(client.at, client.sealed_packet(5, {}));
      port.pass_ms(5'000);
      port.idle();
    }
    EXPECT_EQ(port.counters().up, 0u);
    EXPECT_EQ(port.counters().reassembly_bytes, 3 * kClients * kHeldEach);
    port.pass_ms(3'000);
    port.idle();
    EXPECT_TRUE(port.connections().empty());
    EXPECT_EQ(port.counters().reassembly_bytes, 0u);
    port.take_events();
  }
  EXPECT_EQ(port.counters().closed[static_cast<unsigned>(Reason::reassembly)], 2 * kClients);
}

TEST(Session_flood, Who_acks_nothing_and_goes_on_speaking_is_closed_as_a_slow_reader_and_told) {
  TestPort port;
  HandMadeClient client(port, port.ticket());
  ASSERT_TRUE(client.reach_up());
  const Packet input = {0x08, 1, 2};
  const Packet snapshot(50, 7);
  TickOutbox outbox;
  outbox.snapshots.push_back({SessionId{client.cid}, 1, snapshot});
  std::uint64_t ticks = 0, sent = 0;
  Reason closed = Reason::none;
  for (; ticks < 20 * 60 && closed == Reason::none; ++ticks) {
    port.pass_ms(50);
    port.give(client.at, client.sealed_packet(2 + ticks, input));
    sent += port.tick(outbox).size();
    for (const SessionEvent& event : port.take_events())
      if (event.kind == SessionEvent::Kind::closed) closed = event.reason;
  }
  EXPECT_EQ(closed, Reason::slow_reader);
  EXPECT_GE(ticks, 512u + 199) << "not before ten seconds have passed so";
  EXPECT_LE(ticks, 512u + 205);
  for (int ms = 0; ms < 300; ms += 10) {
    sent += port.idle().size();
    port.pass_ms(10);
  }
  EXPECT_EQ(sent, 512u + 3) << "as many packets, and CLOSE three times";
}

}  // namespace
}  // namespace meridian
