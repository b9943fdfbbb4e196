// Who plays: characters, their bodies and their sessions. A character has at most one body and one session; a body without a session is
// link-dead and waits for its player for a while. A player's number (his place in the table) stays while he is in it, and is what systems
// and views name him by.
//
//   none --open--> playing --session lost--> link-dead --time over--> none
//                    ^ '--bye--> none            |
//                    '----------- open ----------'      open while playing: the new session takes the body over, the old one is closed
#pragma once

#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include "base/tick.hpp"
#include "netchannel/connection/session_event.hpp"
#include "netchannel/prediction/input_buffer.hpp"
#include "regional_node/systems/blocks.hpp"

namespace meridian {

struct Player {
  SessionIdentity who;
  std::optional<SessionId> session;  // none = link-dead
  EntityId entity;
  EntityHandle body;
  InputBuffer inputs;
  ActionRate actions;
  Tick link_dead_since;
  std::uint8_t malformed = 0;  // messages of this session that made no sense
  bool used = false;
};

class Players {
 public:
  // Twice as many bodies as sessions: link-dead ones are taken away early beyond that.
  explicit Players(std::uint16_t max_players) : max_bodies_(std::size_t{max_players} * 2) {}

  bool full() const { return count_ == max_bodies_; }
  std::size_t count() const { return count_; }
  std::size_t link_dead() const { return count_ - connected_; }

  std::uint32_t add(const SessionIdentity& who, EntityId entity, EntityHandle body);
  void remove(std::uint32_t player);
  // Gives the body to a session, as good as new: inputs of an earlier one are gone.
  void attach(std::uint32_t player, SessionId session, std::uint16_t tick_hz);
  void detach(std::uint32_t player, Tick now);

  std::optional<std::uint32_t> find(SessionId session) const;
  std::optional<std::uint32_t> find_character(std::uint64_t character) const;
  // The one who has been link-dead longest.
  std::optional<std::uint32_t> longest_link_dead() const;

  // Places of the table, used or not, by number.
  std::vector<Player>& all() { return players_; }
  Player& operator[](std::uint32_t player) { return players_[player]; }

 private:
  static constexpr std::uint32_t kNobody = 0xFFFFFFFF;

  std::size_t max_bodies_;
  std::vector<Player> players_;
  std::vector<std::uint32_t> free_;
  std::size_t count_ = 0, connected_ = 0;
  struct Seat {
    SessionId session;
    std::uint32_t player = kNobody;
  };
  std::vector<Seat> seats_;                                        // by the session's slot (low 16 bits)
  std::unordered_map<std::uint64_t, std::uint32_t> by_character_;  // touched when sessions come and go
};

}  // namespace meridian
