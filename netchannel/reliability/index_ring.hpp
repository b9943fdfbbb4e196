// Items by an index that only counts up (packet number, message id, byte offset), of which a short run is alive at a time. Grows by
// doubling when the run outgrows it, so a quiet session stays small and a warm one never allocates.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

namespace meridian {

template <class T>
class IndexRing {
 public:
  explicit IndexRing(std::size_t first_capacity) : first_capacity_(first_capacity) {}  // a power of two

  T& operator[](std::uint64_t index) { return items_[index & (items_.size() - 1)]; }
  const T& operator[](std::uint64_t index) const { return items_[index & (items_.size() - 1)]; }
  std::size_t capacity() const { return items_.size(); }

  // Afterwards [oldest, end) have places of their own. [oldest, used_end) is kept; true: only that, everything else is fresh, because it
  // grew.
  bool hold(std::uint64_t oldest, std::uint64_t used_end, std::uint64_t end) {
    if (end - oldest <= items_.size()) return false;
    std::size_t capacity = items_.empty() ? first_capacity_ : items_.size();
    while (capacity < end - oldest) capacity *= 2;
    std::vector<T> grown(capacity);
    for (std::uint64_t i = oldest; i < used_end; ++i) grown[i & (capacity - 1)] = (*this)[i];
    items_ = std::move(grown);
    return true;
  }
  void release() { items_ = {}; }  // when nothing is alive

  // Runs of plain items, across the seam.
  void write(std::uint64_t at, std::span<const T> in) {
    if (in.empty()) return;
    const std::size_t place = at & (items_.size() - 1);
    const std::size_t first = std::min(in.size(), items_.size() - place);
    std::memcpy(items_.data() + place, in.data(), first * sizeof(T));
    if (first < in.size()) std::memcpy(items_.data(), in.data() + first, (in.size() - first) * sizeof(T));
  }
  void read(std::uint64_t at, std::span<T> out) const {
    if (out.empty()) return;
    const std::size_t place = at & (items_.size() - 1);
    const std::size_t first = std::min(out.size(), items_.size() - place);
    std::memcpy(out.data(), items_.data() + place, first * sizeof(T));
    if (first < out.size()) std::memcpy(out.data() + first, items_.data(), (out.size() - first) * sizeof(T));
  }

 private:
  std::size_t first_capacity_;
  std::vector<T> items_;
};

}  // namespace meridian
