#include "netchannel/connection/event_queue.hpp"

#include <algorithm>
#include <cstring>

namespace meridian {
namespace {

// Four ticks of the most that a session's inbound budget lets through (60 packets/s, 8 kB/s), and what a burst of some sessions adds.
constexpr std::size_t kMessagesEach = 16, kBytesEach = 2048;
constexpr std::size_t kMessagesMore = 1024, kBytesMore = 64 * 1024;

bool is_input(const SessionEvent& event) { return event.kind == SessionEvent::Kind::message && event.lane == Lane::input; }

}  // namespace

EventQueue::EventQueue(std::size_t max_sessions)
    : max_messages_(kMessagesMore + kMessagesEach * max_sessions),
      max_bytes_(kBytesMore + kBytesEach * max_sessions),
      bytes_(std::make_unique_for_overwrite<std::uint8_t[]>(max_bytes_)) {
  events_.reserve(max_messages_ + 4 * max_sessions);
}

void EventQueue::add(const SessionEvent& event) { events_.push_back(event); }

bool EventQueue::add_message(const SessionEvent& event) {
  while (!has_room(event.bytes.size())) {
    const std::uint64_t before = inputs_dropped_;
    drop_older_half_of_inputs();
    if (inputs_dropped_ != before) continue;
    if (is_input(event)) ++inputs_dropped_;
    return is_input(event);
  }
  std::uint8_t* const to = bytes_.get() + used_bytes_;
  if (!event.bytes.empty()) std::memcpy(to, event.bytes.data(), event.bytes.size());
  used_bytes_ += event.bytes.size();
  ++messages_;
  events_.push_back(event);
  events_.back().bytes = Bytes(to, event.bytes.size());
  return true;
}

void EventQueue::clear() {
  events_.clear();
  messages_ = used_bytes_ = 0;
}

void EventQueue::drop_older_half_of_inputs() {
  const auto inputs = std::count_if(events_.begin(), events_.end(), is_input);
  auto to_drop = (inputs + 1) / 2;
  inputs_dropped_ += static_cast<std::uint64_t>(to_drop);
  std::erase_if(events_, [&](const SessionEvent& event) { return is_input(event) && to_drop-- > 0; });
  // The bytes of those who stay move together. They lie in the order of the events, so each moves only forward to where nothing is needed
  // any more.
  messages_ = used_bytes_ = 0;
  for (SessionEvent& event : events_) {
    if (event.kind != SessionEvent::Kind::message) continue;
    std::uint8_t* const to = bytes_.get() + used_bytes_;
    if (!event.bytes.empty()) std::memmove(to, event.bytes.data(), event.bytes.size());
    event.bytes = Bytes(to, event.bytes.size());
    used_bytes_ += event.bytes.size();
    ++messages_;
  }
}

}  // namespace meridian
