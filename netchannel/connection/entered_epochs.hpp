// Who has come in under which session epoch, so that a token minted before the newest login is refused also when that login has left again
// (`netcode.md` 2: a second login fences older sessions and tokens). Kept until the token that came in would have expired: one minted
// before it has expired by then, too. Bounded as the table of used tokens is: when it is full the node refuses.
#pragma once

#include <cstdint>
#include <map>
#include <optional>

#include "netchannel/connection/used_tokens.hpp"

namespace meridian {

class EnteredEpochs {
 public:
  // The greatest epoch under which the character came in lately; nothing when that is over, or never was.
  std::optional<std::uint64_t> newest(std::uint64_t character) const;
  bool full() const { return by_character_.size() >= UsedTokens::kMax; }
  void enter(std::uint64_t character, std::uint64_t epoch, std::uint64_t expires_ms);
  // Forgets those whose token UsedTokens has forgotten (and refuses for good), a part each call: all of them in 256 calls.
  void sweep(std::uint64_t forgotten_to_ms);

 private:
  struct Entered {
    std::uint64_t epoch = 0, expires_ms = 0;
  };
  std::map<std::uint64_t, Entered> by_character_;
  std::uint64_t sweep_from_ = 0;  // the first character not looked at yet in this round
  std::size_t looks_each_ = 0;    // a call
};

}  // namespace meridian
