// What has happened in the sessions since the tick last looked: SessionEvents with their bytes, in order, in memory taken once at the
// start. Bounded (`netcode.md` 11), and fair: each session has a share of the room that nobody else can fill, and what is beyond the shares
// goes to who comes first. Where there is no room an input is dropped, because the next one says the same and more; nothing else is ever
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
  explicit EventQueue(std::size_t slots);  // of the sessions' table

  void add(const SessionEvent& event);  // without bytes: opened, closed, fates; always taken
  // The bytes are copied. False: its session has sent more than an honest one can, or a reliable message beyond its share while others have
  // filled the rest; the caller must end that session (`flood`).
  bool add_message(const SessionEvent& event);
  std::span<const SessionEvent> all() const { return events_; }
  void clear();
  std::uint64_t inputs_dropped() const { return inputs_dropped_; }

 private:
  struct Held {
    std::size_t messages = 0, bytes = 0;
  };

  std::vector<Held> held_;  // by slot
  Held common_;             // of these, beyond the shares
  std::vector<SessionEvent> events_;
  std::unique_ptr<std::uint8_t[]> bytes_;
  std::size_t used_bytes_ = 0;
  std::uint64_t inputs_dropped_ = 0;
};

}  // namespace meridian
