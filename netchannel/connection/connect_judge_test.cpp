// Each way in which a CONNECT is refused, in the order of the judging, and what the refusal proves.
#include <functional>
#include <gtest/gtest.h>

#include "netchannel/connection/test_port.hpp"

namespace meridian {
namespace {

struct Row {
  const char* what;
  TokenWish token;
  std::function<void(HandMadeClient&)> wish;
  std::function<void(TestPort&)> port;
  Reason reason;
  bool proven;
};

const std::vector<Row> kRows = {
    {"a good one", {}, {}, {}, Reason::none, false},
    {"wire 0 only", {}, [](auto& c) { c.wish.wire_min = c.wish.wire_max = 0; }, {}, Reason::version, false},
    {"wire from 2", {}, [](auto& c) { c.wish.wire_min = 2, c.wish.wire_max = 9; }, {}, Reason::version, false},
    {"wire 0 to 9", {}, [](auto& c) { c.wish.wire_min = 0, c.wish.wire_max = 9; }, {}, Reason::none, false},
    {"no suite", {}, [](auto& c) { c.wish.suites = 0; }, {}, Reason::suite, false},
    {"only suites that we do not offer", {}, [](auto& c) { c.wish.suites = 0xFE; }, {}, Reason::suite, false},
    {"unknown suites beside ours", {}, [](auto& c) { c.wish.suites = 0xF9; }, {}, Reason::none, false},
    {"unknown features", {}, [](auto& c) { c.wish.features = ~0ull; }, {}, Reason::none, false},
    {"a token that does not open", {.with_wrong_key = true}, {}, {}, Reason::bad_token, false},
    {"a kind of token that comes later", {.kind = 1}, {}, {}, Reason::bad_token, true},
    {"a token of another incarnation", {.incarnation = 2}, {}, {}, Reason::stale, true},
    {"a token of this incarnation", {.incarnation = 3}, {}, {}, Reason::none, false},
    {"a token of another node", {.node = {6}}, {}, {}, Reason::stale, true},
    {"expired this millisecond", {.lives_ms = 0}, {}, {}, Reason::expired, true},
    {"a millisecond left", {.lives_ms = 1}, {}, {}, Reason::none, false},
    {"issued 2,001 ms before boot", {.issued_ms_ago = 62'001}, {}, {}, Reason::stale, true},
    {"issued 2,000 ms before boot", {.issued_ms_ago = 62'000}, {}, {}, Reason::none, false},
    {"a node that stops", {}, {}, [](TestPort& p) { p.connections().shut_down(p.now); }, Reason::draining, true},
    {"expired and for another incarnation: stale first", {.incarnation = 2, .lives_ms = 0}, {}, {}, Reason::stale, true},
    {"expired and issued before boot: expired first", {.lives_ms = 0, .issued_ms_ago = 90'000}, {}, {}, Reason::expired, true},
    {"wrong wire and wrong token: the wire first",
     {.with_wrong_key = true},
     [](auto& c) { c.wish.wire_min = c.wish.wire_max = 0; },
     {},
     Reason::version,
     false},
};

TEST(Connect_judge, Refuses_each_with_its_reason_and_proves_it_where_the_mac_held) {
  for (const Row& row : kRows) {
    TestPort port;
    HandMadeClient client(port, port.ticket(row.token));
    if (row.wish) row.wish(client);
    if (row.port) row.port(port);
    ASSERT_TRUE(client.probe()) << row.what;
    const auto answer = port.give(client.at, client.sent_connect = client.connect());
    ASSERT_EQ(answer.size(), 1u) << row.what;
    EXPECT_EQ(refusal(answer).reason, row.reason) << row.what;
    EXPECT_EQ(port.counters().half, row.reason == Reason::none ? 1u : 0u) << row.what;
    EXPECT_EQ(port.counters().used_tokens, row.reason == Reason::none ? 1u : 0u) << row.what;
    if (row.reason == Reason::none) continue;
    const Refuse refuse = refusal(answer);
    EXPECT_EQ(refuse.client_random, client.random) << row.what;
    EXPECT_EQ(refuse.wire_min, 1) << row.what;
    EXPECT_EQ(refuse.wire_max, 1) << row.what;
    EXPECT_EQ(refuse.mac, row.proven ? client.mac_of(answer[0]) : Mac{}) << row.what;
    EXPECT_EQ(port.counters().refused[static_cast<unsigned>(row.reason)], 1u) << row.what;
  }
}

TEST(Connect_judge, A_wrong_mac_is_refused_unproven_and_leaves_the_token_unused) {
  TestPort port;
  const Ticket owners = port.ticket();
  Ticket stolen = owners;  // the sealed bytes without the secret beside them
  stolen.secret.bytes[7] ^= 1;
  HandMadeClient thief(port, stolen, address(66));
  ASSERT_TRUE(thief.probe());
  const auto answer = port.give(thief.at, thief.connect());
  EXPECT_EQ(refusal(answer).reason, Reason::bad_token);
  EXPECT_EQ(refusal(answer).mac, Mac{});
  EXPECT_EQ(port.counters().used_tokens, 0u);
  EXPECT_TRUE(HandMadeClient(port, owners).reach_up());
}

TEST(Connect_judge, A_cookie_is_good_for_sixteen_seconds_from_the_same_place_with_the_same_random) {
  struct Case {
    const char* what;
    std::int64_t after_ms;
    Address from;
    bool other_random, good;
  };
  const Case cases[] = {
      {"at once", 0, address(1), false, true},          {"after 16 s", 16'000, address(1), false, true},
      {"after 17 s", 17'000, address(1), false, false}, {"another port", 0, address(1, 4001), false, false},
      {"another address", 0, address(2), false, false}, {"another random", 0, address(1), true, false},
  };
  for (const Case& c : cases) {
    TestPort port;
    HandMadeClient client(port, port.ticket());
    ASSERT_TRUE(client.probe());
    if (c.other_random) client.renew();
    port.pass_ms(c.after_ms);
    const auto answer = port.give(c.from, client.sent_connect = client.connect());
    ASSERT_EQ(answer.size(), 1u) << c.what;
    EXPECT_EQ(client.open(client.sent_connect, answer[0]), c.good) << c.what;
    if (c.good) continue;
    const auto challenge = read_challenge(answer[0]);
    ASSERT_TRUE(challenge) << c.what;
    EXPECT_EQ(challenge->echo_us, 0u) << c.what;
    client.cookie = *challenge;  // and its cookie is good there
    EXPECT_TRUE(client.open(client.connect(), port.give(c.from, client.connect()).at(0))) << c.what;
  }
}

TEST(Connect_judge, Challenge_says_who_the_node_is_and_how_it_is) {
  TestPort port(10);
  HandMadeClient client(port, port.ticket());
  auto challenge = client.probe();
  ASSERT_TRUE(challenge);
  EXPECT_EQ(challenge->wire, 1);
  EXPECT_EQ(challenge->flags, 0);
  EXPECT_EQ(challenge->load_percent, 0);
  EXPECT_EQ(challenge->client_random, client.random);
  EXPECT_EQ(challenge->echo_us, 77u);
  EXPECT_EQ(challenge->incarnation, 3u);
  EXPECT_EQ(challenge->node, NodeId{5});
  EXPECT_EQ(challenge->wall_ms, static_cast<std::uint64_t>(port.now.wall_ms));
  for (std::uint8_t i = 0; i < 10; ++i) {
    EXPECT_TRUE(HandMadeClient(port, port.ticket({.character = 100u + i}), address(static_cast<std::uint8_t>(10 + i))).reach_up());
  }
  challenge = client.probe();
  EXPECT_EQ(challenge->flags, Challenge::kFull);
  EXPECT_EQ(challenge->load_percent, 100);
  port.connections().shut_down(port.now);
  port.pass_ms(3'000);
  port.idle();
  challenge = client.probe();
  ASSERT_TRUE(challenge);
  EXPECT_EQ(challenge->flags, Challenge::kDraining);
  Packet hello(kHelloBytes);
  write_hello({.wire_min = 0, .wire_max = 0, .client_random = 1, .echo_us = 1}, hello);
  EXPECT_EQ(read_challenge(port.give(address(1), hello).at(0))->wire, 0);
}

TEST(Connect_judge, The_start_is_told_from_a_token_by_the_wall_clock_as_it_is_now) {
  for (const std::int64_t step_ms : {-3'600'000, 3'600'000}) {  // since the start, which was 60 s ago
    TestPort port;
    port.now.wall_ms += step_ms;
    const auto answer_to = [&](const TokenWish& wish) {
      HandMadeClient client(port, port.ticket(wish));
      EXPECT_TRUE(client.probe());
      return refusal(port.give(client.at, client.connect())).reason;
    };
    EXPECT_EQ(answer_to({.character = 1}), Reason::none) << step_ms;
    EXPECT_EQ(answer_to({.character = 2, .issued_ms_ago = 62'000}), Reason::none) << step_ms;
    EXPECT_EQ(answer_to({.character = 3, .issued_ms_ago = 62'001}), Reason::stale) << step_ms;
  }
}

TEST(Connect_judge, A_login_fences_the_tokens_before_it_also_after_it_has_left) {
  TestPort port;
  HandMadeClient early(port, port.ticket({.epoch = 1}), address(1)), waiting(port, port.ticket({.epoch = 1}), address(2));
  HandMadeClient newest(port, port.ticket({.epoch = 2}), address(3)), equal(port, port.ticket({.epoch = 2}), address(4));
  ASSERT_TRUE(waiting.reach_half());
  ASSERT_TRUE(newest.reach_half());
  newest.send_packet();
  ASSERT_EQ(port.counters().up, 1u);
  ASSERT_EQ(port.counters().half, 0u) << "who waited under the older epoch is gone";
  newest.channel->close(Reason::bye, port.now);
  newest.send_packet();
  port.pass_ms(3'000);
  port.idle();
  ASSERT_TRUE(port.connections().empty());

  const auto answer_to = [&](HandMadeClient& client) {
    EXPECT_TRUE(client.probe());
    return refusal(port.give(client.at, client.connect())).reason;
  };
  EXPECT_EQ(answer_to(early), Reason::epoch);
  EXPECT_EQ(answer_to(waiting), Reason::epoch);
  EXPECT_EQ(answer_to(equal), Reason::used);
  HandMadeClient next(port, port.ticket({.epoch = 3}), address(5));
  EXPECT_TRUE(next.reach_up());

  // Forgotten when all those have expired: then a gate that lost count may begin anew.
  next.channel->close(Reason::bye, port.now);
  next.send_packet();
  for (int i = 0; i < 2 * 256 + 2; ++i) {
    port.pass_ms(i == 0 ? 30'000 : 10);
    port.idle();
  }
  HandMadeClient anew(port, port.ticket({.epoch = 1}), address(6));
  EXPECT_TRUE(anew.reach_up());
}

TEST(Connect_judge, A_full_node_refuses_but_for_the_next_login_of_who_is_in) {
  TestPort port(3);
  for (std::uint8_t i = 1; i <= 3; ++i) ASSERT_TRUE(HandMadeClient(port, port.ticket({.character = i}), address(i)).reach_up());
  HandMadeClient fourth(port, port.ticket({.character = 4}), address(4));
  ASSERT_TRUE(fourth.probe());
  const Refuse refuse = refusal(port.give(fourth.at, fourth.connect()));
  EXPECT_EQ(refuse.reason, Reason::full);
  EXPECT_EQ(refuse.retry_ms, 2'000u);
  EXPECT_EQ(port.counters().used_tokens, 3u);
  HandMadeClient again(port, port.ticket({.character = 2, .epoch = 2}), address(5));
  EXPECT_TRUE(again.reach_half());
  again.send_packet();
  EXPECT_EQ(port.counters().up, 3u);
}

TEST(Connect_judge, Sixty_four_half_open_sessions_or_a_tenth_of_the_places_and_not_one_more) {
  for (const std::uint16_t players : {200, 1000}) {
    TestPort port(players);
    const std::uint32_t bound = players == 200 ? 64 : 100;
    for (std::uint32_t i = 0; i < bound; ++i) {
      HandMadeClient client(port, port.ticket({.character = 100 + i}), address(1, static_cast<std::uint16_t>(5000 + i), 127));
      ASSERT_TRUE(client.reach_half()) << i;
    }
    const Ticket ticket = port.ticket({.character = 9});
    HandMadeClient next(port, ticket, address(2, 4000, 127));
    ASSERT_TRUE(next.probe());
    EXPECT_EQ(next.cookie.flags, Challenge::kBusy);
    EXPECT_EQ(refusal(port.give(next.at, next.connect())).reason, Reason::busy);
    EXPECT_EQ(port.counters().half, bound);
    EXPECT_EQ(port.counters().used_tokens, bound);
    port.pass_ms(5'000);
    port.idle();
    EXPECT_TRUE(next.reach_up());  // its token was not spent
  }
}

TEST(Connect_judge, A_network_connects_twenty_times_a_second_and_one_in_a_hundred_beyond_is_told) {
  TestPort port(1000);
  int welcomed = 0, told = 0;
  for (int i = 0; i < 220; ++i) {
    HandMadeClient client(port, port.ticket({.character = 100u + static_cast<unsigned>(i)}),
                          address(static_cast<std::uint8_t>(i), static_cast<std::uint16_t>(5000 + i)));
    ASSERT_TRUE(client.probe());
    const auto answer = port.give(client.at, client.connect());
    if (refusal(answer).reason == Reason::busy) ++told;
    if (answer.size() == 1 && answer[0].size() == kWelcomeBytes) ++welcomed;
  }
  EXPECT_EQ(welcomed, 20);
  EXPECT_EQ(told, 2);
  EXPECT_EQ(port.counters().rejected_rate, 200u);
  Address elsewhere = address(1);
  elsewhere.ip[14] = 9;  // 10.0.9.1
  EXPECT_TRUE(HandMadeClient(port, port.ticket({.character = 9}), elsewhere).reach_half());
  port.pass_ms(1'000);
  EXPECT_TRUE(HandMadeClient(port, port.ticket({.character = 10})).reach_half());
}

TEST(Connect_judge, Loopback_connects_as_often_as_it_likes) {
  TestPort port(1000);
  for (int i = 0; i < 60; ++i) {
    HandMadeClient client(port, port.ticket({.character = 100u + static_cast<unsigned>(i)}),
                          address(1, static_cast<std::uint16_t>(5000 + i), 127));
    EXPECT_TRUE(client.reach_half()) << i;
  }
}

TEST(Connect_judge, An_all_zero_shared_secret_is_refused_and_the_token_stays_unused) {
  TestPort port;
  HandMadeClient client(port, port.ticket());
  ASSERT_TRUE(client.probe());
  client.set_public_key({});  // the point of order 1
  EXPECT_EQ(refusal(port.give(client.at, client.connect())).reason, Reason::bad_token);
  EXPECT_EQ(port.counters().used_tokens, 0u);
  EXPECT_TRUE(port.connections().empty());
}

TEST(Connect_judge, Suite_2_is_taken_before_1_where_both_have_it) {
  TestPort port;
  port.settings().offer_aes = true;
  port.restart();
  HandMadeClient client(port, port.ticket());
  client.wish.suites = suite_bit(Suite::chacha20_poly1305) | suite_bit(Suite::aes256_gcm);
  ASSERT_TRUE(client.probe());
  const auto head = read_welcome(port.give(client.at, client.connect()).at(0));
  ASSERT_TRUE(head);
  EXPECT_EQ(head->suite, available(Suite::aes256_gcm) ? Suite::aes256_gcm : Suite::chacha20_poly1305);
}

TEST(Connect_judge, Welcome_tells_the_next_tick_and_when_it_is_due) {
  TestPort port;
  port.connections().set_tick(0x1'0000'0009, port.now.mono_us + 12'345);
  HandMadeClient client(port, port.ticket());
  ASSERT_TRUE(client.reach_half());
  EXPECT_EQ(client.session.tick, 9u);
  EXPECT_EQ(client.session.phase_us, 12'345u);
  EXPECT_EQ(client.session.incarnation, 3u);
  EXPECT_EQ(client.session.idle_ms, 10'000);
  EXPECT_EQ(client.session.keepalive_ms, 5'000);
  EXPECT_EQ(client.session.payload_max, 1'200);
  EXPECT_NE(client.session.session, 0u);
}

}  // namespace
}  // namespace meridian
