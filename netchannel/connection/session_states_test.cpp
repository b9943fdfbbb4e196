// The table of `netcode.md` 3, a row for each cell: first as data, then lived through.
#include "netchannel/connection/session_states.hpp"

#include <gtest/gtest.h>

#include "netchannel/connection/test_port.hpp"

namespace meridian {
namespace {

using enum SessionState;
using enum SessionInput;

constexpr int kTick_ms = 50;  // timers run at ticks, so they are late by one at most

struct Cell {
  SessionState state;
  SessionInput input;
  SessionAction action;
};
constexpr Cell kDesign[] = {
    {none, connect_good, SessionAction::admit},
    {none, connect_same, SessionAction::impossible},
    {none, token_used, SessionAction::refuse_used},
    {none, sealed_ok, SessionAction::impossible},
    {none, sealed_bad, SessionAction::hint_lost},
    {none, silence, SessionAction::impossible},
    {half, connect_good, SessionAction::admit},
    {half, connect_same, SessionAction::welcome_again},
    {half, token_used, SessionAction::refuse_used},
    {half, sealed_ok, SessionAction::go_up},
    {half, sealed_bad, SessionAction::count},
    {half, silence, SessionAction::free_unused},
    {up, connect_good, SessionAction::admit_if_newer},
    {up, connect_same, SessionAction::welcome_again},
    {up, token_used, SessionAction::refuse_used},
    {up, sealed_ok, SessionAction::process},
    {up, sealed_bad, SessionAction::count},
    {up, silence, SessionAction::close_timeout},
    {handing, connect_good, SessionAction::refuse_draining},
    {handing, connect_same, SessionAction::impossible},
    {handing, token_used, SessionAction::refuse_used},
    {handing, sealed_ok, SessionAction::process},
    {handing, sealed_bad, SessionAction::count},
    {handing, silence, SessionAction::back_to_up},
    {closing, connect_good, SessionAction::admit},
    {closing, connect_same, SessionAction::impossible},
    {closing, token_used, SessionAction::refuse_used},
    {closing, sealed_ok, SessionAction::answer_close},
    {closing, sealed_bad, SessionAction::count},
    {closing, silence, SessionAction::free},
};

TEST(Session_table, Decides_each_cell_as_designed) {
  static_assert(std::size(kDesign) == kSessionStates * kSessionInputs);
  for (const Cell& cell : kDesign) {
    EXPECT_EQ(decide(cell.state, cell.input), cell.action) << name(cell.state) << ", " << name(cell.input);
    EXPECT_EQ(reachable(cell.state, cell.input), cell.state != handing && cell.action != SessionAction::impossible);
  }
}

// ---- each reachable cell in a port of its own. `before` brings the character's session there, `act` lets it happen; what must then hold
// is said by `holds`.

struct Scene {
  TestPort port;
  Ticket ticket = port.ticket({.epoch = 5});
  HandMadeClient client{port, ticket};
  std::vector<Packet> answer;

  void be(SessionState state) {
    bool there = state == none;
    if (state == half) there = client.reach_half();
    if (state == up || state == closing) there = client.reach_up();
    EXPECT_TRUE(there) << name(state);
    if (state == closing) close();
    answer.clear();
    port.take_events();
  }
  void close() {
    TickOutbox outbox;
    outbox.closings.push_back({SessionId{client.cid}, Reason::internal});
    port.tick(outbox);
  }
  Packet flipped_packet() {
    Packet bad = client.packet();
    bad.back() ^= 1;
    return bad;
  }
  // A further ticket of the same character. Takes its client as far as `connect`, and gives the node's answer.
  std::vector<Packet> connect_with(const Ticket& other) {
    HandMadeClient second(port, other, address(2));
    second.probe();
    second.sent_connect = second.connect();
    return port.give(second.at, second.sent_connect);
  }
  // A ticket of the same character that a session has used, and is gone.
  Ticket used_ticket() {
    const Ticket other = port.ticket({.epoch = 4});
    HandMadeClient earlier(port, other, address(3));
    EXPECT_TRUE(earlier.reach_up());
    TickOutbox outbox;
    outbox.closings.push_back({SessionId{earlier.cid}, Reason::internal});
    port.tick(outbox);
    port.pass_ms(3'001);
    port.idle();
    EXPECT_TRUE(port.connections().empty());
    return other;
  }
  std::uint64_t cell(SessionState state, SessionInput input) const {
    return port.counters().cells[static_cast<unsigned>(state)][static_cast<unsigned>(input)];
  }
  bool one_welcome() const {  // beside what an open session sends by itself
    return std::ranges::count_if(answer, [](const Packet& packet) { return read_welcome(packet).has_value(); }) == 1;
  }
};

TEST(Session_table, None_with_a_good_connect_becomes_half) {
  Scene s;
  EXPECT_TRUE(s.client.reach_half());
  EXPECT_EQ(s.cell(none, connect_good), 1u);
  EXPECT_EQ(s.port.counters().half, 1u);
  EXPECT_EQ(s.port.counters().used_tokens, 1u);
  EXPECT_TRUE(s.port.take_events().empty());
}

TEST(Session_table, A_used_token_is_refused_in_each_state) {
  for (const SessionState state : {none, half, up, closing}) {
    Scene s;
    const Ticket used = s.used_ticket();
    s.be(state);
    EXPECT_EQ(refusal(s.connect_with(used)).reason, Reason::used) << name(state);
    EXPECT_EQ(s.cell(state, token_used), 1u) << name(state);
  }
}

TEST(Session_table, A_packet_of_nobody_gets_lost_if_it_has_24_bytes_once_a_second) {
  Scene s;
  Packet packet(24, 0x55);
  packet[0] = 0x20;  // a data packet with its connection id
  auto answer = s.port.give(address(1), packet);
  ASSERT_EQ(answer.size(), 1u);
  const auto lost = read_lost(answer[0]);
  ASSERT_TRUE(lost);
  EXPECT_EQ(lost->cid, 0x5555);
  EXPECT_EQ(lost->incarnation, 3u);
  EXPECT_TRUE(std::equal(lost->packet.begin(), lost->packet.end(), packet.begin()));
  EXPECT_TRUE(s.port.give(address(1), packet).empty());
  EXPECT_EQ(s.port.give(address(2), packet).size(), 1u);  // another source
  s.port.pass_ms(1'000);
  EXPECT_EQ(s.port.give(address(1), packet).size(), 1u);
  EXPECT_TRUE(s.port.give(address(4), Packet(packet.begin(), packet.begin() + 23)).empty());
  EXPECT_EQ(s.cell(none, sealed_bad), 5u);
  EXPECT_EQ(s.port.counters().lost_hint, 3u);
}

TEST(Session_table, Half_with_another_good_connect_has_a_second_half_beside_it) {
  Scene s;
  s.be(half);
  s.answer = s.connect_with(s.port.ticket({.epoch = 5}));
  EXPECT_TRUE(s.one_welcome());
  EXPECT_EQ(s.cell(half, connect_good), 1u);
  EXPECT_EQ(s.port.counters().half, 2u);
}

TEST(Session_table, Half_with_the_same_bytes_sends_the_stored_welcome) {
  Scene s;
  ASSERT_TRUE(s.client.probe());
  const Packet connect = s.client.connect();
  const auto first = s.port.give(s.client.at, connect);
  EXPECT_EQ(s.port.give(s.client.at, connect), first);
  EXPECT_EQ(s.cell(half, connect_same), 1u);
  EXPECT_EQ(s.port.counters().half, 1u);
}

TEST(Session_table, Half_with_the_same_token_and_other_bytes_is_made_anew_in_its_place) {
  Scene s;
  s.be(half);
  HandMadeClient moved(s.port, s.ticket, address(1, 4999));  // a NAT changed the port
  ASSERT_TRUE(moved.reach_half());
  EXPECT_EQ(moved.cid, s.client.cid);
  EXPECT_EQ(s.port.counters().half, 1u);
  EXPECT_EQ(s.port.counters().used_tokens, 1u);
  moved.send_packet();
  EXPECT_EQ(s.port.counters().up, 1u);
}

TEST(Session_table, Half_goes_up_with_the_first_sealed_packet_and_only_then_the_older_session_closes) {
  Scene s;
  s.be(up);
  HandMadeClient newer(s.port, s.port.ticket({.epoch = 6}), address(2));
  ASSERT_TRUE(newer.reach_half());
  EXPECT_EQ(s.port.counters().up, 1u);
  EXPECT_TRUE(s.port.take_events().empty());
  newer.send_packet();
  EXPECT_EQ(s.port.counters().up, 1u);
  EXPECT_EQ(s.port.counters().closing, 1u);
  EXPECT_EQ(s.cell(half, sealed_ok), 2u);
  const auto events = s.port.take_events();
  ASSERT_GE(events.size(), 2u);
  EXPECT_EQ(events[0].kind, SessionEvent::Kind::closed);
  EXPECT_EQ(events[0].reason, Reason::epoch);
  EXPECT_EQ(events[0].session.bits, s.client.cid);
  EXPECT_EQ(events[1].kind, SessionEvent::Kind::opened);
  EXPECT_EQ(events[1].session.bits, newer.cid);
  EXPECT_EQ(events[1].who.character, 1u);
  EXPECT_EQ(events[1].who.epoch, 6u);
}

TEST(Session_table, An_older_half_that_goes_up_leaves_the_newer_one_its_turn) {
  Scene s;
  s.be(half);
  HandMadeClient newer(s.port, s.port.ticket({.epoch = 6}), address(2));
  ASSERT_TRUE(newer.reach_half());
  s.client.send_packet();
  EXPECT_EQ(s.port.counters().up, 1u);
  EXPECT_EQ(s.port.counters().half, 1u);
  newer.send_packet();
  EXPECT_EQ(s.port.counters().closed[static_cast<unsigned>(Reason::epoch)], 1u);
}

TEST(Session_table, A_bad_packet_is_counted_and_changes_nothing) {
  for (const SessionState state : {half, up, closing}) {
    Scene s;
    s.be(state);
    EXPECT_TRUE(s.port.give(s.client.at, s.flipped_packet()).empty()) << name(state);
    EXPECT_EQ(s.cell(state, sealed_bad), 1u) << name(state);
    EXPECT_EQ(s.port.counters().rejected_tag, 1u);
    EXPECT_TRUE(s.port.take_events().empty());
    EXPECT_EQ(s.port.counters().half, state == half ? 1u : 0u);
  }
}

TEST(Session_table, Half_is_freed_after_five_seconds_and_its_token_is_good_again) {
  Scene s;
  s.be(half);
  s.port.pass_ms(4'999);
  s.port.idle();
  EXPECT_EQ(s.port.counters().half, 1u);
  s.port.pass_ms(kTick_ms);
  s.port.idle();
  EXPECT_TRUE(s.port.connections().empty());
  EXPECT_EQ(s.cell(half, silence), 1u);
  EXPECT_EQ(s.port.counters().used_tokens, 0u);
  EXPECT_TRUE(s.port.take_events().empty());
  EXPECT_TRUE(HandMadeClient(s.port, s.ticket).reach_up());
}

TEST(Session_table, Up_admits_a_newer_epoch_beside_it_and_refuses_an_older_or_equal_one) {
  struct Row {
    std::uint64_t epoch;
    Reason reason;
  };
  for (const Row& row : {Row{6, Reason::none}, Row{5, Reason::used}, Row{4, Reason::epoch}}) {
    Scene s;
    s.be(up);
    s.answer = s.connect_with(s.port.ticket({.epoch = row.epoch}));
    EXPECT_EQ(refusal(s.answer).reason, row.reason) << row.epoch;
    EXPECT_EQ(s.one_welcome(), row.reason == Reason::none) << row.epoch;
    EXPECT_EQ(s.port.counters().up, 1u);
    EXPECT_EQ(s.cell(up, connect_good), row.epoch == 5 ? 0u : 1u);
  }
}

TEST(Session_table, Up_repeats_its_welcome_for_five_seconds_and_then_the_token_is_used) {
  Scene s;
  s.be(up);
  s.port.pass_ms(4'999);
  s.answer = s.port.give(s.client.at, s.client.sent_connect);
  EXPECT_TRUE(s.one_welcome());
  EXPECT_EQ(s.cell(up, connect_same), 1u);
  s.port.pass_ms(1);
  EXPECT_EQ(refusal(s.port.give(s.client.at, s.client.sent_connect)).reason, Reason::used);
  EXPECT_EQ(s.cell(up, token_used), 1u);
  EXPECT_EQ(s.port.counters().up, 1u);
}

TEST(Session_table, Up_takes_what_comes_sealed) {
  Scene s;
  s.be(up);
  s.client.send_packet();
  EXPECT_EQ(s.cell(up, sealed_ok), 1u);
  const auto events = s.port.take_events();
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].kind, SessionEvent::Kind::message);
  EXPECT_EQ(events[0].lane, Lane::input);
}

TEST(Session_table, Up_closes_after_ten_seconds_of_silence) {
  Scene s;
  s.be(up);
  s.port.pass_ms(9'999);
  s.port.idle();
  EXPECT_EQ(s.port.counters().up, 1u);
  s.port.pass_ms(kTick_ms);
  s.port.idle();
  EXPECT_EQ(s.port.counters().closing, 1u);
  EXPECT_EQ(s.cell(up, silence), 1u);
  const auto events = s.port.take_events();
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].kind, SessionEvent::Kind::closed);
  EXPECT_EQ(events[0].reason, Reason::timeout);
}

TEST(Session_table, Closing_says_close_at_0_50_and_150_ms_and_then_again_for_what_still_comes_once_in_100_ms) {
  Scene s;
  s.be(up);
  TickOutbox outbox;
  outbox.closings.push_back({SessionId{s.client.cid}, Reason::internal});
  std::vector<int> said_at_ms;
  const auto note = [&](const std::vector<Packet>& sent, int ms) {
    for (std::size_t i = 0; i < sent.size(); ++i) said_at_ms.push_back(ms);
  };
  note(s.port.tick(outbox), 0);
  for (int ms = 10; ms <= 400; ms += 10) {
    s.port.pass_ms(10);
    note(s.port.idle(), ms);
  }
  EXPECT_EQ(said_at_ms, (std::vector<int>{0, 50, 150}));
  for (int ms = 410; ms <= 700; ms += 10) {
    s.port.pass_ms(10);
    note(s.client.send_packet(), ms);
  }
  EXPECT_EQ(said_at_ms, (std::vector<int>{0, 50, 150, 410, 510, 610}));
  EXPECT_EQ(s.cell(closing, sealed_ok), 30u);
  EXPECT_EQ(s.port.take_events().size(), 1u);  // closed, and nothing of what came after
}

TEST(Session_table, Closing_admits_the_character_again_at_once) {
  Scene s;
  s.be(closing);
  s.answer = s.connect_with(s.port.ticket({.epoch = 6}));
  EXPECT_TRUE(s.one_welcome());
  EXPECT_EQ(s.cell(closing, connect_good), 1u);
}

TEST(Session_table, Closing_is_free_after_three_seconds) {
  Scene s;
  s.be(closing);
  s.port.pass_ms(2'999);
  s.port.idle();
  EXPECT_EQ(s.port.counters().closing, 1u);
  s.port.pass_ms(kTick_ms);
  s.port.idle();
  EXPECT_TRUE(s.port.connections().empty());
  EXPECT_EQ(s.cell(closing, silence), 1u);
}

TEST(Session_table, The_peers_close_ends_the_session_once_and_is_not_answered) {
  Scene s;
  s.be(up);
  s.client.channel->close(Reason::bye, s.port.now);
  DatagramBatch batch;
  s.client.channel->flush(s.port.now, false, {}, batch);
  ASSERT_EQ(batch.size(), 1u);
  EXPECT_TRUE(s.port.give(s.client.at, Packet(batch.bytes(0).begin(), batch.bytes(0).end())).empty());
  const auto events = s.port.take_events();
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].reason, Reason::bye);
  EXPECT_EQ(s.port.counters().closing, 1u);
}

}  // namespace
}  // namespace meridian
