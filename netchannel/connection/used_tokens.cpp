// Open addressing with linear probes; an erased place is closed by moving back what stands behind it (Knuth, TAOCP 6.4, algorithm R), so
// there are no tombstones and the table stays as fast as it was.
#include "netchannel/connection/used_tokens.hpp"

#include <algorithm>
#include <bit>

#include "base/assert.hpp"
#include "base/siphash.hpp"

namespace meridian {
namespace {

constexpr std::size_t kSweeps = 256;

}  // namespace

UsedTokens::UsedTokens(std::uint64_t key0, std::uint64_t key1, std::size_t max)
    : key0_(key0), key1_(key1), max_(max), entries_(std::bit_ceil(2 * max)) {}

std::size_t UsedTokens::home(const TokenId& id) const { return siphash24(id, key0_, key1_) % entries_.size(); }

std::size_t UsedTokens::find(const TokenId& id) const {
  std::size_t at = home(id);
  while (entries_[at].taken && entries_[at].id != id) at = (at + 1) % entries_.size();
  return at;
}

bool UsedTokens::holds(const TokenId& id) const { return entries_[find(id)].taken; }

void UsedTokens::add(const TokenId& id, std::uint64_t expires_ms) {
  Entry& entry = entries_[find(id)];
  MRD_ASSERT(!full() && !entry.taken);
  entry = {id, expires_ms, true};
  ++size_;
}

void UsedTokens::remove(const TokenId& id) {
  const std::size_t at = find(id);
  if (entries_[at].taken) erase(at);
}

bool UsedTokens::expired(std::uint64_t expires_ms, std::int64_t wall_ms) const {
  return expires_ms <= forgotten_to_ms_ || wall_ms < 0 || expires_ms <= static_cast<std::uint64_t>(wall_ms);
}

void UsedTokens::sweep(std::int64_t wall_ms) {
  for (std::size_t i = 0; i < std::max<std::size_t>(1, entries_.size() / kSweeps);) {
    const Entry& entry = entries_[swept_to_];
    if (entry.taken && expired(entry.expires_ms, wall_ms)) {
      if (entry.expires_ms > forgotten_to_ms_) forgotten_to_ms_ = entry.expires_ms;
      erase(swept_to_);  // another entry may have moved here: look again
      continue;
    }
    swept_to_ = (swept_to_ + 1) % entries_.size();
    ++i;
  }
}

void UsedTokens::erase(std::size_t at) {
  --size_;
  for (std::size_t hole = at, next = at;;) {
    entries_[hole].taken = false;
    for (;;) {
      next = (next + 1) % entries_.size();
      if (!entries_[next].taken) return;
      // May stay where it is if its home lies in (hole, next], around the end.
      const std::size_t from_home = (next + entries_.size() - home(entries_[next].id)) % entries_.size();
      if (from_home >= (next + entries_.size() - hole) % entries_.size()) break;
    }
    entries_[hole] = entries_[next];
    hole = next;
  }
}

}  // namespace meridian
