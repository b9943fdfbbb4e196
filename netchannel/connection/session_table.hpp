// The sessions of a port, by slot. A slot's number is the session's connection id on the wire; its use counts up, so a SessionId is never
// given twice. Slots go round: the one freed longest ago is taken next, so that what still flies to a session that ended rarely meets
// another one.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "netchannel/connection/rate_limits.hpp"
#include "netchannel/connection/session_event.hpp"
#include "netchannel/connection/session_states.hpp"
#include "netchannel/connection/used_tokens.hpp"
#include "netchannel/reliability/channel.hpp"
#include "netchannel/wire/handshake.hpp"

namespace meridian {

struct Session {
  SessionState state = SessionState::none;
  SessionId id;
  SessionIdentity who;
  TokenId token{};
  std::uint64_t token_expires_ms = 0;
  Address peer;
  std::int64_t since_us = 0;                             // when it entered its state
  std::array<std::uint8_t, Connect::kHashed> connect{};  // what it was made from
  std::array<std::uint8_t, kWelcomeBytes> welcome{};     // and what was answered
  std::optional<Channel> channel;
  InboundBudget inbound;
  bool awake = false;           // has something that may not wait for the next tick
  std::uint64_t bulk_seen = 0;  // of the channel's bulk packets, those that `inbound` knows of
};

class SessionTable {
 public:
  explicit SessionTable(std::size_t slots);

  Session* take();              // in state none still; nullptr: no slot is free
  void free(Session& session);  // forgets all of it, keys first
  void enter(Session& session, SessionState state, std::int64_t now_us);
  // Sets what others are found by, at once with the session's own copy.
  void set_character(Session& session, std::uint64_t character);

  Session* by_slot(std::uint16_t slot);  // nullptr: nobody is there
  Session* by_id(SessionId id);          // nullptr: over
  // The character's session in the strongest state, up before half before closing.
  Session* strongest_of(std::uint64_t character);
  Session* half_or_up_of_token(std::uint64_t character, const TokenId& token);

  std::vector<Session>& all() { return sessions_; }
  std::uint32_t count(SessionState state) const { return counts_[static_cast<unsigned>(state)]; }
  std::size_t size() const { return sessions_.size(); }
  bool has_free() const { return count(SessionState::none) != 0; }

 private:
  std::size_t slot_of(const Session& session) const { return static_cast<std::size_t>(&session - sessions_.data()); }

  std::vector<Session> sessions_;
  std::vector<std::uint64_t> characters_;  // by slot: searched at each CONNECT, so it lies close together
  std::vector<std::uint16_t> free_;        // a ring
  std::size_t free_head_ = 0, free_count_ = 0;
  std::array<std::uint32_t, kSessionStates> counts_{};
};

}  // namespace meridian
