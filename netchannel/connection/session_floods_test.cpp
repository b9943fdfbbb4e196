// Sealed packets of players with a client of their own (`netcode.md` 11): each keeps to the rules of a packet and tries to take more than
// his share of the node.
#include <gtest/gtest.h>

#include "netchannel/connection/test_port.hpp"

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

}  // namespace
}  // namespace meridian
