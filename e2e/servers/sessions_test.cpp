// A person's day with one node: join, see each other, build, be refused with a reason, come back after a crash, be told when it stops.
#include <algorithm>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <gtest/gtest.h>
#include <signal.h>
#include <sstream>

#include "base/clock.hpp"
#include "cli/http_get.hpp"
#include "e2e/servers/players.hpp"
#include "netchannel/crypto/keys.hpp"
#include "regional_node/gate/dev_gate.hpp"
#include "world/motion/movement.hpp"

namespace meridian::e2e {
namespace {

using std::chrono::seconds;

template <typename Event>
const Event* newest(const Player& player) {
  const Event* found = nullptr;
  for (const ClientEvent& event : player.events)
    if (const auto* one = std::get_if<Event>(&event)) found = one;
  return found;
}

TEST(Sessions, Two_players_meet_build_and_are_told_why_not) {
  Scratch scratch;
  Node node(scratch);
  Player ada(node, "ada"), ben(node, "ben");
  ASSERT_TRUE(play_until(seconds(15), {&ada, &ben}, [&] { return ada.in_world() && ben.in_world(); })) << node.process().log();

  std::vector<EntityView> seen;
  ASSERT_TRUE(play_until(seconds(5), {&ada, &ben}, [&] {
    seen.clear();
    ben.sdk().entities(system_now(), seen);
    return seen.size() == 1;
  })) << "ben should see ada";
  EXPECT_EQ(seen[0].id, ada.sdk().self(system_now())->id);

  // A wall on free ground near ada: the node agrees, and ben sees it.
  const SelfView self = *ada.sdk().self(system_now());
  const BlockId wall = content().find("stone_wall").value();
  BlockPlace place{self.map, {}, Layer::active};
  ASSERT_TRUE(play_until(seconds(5), {&ada, &ben}, [&] { return ada.sdk().chunks().size() > 4 && ben.sdk().chunks().size() > 4; }));
  const auto free_cell = [&](BlockCoord at) {
    return ada.sdk().chunks().block(self.map, at, Layer::active) == kAir && ada.sdk().chunks().block(self.map, at, Layer::floor) != kAir &&
           !body_touches(self.body, at) && !body_touches(ben.sdk().self(system_now())->body, at);
  };
  bool found = false;
  for (int dy = -2; dy <= 2 && !found; ++dy)
    for (int dx = -2; dx <= 2 && !found; ++dx) {
      place.at = {(self.body.x_q8 >> 8) + dx, (self.body.y_q8 >> 8) + dy};
      found = free_cell(place.at);
    }
  ASSERT_TRUE(found);
  const auto id = ada.sdk().place_block(system_now(), place, wall);
  ASSERT_TRUE(id.has_value()) << id.error().text();
  ASSERT_TRUE(play_until(seconds(5), {&ada, &ben}, [&] { return newest<ActionDone>(ada) != nullptr; }));
  EXPECT_EQ(newest<ActionDone>(ada)->id, *id);
  EXPECT_EQ(newest<ActionDone>(ada)->refusal, Refusal::none) << text(newest<ActionDone>(ada)->refusal);
  EXPECT_TRUE(play_until(seconds(5), {&ada, &ben}, [&] { return ben.sdk().chunks().block(place.map, place.at, place.layer) == wall; }));

  // Far away: refused with its reason, and taken back where it was shown at once.
  const BlockPlace far{self.map, {(self.body.x_q8 >> 8) + 20, self.body.y_q8 >> 8}, Layer::active};
  ada.events.clear();
  ASSERT_TRUE(ada.sdk().place_block(system_now(), far, wall).has_value());
  ASSERT_TRUE(play_until(seconds(5), {&ada, &ben}, [&] { return newest<ActionDone>(ada) != nullptr; }));
  EXPECT_EQ(newest<ActionDone>(ada)->refusal, Refusal::out_of_reach);
  EXPECT_NE(ada.sdk().chunks().block(far.map, far.at, far.layer), wall);
}

TEST(Sessions, A_second_login_ends_the_first) {
  Scratch scratch;
  Node node(scratch);
  Player first(node, "ada");
  ASSERT_TRUE(play_until(seconds(15), {&first}, [&] { return first.in_world(); }));
  Player second(node, "ada");
  ASSERT_TRUE(play_until(seconds(15), {&first, &second}, [&] { return second.in_world() && first.reason() == Reason::epoch; }))
      << "first: " << name(first.reason());
}

TEST(Sessions, Players_are_told_when_the_node_stops_and_it_exits_with_0) {
  Scratch scratch;
  Node node(scratch);
  Player ada(node, "ada");
  ASSERT_TRUE(play_until(seconds(15), {&ada}, [&] { return ada.in_world(); }));
  node.process().signal(SIGTERM);
  EXPECT_TRUE(play_until(seconds(5), {&ada}, [&] { return ada.reason() == Reason::shutdown; })) << name(ada.reason());
  const auto code = node.process().wait(seconds(10));
  ASSERT_TRUE(code.has_value()) << node.process().log();
  EXPECT_EQ(*code, 0) << node.process().log();
}

TEST(Sessions, After_a_kill_and_a_restart_the_player_is_back_with_a_new_ticket) {
  Scratch scratch;
  Node node(scratch);
  Player ada(node, "ada");
  ASSERT_TRUE(play_until(seconds(15), {&ada}, [&] { return ada.in_world(); }));
  const EntityId before = ada.sdk().self(system_now())->id;
  node.process().signal(SIGKILL);
  ASSERT_TRUE(node.process().wait(seconds(5)).has_value());
  node.restart();
  EXPECT_TRUE(play_until(seconds(10), {&ada}, [&] {
    const SelfView* self = ada.sdk().self(system_now());
    return self != nullptr && self->id != before && ada.sdk().stats(system_now()).link == LinkState::up;
  })) << node.process().log();
}

// Sealed with the gate's own key, and over before it is used. (An old one of the gate's own would be `stale`: the node is younger.)
void expire(const Node& node, Ticket& ticket) {
  SystemChance chance;
  ConnectToken token;
  token.key_id = kDevKeyId;
  token.node = ticket.node;
  token.issued_ms = token.epoch = static_cast<std::uint64_t>(system_now().wall_ms);
  token.expires_ms = token.issued_ms - 1;
  chance.fill(token.id);
  token.secret = ticket.secret;
  token.account = token.character = dev_account("dan");
  ticket.token = seal_token(token, node_key(load_dev_key(node.state()).value(), ticket.node), chance);
}

TEST(Sessions, A_wrong_token_an_expired_one_and_wire_0_are_refused_with_their_reasons) {
  Scratch scratch;
  Node node(scratch);
  // Unproven refusals are believed only at the client's own deadline of 10 s, so all wait together.
  Player flipped(node, "ada", {}, [](Ticket& ticket) { ticket.token[100] ^= 1; });
  Player stolen(node, "ben", {}, [](Ticket& ticket) { ticket.secret.bytes[0] ^= 1; });
  Player ancient(node, "cyd", {.wire_min = 0, .wire_max = 0}, [](Ticket&) {});
  Player late(node, "dan", {}, [&](Ticket& ticket) { expire(node, ticket); });
  const std::vector<Player*> all = {&flipped, &stolen, &ancient, &late};
  ASSERT_TRUE(play_until(seconds(25), all, [&] {
    return std::all_of(all.begin(), all.end(), [](Player* player) { return player->sdk().stats(system_now()).link == LinkState::closed; });
  }));
  EXPECT_EQ(flipped.reason(), Reason::bad_token);
  EXPECT_EQ(stolen.reason(), Reason::bad_token);
  EXPECT_EQ(ancient.reason(), Reason::version);
  EXPECT_EQ(late.reason(), Reason::expired);
  EXPECT_NE(ancient.reason_text().find("update"), std::string::npos) << "a player must read what to do: " << ancient.reason_text();
  EXPECT_EQ(late.reason_text(), text(Reason::expired));
  for (Player* player : all) EXPECT_FALSE(player->in_world());
}

TEST(Sessions, Each_broken_region_file_is_refused_where_it_is_broken) {
  Scratch scratch;
  std::vector<std::filesystem::path> cases;
  for (const auto& entry : std::filesystem::directory_iterator("e2e/config_cases"))
    if (entry.path().extension() == ".yaml") cases.push_back(entry.path());
  std::sort(cases.begin(), cases.end());
  ASSERT_GE(cases.size(), 25u);
  for (const auto& path : cases) {
    std::ifstream file(path);
    std::string expected;
    std::getline(file, expected);
    constexpr std::string_view kMark = "# expect: ";
    ASSERT_TRUE(expected.starts_with(kMark)) << path;
    expected = expected.substr(kMark.size());
    const std::string place = expected.substr(0, expected.find(": ")), what = expected.substr(expected.find(": ") + 2);
    Process check({program("meridian-node"), "--config", path.string(), "--check-config"},
                  scratch.path() + "/" + path.filename().string() + ".log");
    const auto code = check.wait(seconds(10));
    ASSERT_TRUE(code.has_value()) << path;
    EXPECT_NE(*code, 0) << path;
    EXPECT_NE(check.log().find(fmt::format("{}:{}: error: {}", path.string(), place, what)), std::string::npos) << path << "\n"
                                                                                                                << check.log();
  }
}

// The node's own count of CONNECTs answered with this reason.
int refused(const Node& node, std::string_view reason) {
  const auto answer = http_get(Address::parse(node.http()).value(), "/metrics", 2000);
  const std::string row = fmt::format("meridian_net_handshakes_total{{result=\"{}\"}} ", reason);
  const std::size_t at = answer ? answer->body.find(row) : std::string::npos;
  return at == std::string::npos ? -1 : std::atoi(answer->body.c_str() + at + row.size());
}

TEST(Sessions, A_ticket_from_before_a_restart_is_refused_and_the_next_one_gets_in) {
  Scratch scratch;
  Node node(scratch);
  const Ticket before = tickets_of(node, "ben")().value();
  const std::int64_t minted_ms = system_now().wall_ms;
  Player ada(node, "ada");
  // A node takes what was minted up to two seconds before its start: the clocks of gate and node may differ by as much.
  ASSERT_TRUE(play_until(seconds(15), {&ada}, [&] { return ada.in_world() && system_now().wall_ms > minted_ms + 2'000; }));
  node.process().signal(SIGKILL);
  ASSERT_TRUE(node.process().wait(seconds(5)).has_value());
  node.restart();
  int tickets = 0;
  Player ben(node, "ben", {}, [&](Ticket& ticket) {
    if (++tickets == 1) ticket = before;
  });
  ASSERT_TRUE(play_until(seconds(10), {&ben}, [&] { return ben.in_world(); })) << name(ben.reason()) << "\n" << node.process().log();
  EXPECT_EQ(tickets, 2);
  EXPECT_TRUE(eventually(seconds(5), [&] { return refused(node, "stale") == 1; })) << refused(node, "stale");
}

TEST(Sessions, A_node_without_the_development_gate_takes_none_of_its_tickets) {
  Scratch scratch;
  Node node(scratch);  // with it: the key is made
  node.process().signal(SIGTERM);
  ASSERT_EQ(node.process().wait(seconds(10)), 0) << node.process().log();
  std::stringstream settings;
  settings << std::ifstream(node.config()).rdbuf();
  std::string text = settings.str();
  const std::size_t at = text.find("dev: true");
  ASSERT_NE(at, std::string::npos) << text;
  std::ofstream(node.config()) << text.replace(at, 9, "dev: false");
  node.restart();
  Player ada(node, "ada");  // an unproven refusal is believed only at the client's own deadline of 10 s
  ASSERT_TRUE(play_until(seconds(25), {&ada}, [&] { return ada.reason() != Reason::none; }));
  EXPECT_EQ(ada.reason(), Reason::bad_token);
  EXPECT_GE(refused(node, "bad_token"), 1);
  EXPECT_EQ(refused(node, "welcome"), 0);
}

}  // namespace
}  // namespace meridian::e2e
