// The store is one array: a message takes its whole room at its end when its first part comes; what is dropped leaves a gap, and gaps are
// closed when the end is reached, or when there are many: empty messages leave gaps of no size. Handles index `messages_`; `by_offset_`
// keeps their order in the store.
#include "netchannel/reliability/fragments.hpp"

#include <algorithm>
#include <cstring>

#include "base/assert.hpp"

namespace meridian {

namespace {

constexpr std::size_t kMaxPlaces = 1024;  // of messages and gaps: more than the lanes of a session can hold out of order

}  // namespace

std::expected<void, WireError> check_fragment(std::uint8_t index, std::uint8_t count, std::size_t size, std::uint8_t max_count) {
  if (count < 2 || count > max_count || index >= count) return std::unexpected(WireError::out_of_range);
  const bool is_last = index + 1 == count;
  if (is_last ? size == 0 || size > kFragmentBytes : size != kFragmentBytes) return std::unexpected(WireError::out_of_range);
  return {};
}

std::optional<std::uint32_t> HeldMessages::begin(std::uint8_t count, std::size_t size, std::int64_t now_us) {
  MRD_ASSERT(count >= 1 && count <= 64);
  const std::size_t reserved = count == 1 ? size : count * kFragmentBytes;
  if (used_ + reserved > bound_) return std::nullopt;
  if (end_ + reserved > store_.size() || by_offset_.size() >= kMaxPlaces) compact();
  if (end_ + reserved > store_.size()) store_.resize(std::min(bound_, std::max(store_.size() * 2, end_ + reserved)));
  if (free_.empty()) {
    free_.push_back(static_cast<std::uint32_t>(messages_.size()));
    messages_.emplace_back();
  }
  const std::uint32_t handle = free_.back();
  free_.pop_back();
  messages_[handle] = {.offset = static_cast<std::uint32_t>(end_),
                       .reserved = static_cast<std::uint32_t>(reserved),
                       .size = static_cast<std::uint32_t>(reserved),
                       .missing = ~std::uint64_t{0} >> (64 - count),
                       .progress_us = now_us,
                       .count = count};
  by_offset_.push_back(handle);
  used_ += reserved;
  end_ += reserved;
  return handle;
}

bool HeldMessages::add(std::uint32_t handle, std::uint8_t index, Bytes bytes, std::int64_t now_us) {
  Message& message = messages_[handle];
  MRD_ASSERT(index < message.count && fragment_offset(index) + bytes.size() <= message.reserved);
  const std::uint64_t bit = std::uint64_t{1} << index;
  if ((message.missing & bit) == 0) return message.missing == 0;
  message.missing &= ~bit;
  message.progress_us = now_us;
  if (!bytes.empty()) std::memcpy(store_.data() + message.offset + fragment_offset(index), bytes.data(), bytes.size());
  if (index + 1 == message.count) message.size = static_cast<std::uint32_t>(fragment_offset(index) + bytes.size());
  return message.missing == 0;
}

Bytes HeldMessages::whole(std::uint32_t handle) const {
  const Message& message = messages_[handle];
  MRD_ASSERT(message.count != 0 && message.missing == 0);
  return Bytes(store_).subspan(message.offset, message.size);
}

void HeldMessages::drop(std::uint32_t handle) {
  Message& message = messages_[handle];
  MRD_ASSERT(message.count != 0);
  used_ -= message.reserved;
  message.count = 0;
  if (used_ == 0) compact();
}

bool HeldMessages::stuck(std::int64_t now_us) const {
  for (const Message& message : messages_) {
    if (message.count != 0 && message.missing != 0 && now_us - message.progress_us >= kReassemblySilence_us) return true;
  }
  return false;
}

void HeldMessages::compact() {
  end_ = 0;
  std::size_t kept = 0;
  for (const std::uint32_t handle : by_offset_) {
    Message& message = messages_[handle];
    if (message.count == 0) {
      free_.push_back(handle);
      continue;
    }
    if (message.offset != end_ && message.reserved != 0)
      std::memmove(store_.data() + end_, store_.data() + message.offset, message.reserved);
    message.offset = static_cast<std::uint32_t>(end_);
    end_ += message.reserved;
    by_offset_[kept++] = handle;
  }
  by_offset_.resize(kept);
}

}  // namespace meridian
