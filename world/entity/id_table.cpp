// Deletion by backward shift: Knuth, TAOCP 3, 6.4, algorithm R.
#include "world/entity/id_table.hpp"

#include <algorithm>
#include <bit>
#include <utility>

#include "base/assert.hpp"

namespace meridian {

std::size_t IdTable::place_of(std::uint64_t id) const {
  const std::size_t mask = entries_.size() - 1;
  std::size_t at = home(id);
  while (entries_[at].id != 0 && entries_[at].id != id) at = (at + 1) & mask;
  return at;
}

std::uint32_t IdTable::find(EntityId id) const {
  if (entries_.empty() || id.bits == 0) return kNone;
  const Entry& entry = entries_[place_of(id.bits)];
  return entry.id == 0 ? kNone : entry.slot;
}

void IdTable::insert(EntityId id, std::uint32_t slot) {
  MRD_ASSERT(id.bits != 0);
  if ((size_ + 1) * 2 > entries_.size()) grow();
  Entry& entry = entries_[place_of(id.bits)];
  MRD_ASSERT(entry.id == 0);
  entry = {.id = id.bits, .slot = slot};
  ++size_;
}

void IdTable::erase(EntityId id) {
  MRD_ASSERT(find(id) != kNone);
  const std::size_t mask = entries_.size() - 1;
  std::size_t hole = place_of(id.bits);
  for (std::size_t at = (hole + 1) & mask; entries_[at].id != 0; at = (at + 1) & mask) {
    // An entry may move into the hole unless its home lies after the hole: a search for it would start too late.
    const std::size_t from_home = (at - home(entries_[at].id)) & mask;
    const std::size_t from_hole = (at - hole) & mask;
    if (from_home < from_hole) continue;
    entries_[hole] = entries_[at];
    hole = at;
  }
  entries_[hole] = {};
  --size_;
}

void IdTable::grow() {
  std::vector<Entry> old(std::max<std::size_t>(64, entries_.size() * 2));
  old.swap(entries_);
  shift_ = 64 - std::countr_zero(entries_.size());
  for (const Entry& entry : old) {
    if (entry.id != 0) entries_[place_of(entry.id)] = entry;
  }
}

std::size_t EndedIds::first_after(std::uint64_t id) const {
  const auto it =
      std::upper_bound(intervals_.begin(), intervals_.end(), id, [](std::uint64_t v, const Interval& i) { return v < i.first; });
  return static_cast<std::size_t>(it - intervals_.begin());
}

bool EndedIds::contains(EntityId id) const {
  const std::size_t after = first_after(id.bits);
  return after > 0 && id.bits <= intervals_[after - 1].last;
}

void EndedIds::add(EntityId id) {
  MRD_ASSERT(id.bits != 0 && !contains(id));
  const std::size_t after = first_after(id.bits);
  const bool joins_before = after > 0 && intervals_[after - 1].last + 1 == id.bits;
  const bool joins_after = after < intervals_.size() && intervals_[after].first == id.bits + 1;
  const auto at = intervals_.begin() + static_cast<std::ptrdiff_t>(after);
  if (joins_before && joins_after) {
    intervals_[after - 1].last = intervals_[after].last;
    intervals_.erase(at);
  } else if (joins_before) {
    intervals_[after - 1].last = id.bits;
  } else if (joins_after) {
    intervals_[after].first = id.bits;
  } else {
    intervals_.insert(at, {id.bits, id.bits});
  }
}

}  // namespace meridian
