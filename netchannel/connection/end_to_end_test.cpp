// Clients and a port over a bad link, all in memory: they find each other, keys agree, messages go both ways, and restarts are noticed.
#include <algorithm>
#include <gtest/gtest.h>
#include <memory>
#include <string>
#include <string_view>

#include "netchannel/connection/client_connection.hpp"
#include "netchannel/connection/test_port.hpp"

namespace meridian {
namespace {

struct TestClient {
  TestClient(ClientConnectionSettings settings, std::uint64_t seed, const Address& from) : chance(seed), link(settings, chance), at(from) {}
  SeededChance chance;
  ClientConnection link;
  Address at;
  bool plays = true;               // an input each tick
  std::vector<std::string> heard;  // lane 2
};

class World {
 public:
  explicit World(std::uint64_t seed) : chance(seed) {}

  TestPort port;
  std::uint32_t loss_per_million = 0;
  std::int64_t delay_us = 30'000;
  bool cut = false;
  std::vector<std::unique_ptr<TestClient>> clients;
  std::vector<std::string> heard;      // by the node, lane 2
  std::vector<SessionEvent> sessions;  // opened and closed, without bytes
  TickOutbox outbox;

  TestClient& add(ClientConnectionSettings settings = {}) {
    const auto n = static_cast<std::uint8_t>(clients.size() + 1);
    return *clients.emplace_back(std::make_unique<TestClient>(settings, n, address(n, 4000, 127)));
  }

  void step() {
    port.pass_ms(10);
    ++steps;
    const bool tick = steps % 5 == 0;
    std::vector<Datagram> arrived;
    std::vector<Flight> due;
    std::erase_if(flights, [&](Flight& flight) { return flight.at_us <= port.now.mono_us && (due.push_back(std::move(flight)), true); });
    for (Flight& flight : due) {
      if (flight.to_node) arrived.push_back({flight.peer, flight.bytes});
    }
    send(port.connections().step(port.now, arrived));
    if (tick) {
      for (const SessionEvent& event : port.take_events()) {
        if (event.kind == SessionEvent::Kind::message && event.lane == Lane::action)
          heard.emplace_back(event.bytes.begin(), event.bytes.end());
        if (event.kind == SessionEvent::Kind::opened || event.kind == SessionEvent::Kind::closed) sessions.push_back(event);
      }
      send(port.connections().send(port.now, outbox));
      outbox = {};
    }
    for (Flight& flight : due) {
      for (const auto& client : clients) {
        if (flight.to_node || client->at != flight.peer) continue;
        std::vector<Delivered> messages;
        client->link.accept(port.now, flight.bytes, messages);
        for (const Delivered& message : messages) {
          if (message.lane == Lane::action) client->heard.emplace_back(message.bytes.begin(), message.bytes.end());
        }
      }
    }
    for (const auto& client : clients) {
      DatagramBatch batch;
      if (tick && client->plays && client->link.channel() != nullptr) client->link.channel()->set_input(std::array<std::uint8_t, 2>{1, 2});
      client->link.flush(port.now, tick, batch);
      for (std::size_t i = 0; i < batch.size(); ++i) launch(true, client->at, batch.bytes(i));
    }
  }
  void run_ms(std::int64_t ms) {
    for (std::int64_t i = 0; i < ms / 10; ++i) step();
  }
  template <class Condition>
  bool run_until(Condition condition, std::int64_t most_ms) {
    for (std::int64_t i = 0; i < most_ms / 10 && !condition(); ++i) step();
    return condition();
  }

 private:
  struct Flight {
    std::int64_t at_us;
    bool to_node;
    Address peer;
    Packet bytes;
  };
  void send(const DatagramBatch& batch) {
    for (std::size_t i = 0; i < batch.size(); ++i) launch(false, batch.to(i), batch.bytes(i));
  }
  void launch(bool to_node, const Address& peer, Bytes bytes) {
    if (cut || chance.one_in(loss_per_million)) return;
    flights.push_back({port.now.mono_us + delay_us, to_node, peer, Packet(bytes.begin(), bytes.end())});
  }

  SeededChance chance;
  std::vector<Flight> flights;
  int steps = 0;
};

Bytes as_bytes(std::string_view text) { return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}; }

TEST(Client_and_port, Meet_over_a_link_that_loses_a_fifth_and_talk_both_ways) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    World world(seed);
    world.loss_per_million = 200'000;
    for (std::uint64_t i = 1; i <= 5; ++i) world.add().link.start(world.port.ticket({.character = i}), world.port.now);
    ASSERT_TRUE(world.run_until([&] { return world.port.counters().up == 5; }, 8'000)) << "seed " << seed;
    world.run_ms(50);  // the tick fetches what has happened

    for (const auto& client : world.clients) {
      ASSERT_EQ(client->link.state(), LinkState::up);
      ASSERT_TRUE(client->link.channel()->queue(Lane::action, as_bytes("from below")));
    }
    for (const SessionEvent& event : world.sessions) {
      if (event.kind == SessionEvent::Kind::opened) world.outbox.messages.push_back({event.session, Lane::action, as_bytes("from above")});
    }
    ASSERT_EQ(world.outbox.messages.size(), 5u);
    EXPECT_TRUE(world.run_until(
        [&] { return world.heard.size() == 5 && std::ranges::all_of(world.clients, [](const auto& c) { return c->heard.size() == 1; }); },
        5'000))
        << "seed " << seed;
    EXPECT_EQ(world.heard[0], "from below");
    EXPECT_EQ(world.clients[0]->heard[0], "from above");
  }
}

TEST(Client_and_port, Confirm_the_session_over_a_bad_link_before_anything_is_played) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    World world(seed);
    world.loss_per_million = 400'000;
    TestClient& client = world.add();
    client.plays = false;
    client.link.start(world.port.ticket(), world.port.now);
    ASSERT_TRUE(world.run_until([&] { return client.link.state() == LinkState::up; }, 9'000)) << "seed " << seed;
    EXPECT_TRUE(world.run_until([&] { return world.port.counters().up == 1; }, 900)) << "seed " << seed;
  }
}

TEST(Client_and_port, Agree_on_tick_session_and_round_trip) {
  World world(1);
  TestClient& client = world.add();
  world.port.connections().set_tick(0x1'0000'0007, world.port.now.mono_us + 95'000);
  client.link.start(world.port.ticket(), world.port.now);
  ASSERT_TRUE(world.run_until([&] { return client.link.state() == LinkState::up; }, 1'000));
  const WelcomeInfo& welcome = *client.link.welcome();
  EXPECT_EQ(welcome.tick, 7u);
  EXPECT_EQ(welcome.incarnation, 3u);
  EXPECT_EQ(welcome.tick_hz, 20);
  EXPECT_GE(welcome.rtt_us, 60'000u);
  EXPECT_LE(welcome.rtt_us, 80'000u);
  EXPECT_LE(welcome.phase_us, 95'000u);
  EXPECT_EQ(welcome.received_us, world.port.now.mono_us);
}

TEST(Client_and_port, Stay_together_for_a_minute) {
  World world(1);
  TestClient& client = world.add();
  client.link.start(world.port.ticket(), world.port.now);
  world.run_ms(60'000);
  EXPECT_EQ(client.link.state(), LinkState::up);
  EXPECT_EQ(world.port.counters().up, 1u);
  EXPECT_EQ(world.sessions.size(), 1u);
}

TEST(Client_and_port, Part_when_the_player_leaves) {
  World world(1);
  TestClient& client = world.add();
  client.link.start(world.port.ticket(), world.port.now);
  world.run_ms(500);
  client.link.close(world.port.now);
  EXPECT_EQ(client.link.state(), LinkState::closed);
  EXPECT_EQ(client.link.reason(), Reason::bye);
  world.run_ms(500);
  ASSERT_EQ(world.sessions.size(), 2u);
  EXPECT_EQ(world.sessions[1].kind, SessionEvent::Kind::closed);
  EXPECT_EQ(world.sessions[1].reason, Reason::bye);
  world.run_ms(3'500);
  EXPECT_TRUE(world.port.connections().empty());
}

TEST(Client_and_port, Part_when_the_node_stops_and_the_player_is_told) {
  World world(1);
  TestClient& client = world.add();
  client.link.start(world.port.ticket(), world.port.now);
  world.run_ms(500);
  world.port.connections().shut_down(world.port.now);
  world.run_ms(300);
  EXPECT_EQ(client.link.state(), LinkState::closed);
  EXPECT_EQ(client.link.reason(), Reason::shutdown);
  EXPECT_FALSE(client.link.wants_ticket());
  client.link.start(world.port.ticket({.epoch = 2}), world.port.now);
  world.run_ms(500);
  EXPECT_EQ(client.link.state(), LinkState::closed);
  EXPECT_EQ(client.link.reason(), Reason::draining);
  EXPECT_TRUE(client.link.reason_proven());
}

TEST(Client_and_port, A_restarted_node_is_noticed_and_a_fresh_ticket_brings_the_player_back_within_two_seconds) {
  World world(1);
  TestClient& client = world.add();
  client.link.start(world.port.ticket(), world.port.now);
  world.run_ms(500);
  world.port.settings().incarnation = 4;
  world.port.restart();
  std::int64_t took_ms = 0;
  for (; world.port.counters().up == 0 && took_ms < 5'000; took_ms += 10) {
    world.step();
    if (client.link.wants_ticket()) client.link.start(world.port.ticket({.epoch = 2}), world.port.now);
  }
  EXPECT_LT(took_ms, 2'000);
  EXPECT_EQ(client.link.state(), LinkState::up);
  EXPECT_EQ(client.link.welcome()->incarnation, 4u);
}

TEST(Client_and_port, A_session_that_the_node_alone_has_forgotten_is_noticed_too) {
  World world(1);
  TestClient& client = world.add();
  client.link.start(world.port.ticket(), world.port.now);
  world.run_ms(500);
  world.port.restart();  // the same incarnation: nothing but the silence tells
  EXPECT_TRUE(world.run_until([&] { return client.link.wants_ticket(); }, 2'000));
}

TEST(Client_and_port, A_path_that_fails_for_eight_seconds_costs_nothing_and_one_that_fails_for_good_ends_it) {
  World world(1);
  TestClient& client = world.add();
  client.link.start(world.port.ticket(), world.port.now);
  world.run_ms(500);
  world.cut = true;
  world.run_ms(900);
  EXPECT_EQ(client.link.state(), LinkState::up);
  world.run_ms(7'000);
  EXPECT_EQ(client.link.state(), LinkState::silent);
  EXPECT_FALSE(client.link.wants_ticket());
  world.cut = false;
  world.run_ms(1'500);
  EXPECT_EQ(client.link.state(), LinkState::up);
  EXPECT_FALSE(client.link.wants_ticket());
  EXPECT_EQ(world.port.counters().up, 1u);

  world.cut = true;
  world.run_ms(11'000);
  EXPECT_TRUE(client.link.wants_ticket());
  ASSERT_EQ(world.sessions.size(), 2u);
  EXPECT_EQ(world.sessions[1].reason, Reason::timeout);
}

TEST(Client_and_port, A_second_login_ends_the_first_which_is_told_why) {
  World world(1);
  TestClient& first = world.add();
  TestClient& second = world.add();
  first.link.start(world.port.ticket({.epoch = 1}), world.port.now);
  world.run_ms(500);
  second.link.start(world.port.ticket({.epoch = 2}), world.port.now);
  world.run_ms(500);
  EXPECT_EQ(first.link.state(), LinkState::closed);
  EXPECT_EQ(first.link.reason(), Reason::epoch);
  EXPECT_EQ(second.link.state(), LinkState::up);
}

TEST(Client_and_port, A_client_of_wire_0_is_refused_so_that_it_can_show_why) {
  World world(1);
  TestClient& client = world.add({.wire_min = 0, .wire_max = 0});
  client.link.start(world.port.ticket(), world.port.now);
  world.run_ms(9'900);
  EXPECT_EQ(client.link.state(), LinkState::connecting);
  world.run_ms(200);
  EXPECT_EQ(client.link.state(), LinkState::closed);
  EXPECT_EQ(client.link.reason(), Reason::version);
  EXPECT_FALSE(client.link.reason_proven());
  EXPECT_EQ(client.link.reason_text(), "update needed: wire 1 or newer");
}

TEST(Client_and_port, Suite_2_carries_a_session_where_both_have_it) {
  World world(1);
  world.port.settings().offer_aes = true;
  world.port.restart();
  TestClient& client = world.add();
  client.link.start(world.port.ticket(), world.port.now);
  world.run_ms(500);
  EXPECT_EQ(client.link.state(), LinkState::up);
  EXPECT_EQ(world.port.counters().up, 1u);
}

}  // namespace
}  // namespace meridian
