// The tokens that a session has taken, until each one's expiry: a token opens one session, once (`netcode.md` 2, layer a). Bounded: when it
// is full the node refuses, it never forgets one that is still good. 2,000 connects a second with 30 s tokens just fit.
//
// Expiry is by the wall clock, which may jump. Who is forgotten would be good again if it jumped back, so the table remembers the latest
// expiry that it has forgotten: every token that expires no later counts as expired for good.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace meridian {

using TokenId = std::array<std::uint8_t, 16>;

class UsedTokens {
 public:
  static constexpr std::size_t kMax = 60'000;

  // `key0`, `key1`: secret, so that nobody can choose ids that collide.
  UsedTokens(std::uint64_t key0, std::uint64_t key1, std::size_t max = kMax);

  bool holds(const TokenId& id) const;
  bool full() const { return size_ >= max_; }
  void add(const TokenId& id, std::uint64_t expires_ms);  // not full, not held
  void remove(const TokenId& id);                         // its session never came up: good again
  bool expired(std::uint64_t expires_ms, std::int64_t wall_ms) const;
  std::uint64_t forgotten_to_ms() const { return forgotten_to_ms_; }  // whatever expires no later is expired for good
  // Forgets what has expired, a part of the table each call: all of it in 256 calls.
  void sweep(std::int64_t wall_ms);
  std::size_t size() const { return size_; }

 private:
  struct Entry {
    TokenId id{};
    std::uint64_t expires_ms = 0;
    bool taken = false;
  };
  std::size_t home(const TokenId& id) const;
  std::size_t find(const TokenId& id) const;  // its place, or the empty one where it would be put
  void erase(std::size_t at);

  std::uint64_t key0_, key1_;
  std::size_t max_;
  std::vector<Entry> entries_;  // at most half full, so probes are short
  std::size_t size_ = 0, swept_to_ = 0;
  std::uint64_t forgotten_to_ms_ = 0;
};

}  // namespace meridian
