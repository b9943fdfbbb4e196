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
  void hear_link(const LinkChanged& link);
  void say(Now now, std::string notice);  // for a while
  void refused(const char* doing, Refusal refusal);

  Client& client_;
  const BlockKinds& kinds_;
  std::vector<BlockId> placeable_;
  std::size_t chosen_ = 0;
  HeldKey held_;
  bool push_ = false;                                         // with the next tick's input
  std::vector<std::pair<std::uint16_t, const char*>> asked_;  // actions of this session under way: id, what it was
  std::optional<SelfView> last_self_;                         // who is out of the world still sees where he was
  std::vector<EntityView> others_;
  std::vector<BlockPlace> pending_;
  std::string notice_, last_refusal_;
  std::int64_t notice_until_us_ = 0;
  std::string link_;     // what there is to say of a link that is not up, "" of one that is
  std::string trouble_;  // why it is not, as last heard
  bool told_not_durable_ = false;
};

}  // namespace meridian
