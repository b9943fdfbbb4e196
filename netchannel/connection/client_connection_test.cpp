// The client's half against a scripted node: what it sends and when, what it believes, when it asks for another ticket.
#include "netchannel/connection/client_connection.hpp"

#include <algorithm>
#include <gtest/gtest.h>
#include <optional>

#include "netchannel/crypto/key_schedule.hpp"
#include "netchannel/wire/handshake.hpp"

namespace meridian {
namespace {

constexpr std::int64_t kMs = 1000;

// Judges nothing: answers what the test tells it to.
struct ScriptedNode {
  SeededChance chance{99};
  Ticket ticket;
  std::uint32_t incarnation = 7;
  std::uint64_t cookie = 0xC00C1E;
  std::vector<std::uint8_t> last_connect;
  std::optional<Channel> channel;

  ScriptedNode() {
    start_crypto();
    chance.fill(ticket.secret.bytes);
    chance.fill(ticket.token);
    ticket.udp = "127.0.0.1:7777";
  }
  std::vector<std::uint8_t> challenge(const Hello& hello) const {
    std::vector<std::uint8_t> out(kChallengeBytes);
    write_challenge({.wire = 1,
                     .cookie_time_s = 5,
                     .client_random = hello.client_random,
                     .cookie = cookie,
                     .echo_us = hello.echo_us,
                     .incarnation = incarnation,
                     .node = NodeId{1}},
                    out);
    return out;
  }
  std::vector<std::uint8_t> welcome() {
    const Connect connect = read_connect(last_connect).value();
    const Ephemeral own = make_ephemeral(chance);
    std::vector<std::uint8_t> out(kWelcomeBytes);
    write_welcome({.cid = 3, .tick_hz = 20, .client_random = connect.client_random, .server_eph = own.public_key},
                  {.tick = 500,
                   .phase_us = 20'000,
                   .session = 11,
                   .incarnation = incarnation,
                   .idle_ms = 10'000,
                   .keepalive_ms = 5'000,
                   .payload_max = 1200},
                  out);
    const auto keys = derive_keys(ticket.secret, own.secret, connect.client_eph, last_connect, out, Suite::chacha20_poly1305);
    seal_welcome(out, *keys);
    channel.emplace(ChannelSettings{.side = Side::server}, keys->session);
    return out;
  }
  std::vector<std::uint8_t> refuse(Reason reason, bool proven, std::uint32_t retry_ms = 0) {
    std::vector<std::uint8_t> out(kRefuseBytes);
    write_refuse(
        {.reason = reason, .retry_ms = retry_ms, .client_random = read_connect(last_connect).value().client_random, .text = "told why"},
        out);
    if (proven) sign_refuse(out, ticket.secret);
    return out;
  }
};

struct Bench {
  ScriptedNode node;
  SeededChance chance{1};
  ClientConnection client{{.allow_aes = false}, chance};
  Now now{.mono_us = 1'000'000, .wall_ms = 1'750'000'000'000};
  std::vector<Delivered> messages;
  DatagramBatch out;

  explicit Bench(bool begin = true) {
    if (begin) client.start(node.ticket, now);
  }
  // What it sends in this moment, by type; data packets go to the node's channel.
  struct Sent {
    std::optional<Hello> hello;
    int connects = 0, packets = 0;
  };
  Sent flush() {
    Sent sent;
    out.clear();
    client.flush(now, false, out);
    for (std::size_t i = 0; i < out.size(); ++i) {
      const Bytes bytes = out.bytes(i);
      const auto type = handshake_type(bytes);
      if (type == HandshakeType::hello) sent.hello = read_hello(bytes).value();
      if (type == HandshakeType::connect) {
        ++sent.connects;
        node.last_connect.assign(bytes.begin(), bytes.end());
      }
      if (!type) ++sent.packets;
    }
    return sent;
  }
  void give(const std::vector<std::uint8_t>& bytes) { client.accept(now, bytes, messages); }
  void after(std::int64_t us) { now.mono_us += us, now.wall_ms += us / 1000; }
  // To the state where CONNECT has been sent once.
  void connecting() {
    const Sent sent = flush();
    give(node.challenge(*sent.hello));
    EXPECT_EQ(flush().connects, 1);
  }
  void up() {
    connecting();
    give(node.welcome());
    EXPECT_EQ(client.state(), LinkState::up);
  }
  void node_says_something() {
    node.channel->flush(now, true, Address{}, sealed_clear());
    for (std::size_t i = 0; i < sealed.size(); ++i) give({sealed.bytes(i).begin(), sealed.bytes(i).end()});
  }
  DatagramBatch& sealed_clear() {
    sealed.clear();
    return sealed;
  }
  DatagramBatch sealed;
};

TEST(Client_connection, Sends_hello_at_0_100_250_500_1000_ms_then_every_second) {
  Bench b;
  std::vector<std::int64_t> at;
  const std::int64_t begun = b.now.mono_us;
  for (; b.now.mono_us - begun < 4'500 * kMs; b.after(10 * kMs))
    if (b.flush().hello) at.push_back((b.now.mono_us - begun) / kMs);
  EXPECT_EQ(at, (std::vector<std::int64_t>{0, 100, 250, 500, 1000, 2000, 3000, 4000}));
  EXPECT_EQ(b.client.state(), LinkState::probing);
}

TEST(Client_connection, After_a_stall_it_sends_one_hello_not_all_that_it_missed) {
  Bench b;
  b.flush();
  b.after(3'000 * kMs);
  EXPECT_TRUE(b.flush().hello);
  b.after(50 * kMs);
  EXPECT_FALSE(b.flush().hello);
}

TEST(Client_connection, Sends_connect_at_0_150_400_900_ms_then_every_second_the_same_bytes) {
  Bench b;
  b.give(b.node.challenge(*b.flush().hello));
  std::vector<std::int64_t> at;
  std::vector<std::uint8_t> first;
  const std::int64_t begun = b.now.mono_us;
  for (; b.now.mono_us - begun < 3'500 * kMs; b.after(10 * kMs)) {
    if (b.flush().connects == 0) continue;
    at.push_back((b.now.mono_us - begun) / kMs);
    if (first.empty()) first = b.node.last_connect;
    EXPECT_EQ(b.node.last_connect, first);
  }
  EXPECT_EQ(at, (std::vector<std::int64_t>{0, 150, 400, 900, 1900, 2900}));
}

TEST(Client_connection, A_challenge_with_another_cookie_asks_for_a_connect_beside_the_schedule) {
  Bench b;
  const Hello hello = *b.flush().hello;
  b.give(b.node.challenge(hello));
  ASSERT_EQ(b.flush().connects, 1);
  b.after(20 * kMs);
  b.give(b.node.challenge(hello));  // a late answer with the same cookie changes nothing
  EXPECT_EQ(b.flush().connects, 0);
  b.node.cookie = 0xFEED;
  b.give(b.node.challenge(hello));
  EXPECT_EQ(b.flush().connects, 1);
  EXPECT_EQ(read_connect(b.node.last_connect).value().cookie, 0xFEEDu);
  b.after(130 * kMs);  // 150 ms after the first: the schedule stands
  EXPECT_EQ(b.flush().connects, 1);
}

TEST(Client_connection, Welcome_brings_it_up_and_its_first_packet_confirms) {
  Bench b;
  b.up();
  ASSERT_NE(b.client.welcome(), nullptr);
  EXPECT_EQ(b.client.welcome()->tick, 500u);
  EXPECT_EQ(b.client.welcome()->phase_us, 20'000u);
  EXPECT_EQ(b.client.welcome()->incarnation, 7u);
  EXPECT_NE(b.client.channel(), nullptr);
  EXPECT_GE(b.flush().packets, 1) << "the node opens the session at the first sealed packet: it must not wait for the player";
}

// Found by the simulation (seed 100347): a round trip of 5 s that was the caller's own stall put the clock 2 s ahead, where every input is
// refused.
TEST(Client_connection, A_challenge_that_waited_while_the_caller_stalled_is_no_long_round_trip) {
  Bench b;
  const Hello hello = *b.flush().hello;
  b.after(5'000 * kMs);
  b.give(b.node.challenge(hello));
  ASSERT_EQ(b.flush().connects, 1);
  b.give(b.node.welcome());
  ASSERT_NE(b.client.welcome(), nullptr);
  EXPECT_LE(b.client.welcome()->rtt_us, 100'000u);

  Bench steady;
  const Hello other = *steady.flush().hello;
  for (int i = 0; i < 30; ++i, steady.after(10 * kMs)) steady.flush();
  steady.give(steady.node.challenge(other));
  ASSERT_EQ(steady.flush().connects, 1);
  steady.give(steady.node.welcome());
  EXPECT_EQ(steady.client.welcome()->rtt_us, 300'000u);
}

// Found by the simulation (seed 5266878): one flipped bit made a round trip of 8 s, and with it a clock so far ahead that every input was
// refused.
TEST(Client_connection, A_challenge_that_echoes_no_hello_of_ours_is_no_answer) {
  Bench b;
  Hello hello = *b.flush().hello;
  b.after(80 * kMs);
  Hello damaged = hello;
  damaged.echo_us ^= std::uint64_t{1} << 23;
  b.give(b.node.challenge(damaged));
  EXPECT_EQ(b.flush().connects, 0);
  EXPECT_EQ(b.client.state(), LinkState::probing);
  b.give(b.node.challenge(hello));
  EXPECT_EQ(b.flush().connects, 1);
  hello.echo_us = 0;  // the answer to that CONNECT: its cookie was too old
  b.node.cookie = 0xFEED;
  b.give(b.node.challenge(hello));
  EXPECT_EQ(b.flush().connects, 1);

  Bench patient;  // any of them may be the one that is answered
  hello = *patient.flush().hello;
  for (int i = 0; i < 90; ++i, patient.after(100 * kMs)) patient.flush();
  patient.give(patient.node.challenge(hello));
  EXPECT_EQ(patient.flush().connects, 1);
}

TEST(Client_connection, A_welcome_for_older_connect_bytes_does_not_open) {
  Bench b;
  const Hello hello = *b.flush().hello;
  b.give(b.node.challenge(hello));
  ASSERT_EQ(b.flush().connects, 1);
  const std::vector<std::uint8_t> old = b.node.welcome();
  b.node.cookie = 2;
  b.give(b.node.challenge(hello));
  b.give(old);
  EXPECT_EQ(b.client.state(), LinkState::connecting);
}

TEST(Client_connection, A_flipped_welcome_does_not_open) {
  Bench b;
  b.connecting();
  const std::vector<std::uint8_t> good = b.node.welcome();
  for (std::size_t bit = 0; bit < good.size() * 8; bit += 7) {
    std::vector<std::uint8_t> bad = good;
    bad[bit / 8] = static_cast<std::uint8_t>(bad[bit / 8] ^ (1 << (bit % 8)));
    b.give(bad);
    ASSERT_EQ(b.client.state(), LinkState::connecting) << "bit " << bit;
  }
  b.give(good);
  EXPECT_EQ(b.client.state(), LinkState::up);
}

TEST(Client_connection, What_a_refusal_does_depends_on_its_reason_and_its_proof) {
  struct Case {
    Reason reason;
    bool proven;
    LinkState state;
    bool wants_ticket;
  };
  constexpr Case kCases[] = {
      {Reason::stale, true, LinkState::idle, true},
      {Reason::expired, true, LinkState::idle, true},
      {Reason::full, true, LinkState::probing, false},
      {Reason::busy, true, LinkState::probing, false},
      {Reason::used, true, LinkState::idle, true},
      {Reason::epoch, true, LinkState::idle, true},
      {Reason::banned, true, LinkState::closed, false},
      {Reason::draining, true, LinkState::closed, false},
      {Reason::stale, false, LinkState::connecting, false},
      {Reason::banned, false, LinkState::connecting, false},
      {Reason::version, false, LinkState::connecting, false},
      {Reason::bad_token, false, LinkState::connecting, false},
  };
  for (const Case& c : kCases) {
    Bench b;
    b.connecting();
    b.give(b.node.refuse(c.reason, c.proven, 1000));
    EXPECT_EQ(b.client.state(), c.state) << name(c.reason) << (c.proven ? " proven" : " unproven");
    EXPECT_EQ(b.client.wants_ticket(), c.wants_ticket) << name(c.reason);
    EXPECT_EQ(b.client.reason_text().empty(), !c.proven) << name(c.reason) << ": what is known can be shown";
  }
}

TEST(Client_connection, Refused_with_each_new_ticket_too_it_gives_up_after_10_s_in_all_and_says_why) {
  Bench b;
  const std::int64_t begun_us = b.now.mono_us;
  int refused = 0;
  while (b.client.state() != LinkState::closed && b.now.mono_us - begun_us < 30'000 * kMs) {
    if (b.client.wants_ticket()) b.client.start(b.node.ticket, b.now);
    if (const auto hello = b.flush().hello) b.give(b.node.challenge(*hello));
    if (b.flush().connects > 0 && ++refused > 0) b.give(b.node.refuse(Reason::expired, true));
    b.after(1'000 * kMs);
  }
  EXPECT_EQ(b.now.mono_us - begun_us, 11'000 * kMs) << "the step after the one at 10 s";
  EXPECT_GE(refused, 9);
  EXPECT_EQ(b.client.reason(), Reason::expired);
  EXPECT_EQ(b.client.reason_text(), text(Reason::expired));
  EXPECT_FALSE(b.client.wants_ticket());
  b.client.start(b.node.ticket, b.now);
  b.flush();
  EXPECT_EQ(b.client.state(), LinkState::probing) << "another attempt has its own 10 s";
  EXPECT_EQ(b.client.reason(), Reason::none);
}

TEST(Client_connection, Without_another_ticket_the_10_s_go_on_too) {
  Bench b;
  b.connecting();
  b.give(b.node.refuse(Reason::stale, true));
  b.after(10'000 * kMs);
  b.flush();
  EXPECT_EQ(b.client.state(), LinkState::closed);
  EXPECT_EQ(b.client.reason(), Reason::stale);
}

TEST(Client_connection, Full_waits_as_told_and_comes_again_with_new_randoms) {
  Bench b;
  b.connecting();
  const std::uint64_t first_random = read_connect(b.node.last_connect).value().client_random;
  b.give(b.node.refuse(Reason::full, true, 800));
  b.after(700 * kMs);
  EXPECT_FALSE(b.flush().hello);
  b.after(110 * kMs);
  const auto hello = b.flush().hello;
  ASSERT_TRUE(hello);
  EXPECT_NE(hello->client_random, first_random);
}

TEST(Client_connection, An_unproven_refusal_is_shown_at_the_deadline_as_unproven) {
  Bench b;
  b.connecting();
  b.give(b.node.refuse(Reason::version, false));
  b.after(9'900 * kMs);
  b.flush();
  EXPECT_EQ(b.client.state(), LinkState::connecting);
  b.after(200 * kMs);
  b.flush();
  EXPECT_EQ(b.client.state(), LinkState::closed);
  EXPECT_EQ(b.client.reason(), Reason::version);
  EXPECT_EQ(b.client.reason_text(), "told why");
  EXPECT_FALSE(b.client.reason_proven());
}

TEST(Client_connection, Nobody_answering_for_10_s_is_unreachable) {
  Bench b;
  for (int i = 0; i < 1010; ++i, b.after(10 * kMs)) b.flush();
  EXPECT_EQ(b.client.state(), LinkState::closed);
  EXPECT_EQ(b.client.reason(), Reason::unreachable);
}

TEST(Client_connection, Silence_is_probed_after_750_ms_and_shown_after_1_s_and_a_packet_ends_it) {
  Bench b;
  b.up();
  b.flush();
  b.after(760 * kMs);
  EXPECT_TRUE(b.flush().hello);
  EXPECT_EQ(b.client.state(), LinkState::up);
  b.after(300 * kMs);
  b.flush();
  EXPECT_EQ(b.client.state(), LinkState::silent);
  b.node.channel->queue(Lane::system, std::vector<std::uint8_t>{1, 2, 3});
  b.node_says_something();
  EXPECT_EQ(b.client.state(), LinkState::up);
}

TEST(Client_connection, A_node_of_another_incarnation_has_started_again_and_a_new_ticket_is_needed) {
  Bench b;
  b.up();
  b.after(800 * kMs);
  const auto hello = b.flush().hello;
  ASSERT_TRUE(hello);
  b.node.incarnation = 8;
  b.give(b.node.challenge(*hello));
  EXPECT_TRUE(b.client.wants_ticket());
  EXPECT_EQ(b.client.channel(), nullptr);
}

TEST(Client_connection, The_same_incarnation_without_a_sealed_packet_for_500_ms_means_the_session_is_gone) {
  Bench b;
  b.up();
  b.after(800 * kMs);
  b.give(b.node.challenge(*b.flush().hello));
  b.after(400 * kMs);
  b.flush();
  EXPECT_FALSE(b.client.wants_ticket());
  b.after(110 * kMs);
  b.flush();
  EXPECT_TRUE(b.client.wants_ticket());
}

TEST(Client_connection, Lost_is_a_hint_that_makes_it_ask_if_it_quotes_a_packet_of_this_connection) {
  struct Case {
    std::uint16_t cid;
    bool quotes, asks;
  };
  for (const Case& c : {Case{3, true, true}, Case{4, true, false}, Case{3, false, false}}) {
    Bench b;
    b.up();
    ASSERT_EQ(b.flush().packets, 1);
    Lost hint{.cid = c.cid, .incarnation = 7, .packet = {}};
    if (c.quotes) std::copy_n(b.out.bytes(0).begin(), hint.packet.size(), hint.packet.begin());
    b.after(150 * kMs);
    std::vector<std::uint8_t> lost(kLostBytes);
    write_lost(hint, lost);
    b.give(lost);
    EXPECT_EQ(b.flush().hello.has_value(), c.asks) << c.cid;
    EXPECT_EQ(b.client.state(), LinkState::up);
  }
}

TEST(Client_connection, Ten_seconds_of_silence_need_a_new_ticket) {
  Bench b;
  b.up();
  for (int i = 0; i < 1001; ++i, b.after(10 * kMs)) b.flush();
  EXPECT_TRUE(b.client.wants_ticket());
}

TEST(Client_connection, Closing_says_so_three_times_and_is_over) {
  Bench b;
  b.up();
  b.flush();
  b.client.close(b.now);
  int packets = 0;
  for (int i = 0; i < 30; ++i, b.after(10 * kMs)) packets += b.flush().packets;
  EXPECT_EQ(packets, 3);
  EXPECT_EQ(b.client.state(), LinkState::closed);
  EXPECT_EQ(b.client.reason(), Reason::bye);
}

}  // namespace
}  // namespace meridian
