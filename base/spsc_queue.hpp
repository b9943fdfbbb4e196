// A bounded queue between exactly one producing thread and one consuming thread. Full means refused: the caller has a policy and counts it.
// Lock-free ring after Lamport (1977), with each side's index on its own cache line and a cached copy of the other's.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <utility>

#include "base/assert.hpp"

namespace meridian {

template <typename T>
class SpscQueue {
 public:
  explicit SpscQueue(std::size_t capacity) : capacity_(capacity), slots_(std::make_unique<T[]>(capacity)) { MRD_ASSERT(capacity > 0); }

  // Producer only. False when full; `value` is then untouched.
  bool push(T&& value) {
    const std::size_t tail = tail_.load(std::memory_order_relaxed);
    if (tail - head_seen_ == capacity_) {
      head_seen_ = head_.load(std::memory_order_acquire);
      if (tail - head_seen_ == capacity_) return false;
    }
    slots_[tail % capacity_] = std::move(value);
    tail_.store(tail + 1, std::memory_order_release);
    return true;
  }
  // Consumer only. False when empty.
  bool pop(T& value) {
    const std::size_t head = head_.load(std::memory_order_relaxed);
    if (head == tail_seen_) {
      tail_seen_ = tail_.load(std::memory_order_acquire);
      if (head == tail_seen_) return false;
    }
    value = std::move(slots_[head % capacity_]);
    head_.store(head + 1, std::memory_order_release);
    return true;
  }
  std::size_t capacity() const { return capacity_; }

 private:
  const std::size_t capacity_;
  std::unique_ptr<T[]> slots_;
  alignas(64) std::atomic<std::size_t> tail_{0};
  std::size_t head_seen_ = 0;
  alignas(64) std::atomic<std::size_t> head_{0};
  std::size_t tail_seen_ = 0;
};

}  // namespace meridian
