#include "netchannel/connection/session_table.hpp"

#include "base/assert.hpp"

namespace meridian {
namespace {

int strength(SessionState state) {
  switch (state) {
    case SessionState::none: return 0;
    case SessionState::closing: return 1;
    case SessionState::half: return 2;
    case SessionState::handing: return 3;
    case SessionState::up: return 4;
  }
  return 0;
}

}  // namespace

SessionTable::SessionTable(std::size_t slots) : sessions_(slots), characters_(slots), free_(slots), free_count_(slots) {
  MRD_ASSERT(slots > 0 && slots <= 65'536);
  for (std::size_t slot = 0; slot < slots; ++slot) {
    free_[slot] = static_cast<std::uint16_t>(slot);
    sessions_[slot].id.bits = static_cast<std::uint32_t>(slot);
  }
  counts_[static_cast<unsigned>(SessionState::none)] = static_cast<std::uint32_t>(slots);
}

Session* SessionTable::take() {
  if (free_count_ == 0) return nullptr;
  const std::uint16_t slot = free_[free_head_];
  free_head_ = (free_head_ + 1) % free_.size();
  --free_count_;
  return &sessions_[slot];
}

void SessionTable::free(Session& session) {
  const std::size_t slot = slot_of(session);
  enter(session, SessionState::none, 0);
  const SessionId next{session.id.bits + 0x10000};
  session = Session{};
  session.id = next;
  characters_[slot] = 0;
  free_[(free_head_ + free_count_++) % free_.size()] = static_cast<std::uint16_t>(slot);
}

void SessionTable::enter(Session& session, SessionState state, std::int64_t now_us) {
  --counts_[static_cast<unsigned>(session.state)];
  ++counts_[static_cast<unsigned>(state)];
  session.state = state;
  session.since_us = now_us;
}

void SessionTable::set_character(Session& session, std::uint64_t character) {
  session.who.character = character;
  characters_[slot_of(session)] = character;
}

Session* SessionTable::by_slot(std::uint16_t slot) {
  return slot < sessions_.size() && sessions_[slot].state != SessionState::none ? &sessions_[slot] : nullptr;
}

Session* SessionTable::by_id(SessionId id) {
  Session* const session = by_slot(static_cast<std::uint16_t>(id.bits));
  return session != nullptr && session->id == id ? session : nullptr;
}

Session* SessionTable::strongest_of(std::uint64_t character) {
  Session* best = nullptr;
  for (std::size_t slot = 0; slot < characters_.size(); ++slot) {
    if (characters_[slot] != character || sessions_[slot].state == SessionState::none) continue;
    if (best == nullptr || strength(sessions_[slot].state) > strength(best->state)) best = &sessions_[slot];
  }
  return best;
}

Session* SessionTable::half_or_up_of_token(std::uint64_t character, const TokenId& token) {
  for (std::size_t slot = 0; slot < characters_.size(); ++slot) {
    Session& session = sessions_[slot];
    if (characters_[slot] == character && (session.state == SessionState::half || session.state == SessionState::up) &&
        session.token == token)
      return &session;
  }
  return nullptr;
}

}  // namespace meridian
