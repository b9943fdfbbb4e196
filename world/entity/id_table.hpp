// Two small sets keyed by entity id: where a living one is, and which have ended.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/ids.hpp"

namespace meridian {

// Id -> slot. Open addressing with linear probing, at most half full; erasing shifts the run back, so there are no tombstones and a world
// whose population only turns over allocates nothing.
class IdTable {
 public:
  static constexpr std::uint32_t kNone = 0xFFFFFFFF;

  std::uint32_t find(EntityId id) const;         // kNone when absent
  void insert(EntityId id, std::uint32_t slot);  // id is not 0 and not present
  void erase(EntityId id);                       // id is present
  std::size_t size() const { return size_; }

 private:
  struct Entry {
    std::uint64_t id = 0;  // 0 = empty
    std::uint32_t slot = 0;
  };
  std::size_t home(std::uint64_t id) const { return static_cast<std::size_t>((id * 0x9E3779B97F4A7C15u) >> shift_); }
  std::size_t place_of(std::uint64_t id) const;  // where it is, or the empty place that ends its run
  void grow();

  std::vector<Entry> entries_;  // a power of two
  int shift_ = 64;              // 64 - log2(entries_.size())
  std::size_t size_ = 0;
};

// Ids that have ended, as closed intervals in order. Ids are issued in blocks and counted up, so intervals join: there are about as many as
// entities alive, not as many as ever lived.
class EndedIds {
 public:
  bool contains(EntityId id) const;
  void add(EntityId id);
  std::size_t intervals() const { return intervals_.size(); }

 private:
  struct Interval {
    std::uint64_t first, last;
  };
  std::size_t first_after(std::uint64_t id) const;  // index of the first interval that begins after id
  std::vector<Interval> intervals_;
};

}  // namespace meridian
