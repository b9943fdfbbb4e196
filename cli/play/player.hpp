// One person's game: keys in, a picture out, the client in between. Pure but for the client's transport: time comes in, nothing is read or
// written here.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "cli/play/keys.hpp"
#include "cli/play/screen.hpp"
#include "netchannel/client/client.hpp"

namespace meridian {

class Player {
 public:
  // Both outlive the player.
  Player(Client& client, const BlockKinds& kinds);

  // Every few ms, with what was typed since: walks, works, hears. False: asked to leave.
  bool step(Now now, std::span<const Press> presses);
  void draw(Now now, Canvas& canvas);

 private:
  bool act(Now now, const Press& press);
  void place(Now now);
  void break_faced(Now now);
  void hear(Now now, const ClientEvent& event);
  void say(Now now, std::string message, std::int64_t for_ms);
  void refused(const char* doing, Refusal refusal);

  Client& client_;
  const BlockKinds& kinds_;
  std::vector<BlockId> placeable_;
  std::size_t chosen_ = 0;
  HeldKey held_;
  bool push_ = false;                                         // with the next tick's input
  std::vector<std::pair<std::uint16_t, const char*>> asked_;  // actions under way: id, what it was
  std::vector<EntityView> others_;
  std::string message_, last_refusal_;
  std::string trouble_;  // why the link is not up, as last heard
  std::int64_t message_until_us_ = 0;
  bool told_not_durable_ = false;
};

}  // namespace meridian
