// Lane 15: what the two ends of a session say to each other below the lanes (`netcode.md` 4). First byte = type; little-endian.
//
//   1 PING   time u32            the sender's clock in us, low 32 bits; 1/s
//   2 PONG   time u32, held u32  a PING's time given back, and how many us it lay here: rtt = now - time - held
//   3 CLOSE  reason u8, text     text = printable UTF-8 to the end, at most 100 B; for the player
//   4 PAD    anything            5 BUDGET, 6 MTU_PROBE, 7 PATH_CHALLENGE, 8 PATH_RESPONSE: not spoken yet; skipped, as every unknown type
//   is
#pragma once

#include <cstdint>
#include <expected>
#include <string_view>
#include <variant>

#include "base/bytes.hpp"
#include "netchannel/wire/reason.hpp"
#include "netchannel/wire/wire_error.hpp"

namespace meridian {

inline constexpr std::size_t kMaxCloseText = 100;

struct Ping {
  std::uint32_t time_us = 0;
  friend bool operator==(const Ping&, const Ping&) = default;
};
struct Pong {
  std::uint32_t time_us = 0, held_us = 0;
  friend bool operator==(const Pong&, const Pong&) = default;
};
struct Close {
  Reason reason = Reason::bye;
  std::string_view text;  // points into the bytes read
  friend bool operator==(const Close&, const Close&) = default;
};
struct SkippedControl {
  std::uint8_t type = 0;
  friend bool operator==(const SkippedControl&, const SkippedControl&) = default;
};
using Control = std::variant<SkippedControl, Ping, Pong, Close>;

// malformed: empty, a known type of another length, CLOSE without a reason or with a text that is too long or not showable_utf8().
std::expected<Control, WireError> read_control(Bytes bytes);
// `room` of 2 + kMaxCloseText suffices for each. A SkippedControl is written as its type alone.
Bytes write_control(const Control& control, MutableBytes room);

}  // namespace meridian
