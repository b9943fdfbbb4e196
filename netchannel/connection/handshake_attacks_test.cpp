// The rows of `netcode.md` 11 and 13 that concern the handshake: what each stranger can send, and that it gets him nothing.
#include <gtest/gtest.h>

#include "netchannel/connection/test_port.hpp"

namespace meridian {
namespace {

TEST(Handshake_attack, No_flipped_bit_of_a_golden_connect_gives_a_session) {
  TestPort port;
  HandMadeClient client(port, port.ticket(), address(1, 4000, 127));
  ASSERT_TRUE(client.probe());
  const Packet golden = client.connect();
  for (std::size_t bit = 0; bit < golden.size() * 8; ++bit) {
    Packet forged = golden;
    forged[bit / 8] = static_cast<std::uint8_t>(forged[bit / 8] ^ (1u << (bit % 8)));
    for (const Packet& answer : port.give(client.at, forged)) EXPECT_FALSE(read_welcome(answer)) << "bit " << bit;
    ASSERT_TRUE(port.connections().empty()) << "bit " << bit;
  }
  EXPECT_EQ(port.counters().used_tokens, 0u);
  EXPECT_TRUE(client.open(golden, port.give(client.at, golden).at(0))) << "the golden one still does";
}

TEST(Handshake_attack, No_cut_or_lengthened_connect_gives_a_session) {
  TestPort port;
  HandMadeClient client(port, port.ticket(), address(1, 4000, 127));
  ASSERT_TRUE(client.probe());
  const Packet golden = client.connect();
  for (std::size_t size = 1; size <= 1'500; ++size) {
    if (size == golden.size()) continue;
    Packet cut = golden;
    cut.resize(size);
    EXPECT_TRUE(port.give(client.at, cut).empty()) << size;
  }
  EXPECT_TRUE(port.give(client.at, {}).empty());
  EXPECT_TRUE(port.connections().empty());
}

TEST(Handshake_attack, A_replayed_connect_never_makes_a_second_session) {
  TestPort port;
  HandMadeClient client(port, port.ticket());
  ASSERT_TRUE(client.reach_up());
  struct Row {
    std::int64_t after_ms;
    Address from;
    HandshakeType answer;
  };
  const Row rows[] = {
      {0, address(1), HandshakeType::welcome},      // the stored bytes, worth nothing without the client's own key
      {100, address(2), HandshakeType::challenge},  // from elsewhere the cookie is no good
      {4'000, address(1), HandshakeType::welcome},    {2'000, address(1), HandshakeType::refuse},  // used
      {20'000, address(1), HandshakeType::challenge},                                              // nor is an old cookie
  };
  for (const Row& row : rows) {
    port.pass_ms(row.after_ms);
    client.send_packet();
    const auto answer = port.give(row.from, client.sent_connect);
    ASSERT_FALSE(answer.empty());
    EXPECT_EQ(handshake_type(answer[0]), row.answer) << row.after_ms;
    EXPECT_EQ(port.counters().up + port.counters().half, 1u);
  }
  EXPECT_EQ(port.counters().welcome, 1u);
}

TEST(Handshake_attack, Who_sniffs_the_token_and_races_its_owner_loses) {
  TestPort port;
  const Ticket ticket = port.ticket();
  Ticket sniffed = ticket;
  port.chance().fill(sniffed.secret.bytes);
  HandMadeClient thief(port, sniffed, address(66));
  HandMadeClient owner(port, ticket);
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(thief.probe());
    EXPECT_EQ(refusal(port.give(thief.at, thief.connect())).reason, Reason::bad_token);
  }
  EXPECT_TRUE(owner.reach_up());
  ASSERT_TRUE(thief.probe());
  EXPECT_EQ(refusal(port.give(thief.at, thief.connect())).reason, Reason::bad_token) << "nor does he learn that it is used";
}

TEST(Handshake_attack, The_same_token_twice_has_fresh_keys_each_time) {
  TestPort port;
  const Ticket ticket = port.ticket();
  HandMadeClient first(port, ticket);
  ASSERT_TRUE(first.reach_half());
  const Packet sealed_first = first.packet();
  HandMadeClient second(port, ticket, address(1, 4001));
  ASSERT_TRUE(second.reach_half());  // in its place: the same secret, another DH
  const Packet sealed_second = second.packet();
  ASSERT_EQ(sealed_first.size(), sealed_second.size());
  EXPECT_NE(sealed_first, sealed_second);
  EXPECT_TRUE(port.give(second.at, sealed_first).empty());
  EXPECT_EQ(port.counters().rejected_tag, 1u);
}

TEST(Handshake_attack, Spoofed_hellos_and_connects_leave_no_state_behind) {
  TestPort port;
  HandMadeClient client(port, port.ticket());
  Packet connect = client.connect();  // no cookie
  for (int i = 0; i < 10'000; ++i) {
    const Address from = address(static_cast<std::uint8_t>(i), static_cast<std::uint16_t>(i));
    const auto answer = port.give(from, i % 2 == 0 ? client.hello() : connect);
    ASSERT_EQ(answer.size(), 1u);
    ASSERT_EQ(handshake_type(answer[0]), HandshakeType::challenge);
  }
  EXPECT_TRUE(port.connections().empty());
  EXPECT_EQ(port.counters().used_tokens, 0u);
  EXPECT_TRUE(client.reach_up());
}

TEST(Handshake_attack, No_answer_is_larger_than_what_it_answers) {
  TestPort port;
  SeededChance chance(9);
  HandMadeClient client(port, port.ticket(), address(1, 4000, 127));
  ASSERT_TRUE(client.probe());
  const Packet good = client.connect();
  std::size_t answers = 0;
  for (int i = 0; i < 20'000; ++i) {
    Packet bytes = chance.below(2) == 0 ? good : client.hello();
    if (chance.below(3) == 0) bytes.resize(chance.below(1'300));
    for (std::uint64_t flips = chance.below(4); flips > 0 && !bytes.empty(); --flips)
      bytes[chance.below(bytes.size())] = static_cast<std::uint8_t>(chance.next_u64());
    if (!bytes.empty() && chance.below(3) == 0) bytes[0] = static_cast<std::uint8_t>(chance.next_u64());
    std::size_t out = 0;
    for (const Packet& answer : port.give(address(static_cast<std::uint8_t>(i), static_cast<std::uint16_t>(i), 127), bytes)) {
      out += answer.size();
      ++answers;
    }
    ASSERT_LE(out, bytes.size());
  }
  EXPECT_GT(answers, 1'000u);
}

TEST(Handshake_attack, Half_open_sessions_send_nothing_by_themselves) {
  TestPort port;
  HandMadeClient client(port, port.ticket());
  ASSERT_TRUE(client.reach_half());
  for (int i = 0; i < 600; ++i) {
    port.pass_ms(10);
    EXPECT_TRUE(port.idle().empty());
    EXPECT_TRUE(port.tick().empty());
  }
}

TEST(Handshake_attack, A_packet_from_a_new_address_is_dropped_and_counted) {
  TestPort port;
  HandMadeClient client(port, port.ticket());
  ASSERT_TRUE(client.reach_up());
  port.take_events();
  const Packet packet = client.packet();
  EXPECT_TRUE(port.give(address(1, 4001), packet).empty());
  EXPECT_TRUE(port.give(address(2), packet).empty());
  EXPECT_EQ(port.counters().rejected_address, 2u);
  EXPECT_TRUE(port.take_events().empty());
  port.give(client.at, packet);  // and it was not used up by that
  EXPECT_EQ(port.take_events().size(), 1u);
}

TEST(Handshake_attack, A_replayed_packet_is_dropped_and_counted) {
  TestPort port;
  HandMadeClient client(port, port.ticket());
  ASSERT_TRUE(client.reach_up());
  const Packet packet = client.packet();
  port.give(client.at, packet);
  port.take_events();
  port.give(client.at, packet);
  EXPECT_EQ(port.counters().rejected_replay, 1u);
  EXPECT_TRUE(port.take_events().empty());
}

TEST(Handshake_attack, Forged_packets_spend_nothing_of_a_sessions_allowance) {
  TestPort port;
  HandMadeClient client(port, port.ticket());
  ASSERT_TRUE(client.reach_up());
  Packet forged = client.packet();
  forged.back() ^= 1;
  for (int i = 0; i < 2'000; ++i) port.give(client.at, forged);
  port.take_events();
  client.send_packet();
  EXPECT_EQ(port.take_events().size(), 1u);
  EXPECT_EQ(port.counters().rejected_tag, 2'000u);
  EXPECT_EQ(port.counters().rejected_rate, 0u);
}

TEST(Handshake_attack, Ten_seconds_of_flood_close_the_session) {
  TestPort port;
  HandMadeClient client(port, port.ticket());
  ASSERT_TRUE(client.reach_up());
  std::int64_t closed_after_ms = -1;
  for (int ms = 0; ms < 20'000 && closed_after_ms < 0; ms += 5) {  // 200 a second, where 60 are allowed
    port.pass_ms(5);
    for (const Packet& answer : client.send_packet()) (void)client.take(answer);
    for (const SessionEvent& event : port.take_events()) {
      if (event.kind != SessionEvent::Kind::closed) continue;
      EXPECT_EQ(event.reason, Reason::flood);
      closed_after_ms = ms;
    }
    if (ms % 50 == 0) {
      for (const Packet& answer : port.tick()) (void)client.take(answer);
    }
  }
  EXPECT_GE(closed_after_ms, 9'000);
  EXPECT_LE(closed_after_ms, 12'000);
  EXPECT_GT(port.counters().rejected_rate, 1'000u);
}

}  // namespace
}  // namespace meridian
