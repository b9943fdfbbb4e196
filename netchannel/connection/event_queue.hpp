// What has happened in the sessions since the tick last looked: SessionEvents with their bytes, in order, in memory taken once at the
// start. Bounded (`netcode.md` 11): at the bound the oldest inputs go, because a newer one says the same and more. Nothing else is ever
// dropped silently.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "netchannel/connection/session_event.hpp"

namespace meridian {

class EventQueue {
 public:
  explicit EventQueue(std::size_t max_sessions);

  void add(const SessionEvent& event);  // without bytes: opened, closed, fates; always taken
  // The bytes are copied. False: no room although all inputs went; the caller must end the session, since a reliable message would be lost.
  bool add_message(const SessionEvent& event);
  std::span<const SessionEvent> all() const { return events_; }
  void clear();
  std::uint64_t inputs_dropped() const { return inputs_dropped_; }

 private:
  bool has_room(std::size_t bytes) const { return messages_ < max_messages_ && bytes <= max_bytes_ - used_bytes_; }
  void drop_older_half_of_inputs();

  std::size_t max_messages_, max_bytes_;
  std::vector<SessionEvent> events_;
  std::unique_ptr<std::uint8_t[]> bytes_;
  std::size_t messages_ = 0, used_bytes_ = 0;
  std::uint64_t inputs_dropped_ = 0;
};

}  // namespace meridian
