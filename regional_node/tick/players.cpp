#include "regional_node/tick/players.hpp"

#include "base/assert.hpp"

namespace meridian {
namespace {

std::size_t slot_of(SessionId session) { return session.bits & 0xFFFF; }

}  // namespace

std::uint32_t Players::add(const SessionIdentity& who, EntityId entity, EntityHandle body) {
  MRD_ASSERT(!full() && !by_character_.contains(who.character));
  std::uint32_t number = static_cast<std::uint32_t>(players_.size());
  if (free_.empty()) {
    players_.emplace_back();
  } else {
    number = free_.back();
    free_.pop_back();
  }
  Player player;
  player.who = who;
  player.entity = entity;
  player.body = body;
  player.used = true;
  players_[number] = player;
  by_character_.emplace(who.character, number);
  ++count_;
  return number;
}

void Players::remove(std::uint32_t player) {
  MRD_ASSERT(players_[player].used && !players_[player].session);
  by_character_.erase(players_[player].who.character);
  players_[player].used = false;
  free_.push_back(player);
  --count_;
}

void Players::attach(std::uint32_t player, SessionId session, std::uint16_t tick_hz) {
  Player& p = players_[player];
  MRD_ASSERT(p.used && !p.session);
  p.session = session;
  p.inputs = InputBuffer{};
  p.actions = ActionRate(tick_hz);
  p.malformed = 0;
  if (seats_.size() <= slot_of(session)) seats_.resize(slot_of(session) + 1);
  MRD_ASSERT(seats_[slot_of(session)].player == kNobody);  // a slot's last session is closed before the next one opens
  seats_[slot_of(session)] = {session, player};
  ++connected_;
}

void Players::detach(std::uint32_t player, Tick now) {
  Player& p = players_[player];
  MRD_ASSERT(p.used && p.session);
  seats_[slot_of(*p.session)] = {};
  p.session.reset();
  p.link_dead_since = now;
  --connected_;
}

std::optional<std::uint32_t> Players::find(SessionId session) const {
  if (slot_of(session) >= seats_.size()) return std::nullopt;
  const Seat& seat = seats_[slot_of(session)];
  return seat.player != kNobody && seat.session == session ? std::optional(seat.player) : std::nullopt;
}

std::optional<std::uint32_t> Players::find_character(std::uint64_t character) const {
  const auto found = by_character_.find(character);
  return found == by_character_.end() ? std::nullopt : std::optional(found->second);
}

std::optional<std::uint32_t> Players::longest_link_dead() const {
  std::optional<std::uint32_t> longest;
  for (std::uint32_t i = 0; i < players_.size(); ++i) {
    const Player& p = players_[i];
    if (p.used && !p.session && (!longest || p.link_dead_since < players_[*longest].link_dead_since)) longest = i;
  }
  return longest;
}

}  // namespace meridian
