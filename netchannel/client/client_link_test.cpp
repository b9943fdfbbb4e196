// Tickets, sessions that begin and end, and why: the SDK against a scripted node that is away, restarted, or not ours.
#include <gtest/gtest.h>

#include "netchannel/client/client.hpp"
#include "netchannel/client/scripted_node.hpp"

namespace meridian {
namespace {

using scripted::kMap;
using scripted::kWall;
using scripted::Rig;

constexpr std::int64_t kSecond_us = 1'000'000;
const BlockPlace kHere{kMap, {12, 10}, Layer::active};

TEST(Client_link, Says_that_the_rules_differ_and_leaves) {
  Rig rig;
  rig.node->rules_hash = 12345;
  rig.client->connect(rig.now);
  rig.run_for(2 * kSecond_us);
  EXPECT_EQ(rig.count<Entered>(), 0u);
  EXPECT_EQ(rig.last<LinkChanged>().state, LinkState::closed);
  EXPECT_EQ(rig.last<LinkChanged>().reason, Reason::content);
  EXPECT_FALSE(rig.last<LinkChanged>().text.empty());
  EXPECT_EQ(rig.client->stats(rig.now).disconnects, 0u);
  EXPECT_EQ(rig.client->stats(rig.now).tickets, 1u) << "no use in asking again";
}

TEST(Client_link, Asks_for_a_ticket_once_a_second_until_it_gets_one_and_says_once_what_was_wrong) {
  Rig rig;
  int asked = 0;
  rig.ticket = [&]() -> std::expected<Ticket, Error> {
    if (++asked < 4) return std::unexpected(Error{"no ticket", "the gate is away", "It is asked again"});
    return rig.good_ticket();
  };
  rig.client->connect(rig.now);
  rig.run_for(900'000);
  EXPECT_EQ(asked, 1);
  rig.run_for(1'200'000);
  EXPECT_EQ(asked, 3);
  EXPECT_EQ(rig.count<NoticeShown>(), 1u);
  EXPECT_TRUE(rig.run_until<Entered>(4 * kSecond_us));
  EXPECT_EQ(asked, 4);
}

TEST(Client_link, Asks_again_when_the_ticket_was_expired_or_older_than_the_node_or_than_another_login) {
  struct Row {
    Reason reason;
    std::int64_t lives_ms, age_ms;
  };
  for (const Row& row : {Row{Reason::expired, -1000, 0}, Row{Reason::stale, 30'000, 10'000}, Row{Reason::epoch, 30'000, 1'000}}) {
    Rig rig;
    if (row.reason == Reason::epoch) {
      rig.client->connect(rig.now);
      ASSERT_TRUE(rig.run_until<Entered>(5 * kSecond_us));
      rig.restart_client();
    }
    int asked = 0;
    rig.ticket = [&] { return ++asked == 1 ? rig.good_ticket(row.lives_ms, row.age_ms) : rig.good_ticket(); };
    rig.client->connect(rig.now);
    EXPECT_TRUE(rig.run_until<Entered>(5 * kSecond_us)) << name(row.reason);
    EXPECT_EQ(asked, 2) << name(row.reason);
    EXPECT_EQ(rig.client->stats(rig.now).disconnects, 0u) << name(row.reason);
    bool told = false;
    for (const ClientEvent& event : rig.events) {
      const auto* link = std::get_if<LinkChanged>(&event);
      told = told || (link != nullptr && link->reason == row.reason && link->text == text(row.reason));
    }
    EXPECT_TRUE(told) << name(row.reason);
  }
}

TEST(Client_link, A_gate_whose_tickets_are_all_expired_is_shown_after_10_s_and_asked_again) {
  Rig rig;
  rig.ticket = [&] { return rig.good_ticket(-1000); };
  rig.client->connect(rig.now);
  rig.run_for(10'500'000);
  EXPECT_EQ(rig.last<LinkChanged>().state, LinkState::closed);
  EXPECT_EQ(rig.last<LinkChanged>().reason, Reason::expired);
  EXPECT_EQ(rig.last<LinkChanged>().text, text(Reason::expired));
  rig.run_for(kSecond_us);
  EXPECT_EQ(rig.last<LinkChanged>().state, LinkState::closed) << "long enough to read it";
  rig.ticket = [&] { return rig.good_ticket(); };
  EXPECT_TRUE(rig.run_until<Entered>(3 * kSecond_us));
}

TEST(Client_link, Comes_back_after_a_refusal_without_proof_which_a_damaged_packet_brings_too) {
  Rig rig;
  int asked = 0;
  rig.ticket = [&] {
    auto ticket = rig.good_ticket();
    if (++asked == 1) ticket->secret.bytes[0] ^= 1;
    return ticket;
  };
  rig.client->connect(rig.now);
  rig.run_for(11 * kSecond_us);
  EXPECT_EQ(rig.last<LinkChanged>().state, LinkState::closed);
  EXPECT_EQ(rig.last<LinkChanged>().reason, Reason::bad_token);
  EXPECT_TRUE(rig.run_until<Entered>(5 * kSecond_us));
  EXPECT_EQ(asked, 2);
}

TEST(Client_link, Comes_back_after_every_ending_that_may_pass_and_not_before_it_could_be_read) {
  for (const Reason reason : {Reason::slow_reader, Reason::reassembly, Reason::internal, Reason::timeout, Reason::draining}) {
    Rig rig;
    rig.client->connect(rig.now);
    ASSERT_TRUE(rig.run_until<Entered>(3 * kSecond_us));
    rig.node->end(reason);
    rig.run_for(kSecond_us);
    EXPECT_EQ(rig.last<LinkChanged>().state, LinkState::closed) << name(reason);
    EXPECT_EQ(rig.last<LinkChanged>().reason, reason) << name(reason);
    rig.events.clear();
    EXPECT_TRUE(rig.run_until<Entered>(4 * kSecond_us)) << name(reason);
    EXPECT_EQ(rig.client->stats(rig.now).tickets, 2u) << name(reason);
  }
}

TEST(Client_link, Comes_back_by_itself_after_the_node_was_restarted) {
  Rig rig;
  rig.input = [](Tick tick) { return Input{.heading = static_cast<std::uint8_t>(tick.value / 20 * 37), .gait = Gait::walk}; };
  rig.client->connect(rig.now);
  ASSERT_TRUE(rig.run_until<Entered>(3 * kSecond_us));
  ASSERT_TRUE(rig.client->place_block(rig.now, kHere, kWall));
  rig.run_for(kSecond_us);
  rig.node.reset();
  rig.run_for(2 * kSecond_us);
  rig.restart_node();
  rig.events.clear();
  EXPECT_TRUE(rig.run_until<Entered>(5 * kSecond_us));
  const ClientStats stats = rig.client->stats(rig.now);
  EXPECT_EQ(stats.disconnects, 1u);
  EXPECT_EQ(stats.tickets, 2u);
  EXPECT_EQ(rig.client->chunks().block(kMap, kHere.at, Layer::active), kAir) << "the new node knows nothing of it";
  rig.run_for(5 * kSecond_us);
  EXPECT_EQ(rig.client->stats(rig.now).corrections_without_cause, 0u);
  EXPECT_GT(rig.node->matched, 50u);
}

TEST(Client_link, Closing_is_no_disconnect_and_connecting_again_works) {
  Rig rig;
  rig.client->connect(rig.now);
  ASSERT_TRUE(rig.run_until<Entered>(3 * kSecond_us));
  rig.client->close(rig.now);
  rig.run_for(kSecond_us);
  EXPECT_EQ(rig.last<LinkChanged>().state, LinkState::closed);
  EXPECT_EQ(rig.client->self(rig.now), nullptr);
  EXPECT_EQ(rig.client->stats(rig.now).disconnects, 0u);
  rig.events.clear();
  rig.client->connect(rig.now);
  EXPECT_TRUE(rig.run_until<Entered>(3 * kSecond_us));
}

TEST(Client_link, A_node_that_stops_is_told_to_the_player) {
  Rig rig;
  rig.client->connect(rig.now);
  ASSERT_TRUE(rig.run_until<Entered>(3 * kSecond_us));
  rig.node->close(rig.now);
  rig.run_for(2 * kSecond_us);
  EXPECT_EQ(rig.last<LinkChanged>().state, LinkState::closed);
  EXPECT_EQ(rig.last<LinkChanged>().reason, Reason::shutdown);
  EXPECT_EQ(rig.client->stats(rig.now).disconnects, 1u);
}

TEST(Client_link, Tries_again_by_itself_where_the_reason_may_pass) {
  Rig rig;
  rig.client->connect(rig.now);
  ASSERT_TRUE(rig.run_until<Entered>(3 * kSecond_us));
  rig.node->close(rig.now);
  rig.run_for(kSecond_us);
  rig.node.reset();
  rig.run_for(40 * kSecond_us);  // away for longer than any handshake lasts
  std::vector<Reason> closed;
  for (const ClientEvent& event : rig.events) {
    if (const auto* link = std::get_if<LinkChanged>(&event); link != nullptr && link->state == LinkState::closed)
      closed.push_back(link->reason);
  }
  EXPECT_EQ(closed, (std::vector<Reason>{Reason::shutdown, Reason::unreachable, Reason::unreachable, Reason::unreachable}));
  rig.restart_node();
  rig.events.clear();
  EXPECT_TRUE(rig.run_until<Entered>(10 * kSecond_us));
  EXPECT_EQ(rig.client->stats(rig.now).disconnects, 1u);
  rig.client->close(rig.now);
  rig.run_for(10 * kSecond_us);
  EXPECT_EQ(rig.last<LinkChanged>().state, LinkState::closed) << "who left stays away";
}

TEST(Client_link, Does_not_fight_another_login_of_the_same_character) {
  Rig rig;
  rig.client->connect(rig.now);
  ASSERT_TRUE(rig.run_until<Entered>(3 * kSecond_us));
  rig.node->end(Reason::epoch);
  rig.run_for(20 * kSecond_us);
  EXPECT_EQ(rig.last<LinkChanged>().state, LinkState::closed);
  EXPECT_EQ(rig.last<LinkChanged>().reason, Reason::epoch);
  EXPECT_EQ(rig.client->stats(rig.now).tickets, 1u);
}

}  // namespace
}  // namespace meridian
