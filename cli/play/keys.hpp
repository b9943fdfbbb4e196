// From a terminal's bytes to what a player wants. A terminal tells that a key repeats, never that it was let go: a held key is one whose
// repeats keep coming. Pure; time is an argument.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "world/motion/body.hpp"

namespace meridian {

struct Press {
  enum class Kind : std::uint8_t { walk, stand, place, break_block, push, choose, quit };
  Kind kind = Kind::stand;
  std::uint8_t heading = 0;  // walk: 0 east, 64 south, 128 west, 192 north
  bool run = false;          // walk: with Shift
  std::uint8_t number = 0;   // choose: 1-9
  friend bool operator==(const Press&, const Press&) = default;
};

// Arrow keys (also with Shift) and WASD walk, Space stands, B or Enter places, X breaks, F pushes, 1-9 choose, Q or Ctrl-C leaves.
// Escape sequences may arrive in pieces; unknown ones are swallowed whole.
class KeyDecoder {
 public:
  void feed(std::string_view bytes, std::vector<Press>& out);

 private:
  enum class State : std::uint8_t { plain, escape, sequence };
  void plain(char byte, std::vector<Press>& out);
  State state_ = State::plain;
  char before_last_ = 0, last_ = 0;  // of a sequence's parameters: "1;2" = with Shift
};

inline constexpr std::int64_t kFirstRepeat_us = 600'000;  // a terminal's delay before a key repeats is 250-660 ms
inline constexpr std::int64_t kNextRepeat_us = 150'000;   // then 20-40 a second, less over a bad line

// A key walks while it repeats.
class HeldKey {
 public:
  void press(std::uint8_t heading, bool run, std::int64_t now_us);
  void stand() { until_us_ = 0; }
  Input input(std::int64_t now_us) const;

 private:
  std::uint8_t heading_ = 0;
  bool run_ = false;
  std::int64_t until_us_ = 0;  // walks before this
};

}  // namespace meridian
