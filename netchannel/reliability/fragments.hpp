// Messages larger than a packet, and messages that came before their turn. A message of more than kFragmentBytes travels as fragments of
// exactly that size, the last one shorter; each is acked and resent alone. Every claim of a fragment is checked before a byte is stored
// (yojimbo#283, reliable#39).
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <vector>

#include "base/bytes.hpp"
#include "netchannel/reliability/side.hpp"
#include "netchannel/wire/wire_error.hpp"

namespace meridian {

inline constexpr std::size_t kFragmentBytes = 1160;                // MTU 1,200 - 40: header 4, ack <= 10, frame head 5, tag 16, and 5 spare
inline constexpr std::uint8_t kMaxFragmentsUp = 4;                 // 4.6 kB
inline constexpr std::uint8_t kMaxFragmentsDown = 64;              // 74 kB
inline constexpr std::int64_t kReassemblySilence_us = 10'000'000;  // without a new fragment: the session ends

constexpr std::uint8_t max_fragments(Side sender) { return sender == Side::client ? kMaxFragmentsUp : kMaxFragmentsDown; }
// 1 = goes whole. `size` of any message that a side may send.
constexpr std::uint8_t fragment_count(std::size_t size) {
  return size <= kFragmentBytes ? 1 : static_cast<std::uint8_t>((size + kFragmentBytes - 1) / kFragmentBytes);
}
constexpr std::size_t fragment_offset(std::uint8_t index) { return index * kFragmentBytes; }
constexpr std::size_t fragment_size(std::size_t message_size, std::uint8_t index) {
  const std::size_t left = message_size - fragment_offset(index);
  return left < kFragmentBytes ? left : kFragmentBytes;
}
// What a message counts against a session's bound while it is held.
constexpr std::size_t held_size(std::size_t message_size) {
  return message_size <= kFragmentBytes ? message_size : fragment_count(message_size) * kFragmentBytes;
}

// What can be said of one fragment alone: 2 <= count <= max, index < count, only the last one short, and that one not empty.
std::expected<void, WireError> check_fragment(std::uint8_t index, std::uint8_t count, std::size_t size, std::uint8_t max_count);

// Messages held until they can be delivered: their fragments are missing, or an ordered message before them is. One store a session, of
// bounded bytes; grows when needed, is compacted in place, never per message on the heap.
class HeldMessages {
 public:
  explicit HeldMessages(std::size_t bound_bytes) : bound_(bound_bytes) {}

  // Room for `count` fragments (1 = a whole message of `size` bytes). Nothing when the bound would be passed: the session ends with
  // `reassembly`.
  std::optional<std::uint32_t> begin(std::uint8_t count, std::size_t size, std::int64_t now_us);
  // A fragment that check_fragment() passed and whose count is this message's; a repeat changes nothing. True: the message is whole now.
  bool add(std::uint32_t handle, std::uint8_t index, Bytes bytes, std::int64_t now_us);
  std::uint8_t count(std::uint32_t handle) const { return messages_[handle].count; }
  Bytes whole(std::uint32_t handle) const;  // until the next begin()
  void drop(std::uint32_t handle);

  std::size_t used_bytes() const { return used_; }
  std::size_t places() const { return messages_.size(); }  // of messages held, and free ones for the next
  // Some message has begun and has got no new fragment for kReassemblySilence_us.
  bool stuck(std::int64_t now_us) const;

 private:
  struct Message {
    std::uint32_t offset = 0, reserved = 0, size = 0;
    std::uint64_t missing = 0;  // bit n = fragment n has not come
    std::int64_t progress_us = 0;
    std::uint8_t count = 0;  // 0 = free
  };
  void compact();

  std::size_t bound_;
  std::size_t used_ = 0, end_ = 0;
  std::vector<std::uint8_t> store_;
  std::vector<Message> messages_;
  std::vector<std::uint32_t> free_, by_offset_;
};

}  // namespace meridian
