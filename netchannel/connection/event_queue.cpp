#include "netchannel/connection/event_queue.hpp"

#include <algorithm>
#include <cstring>

#include "base/assert.hpp"

namespace meridian {
namespace {

// Of one session until the tick looks: all that the lanes let an honest client have under way (64 actions, 32 of lane 7) and an input in
// each of the 120 packets that its budget lets through at once.
constexpr std::size_t kMaxMessagesEach = 256;
// What a session can count on, whatever the others send: the inputs of the second that a late node makes up for (TickSchedule), and a dozen
// actions.
constexpr std::size_t kShareMessages = 32, kShareBytes = 2048;
// Beyond the shares, for who comes first: the bursts of some sessions at their bounds.
constexpr std::size_t kCommonMessages = 4096, kCommonBytes = 256 * 1024;

bool is_input(const SessionEvent& event) { return event.kind == SessionEvent::Kind::message && event.lane == Lane::input; }

std::size_t beyond(std::size_t amount, std::size_t share) { return amount > share ? amount - share : 0; }

}  // namespace

EventQueue::EventQueue(std::size_t slots)
    : held_(slots), bytes_(std::make_unique_for_overwrite<std::uint8_t[]>(kCommonBytes + kShareBytes * slots)) {
  events_.reserve(kCommonMessages + kShareMessages * slots + 4 * slots);
}

void EventQueue::add(const SessionEvent& event) { events_.push_back(event); }

bool EventQueue::add_message(const SessionEvent& event) {
  const std::size_t slot = static_cast<std::uint16_t>(event.session.bits), size = event.bytes.size();
  MRD_ASSERT(slot < held_.size());
  Held& held = held_[slot];
  if (held.messages == kMaxMessagesEach) return false;
  const std::size_t common_messages = common_.messages + (held.messages >= kShareMessages ? 1 : 0);
  const std::size_t common_bytes = common_.bytes + beyond(held.bytes + size, kShareBytes) - beyond(held.bytes, kShareBytes);
  if (common_messages > kCommonMessages || common_bytes > kCommonBytes) {
    if (is_input(event)) ++inputs_dropped_;
    return is_input(event);
  }
  common_ = {common_messages, common_bytes};
  ++held.messages;
  held.bytes += size;
  std::uint8_t* const to = bytes_.get() + used_bytes_;
  if (size != 0) std::memcpy(to, event.bytes.data(), size);
  used_bytes_ += size;
  events_.push_back(event);
  events_.back().bytes = Bytes(to, size);
  return true;
}

void EventQueue::clear() {
  events_.clear();
  std::ranges::fill(held_, Held{});
  common_ = {};
  used_bytes_ = 0;
}

}  // namespace meridian
