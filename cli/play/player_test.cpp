// What a player reads while the link fails and comes back: against the scripted node, real handshake and lanes, simulated time.
#include "cli/play/player.hpp"

#include <gtest/gtest.h>

#include "netchannel/client/scripted_node.hpp"

namespace meridian {
namespace {

using scripted::Rig;

constexpr std::int64_t kSecond_us = 1'000'000;

// As the scripted node has them, the wall with a look of its own.
BlockKinds look() {
  return BlockKinds({{.name = "grass", .layer = Layer::floor},
                     {.name = "wall", .layer = Layer::active, .solid = true, .placeable = true, .breakable = true, .glyph = U'#'}});
}

struct Game {
  Rig rig;
  BlockKinds kinds = look();
  Player player{*rig.client, kinds};

  Game() {
    rig.stalled_until_us = std::numeric_limits<std::int64_t>::max();  // the player drives the client, not the rig
    rig.client->connect(rig.now);
  }
  void run_for(std::int64_t us, std::vector<Press> presses = {}) {
    for (const std::int64_t end = rig.now.mono_us + us; rig.now.mono_us < end; rig.run_for(5'000)) {
      EXPECT_TRUE(player.step(rig.now, presses));
      presses.clear();
    }
  }
  bool run_until_shown(const std::string& text, std::int64_t at_most_us) {
    for (const std::int64_t end = rig.now.mono_us + at_most_us; !shows(text) && rig.now.mono_us < end;) run_for(5'000);
    return shows(text);
  }
  std::string screen() {
    Canvas canvas(100, 24);
    player.draw(rig.now, canvas);
    std::string all;
    for (int y = 0; y < canvas.height(); ++y) all += canvas.row(y) + "\n";
    return all;
  }
  bool shows(const std::string& text) { return screen().find(text) != std::string::npos; }
};

TEST(Player, Says_what_is_wrong_as_long_as_it_is_over_the_map_as_it_was_last_seen) {
  Game game;
  ASSERT_TRUE(game.run_until_shown(" | up", 3 * kSecond_us));
  game.run_for(kSecond_us);
  EXPECT_TRUE(game.shows("@"));
  // As after `./dev down --purge`: the node stops, and the key that tickets are made with is gone.
  game.rig.ticket = []() -> std::expected<Ticket, Error> { return std::unexpected(Error{"no development key", "it is gone", "./dev up"}); };
  game.rig.node->close(game.rig.now);
  game.run_for(kSecond_us);
  for (int i = 0; i < 30; ++i) {
    game.run_for(kSecond_us);
    EXPECT_TRUE(game.shows("The server is stopping")) << i << " s\n" << game.screen();
    EXPECT_TRUE(game.shows("@")) << i << " s\n" << game.screen();
    EXPECT_EQ(game.shows("no development key"), i >= 1 && i < 9) << i << " s: a notice, for 8 s, beside it\n" << game.screen();
  }
}

TEST(Player, Reads_that_blocks_were_taken_back_also_when_the_link_went_with_them) {
  Game game;
  ASSERT_TRUE(game.run_until_shown(" | up", 3 * kSecond_us));
  game.run_for(kSecond_us);
  game.run_for(kSecond_us / 5, {{.kind = Press::Kind::place}});
  game.rig.node->close(game.rig.now);
  ASSERT_TRUE(game.run_until_shown("The server is stopping", kSecond_us)) << game.screen();
  EXPECT_TRUE(game.shows("your last blocks are taken back")) << game.screen();
}

TEST(Player, Reads_why_he_is_not_let_in_while_it_is_tried_again) {
  Game game;
  game.rig.ticket = [&] { return game.rig.good_ticket(-1000); };
  game.rig.client->close(game.rig.now);
  game.rig.client->connect(game.rig.now);
  EXPECT_TRUE(game.run_until_shown("has run out: log in again. ... trying again", 3 * kSecond_us)) << game.screen();
  EXPECT_TRUE(game.run_until_shown("has run out: log in again.  (q leaves)", 10 * kSecond_us)) << game.screen();
}

TEST(Player, A_refusal_after_coming_back_is_named_after_what_was_asked_then) {
  Game game;
  ASSERT_TRUE(game.run_until_shown(" | up", 3 * kSecond_us));
  game.run_for(kSecond_us);
  game.run_for(kSecond_us / 5, {{.kind = Press::Kind::place}});  // never answered
  game.rig.node.reset();
  game.run_for(2 * kSecond_us);
  game.rig.restart_node();
  game.rig.node->judge = [](const Action&) { return Refusal::too_fast; };
  game.run_for(5 * kSecond_us);
  ASSERT_TRUE(game.shows(" | up")) << game.screen();
  game.run_for(kSecond_us, {{.kind = Press::Kind::break_block}});  // its id is the first of this session, as the other's was of that
  EXPECT_TRUE(game.shows("break: too fast")) << game.screen();
}

TEST(Player, Sees_a_block_faint_while_the_node_has_not_answered) {
  Game game;
  ASSERT_TRUE(game.run_until_shown(" | up", 3 * kSecond_us));
  game.run_for(kSecond_us);
  game.run_for(kSecond_us, {{.kind = Press::Kind::place}});
  game.run_for(kSecond_us, {{.kind = Press::Kind::walk, .heading = 64}});  // so that the brackets are elsewhere
  const auto faint = [&] {
    Canvas canvas(100, 24);
    game.player.draw(game.rig.now, canvas);
    int cells = 0;
    for (int y = 0; y < 22; ++y)
      for (int x = 0; x < 100; ++x) cells += canvas.at(x, y).glyph == U'#' && !canvas.at(x, y).bold;
    return cells;
  };
  EXPECT_EQ(faint(), 2);
}

}  // namespace
}  // namespace meridian
