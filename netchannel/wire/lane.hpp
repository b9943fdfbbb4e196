// The lanes of netcode 5. Order exists per lane only: a hole in one holds no other.
#pragma once

#include <cstdint>

namespace meridian {

enum class Lane : std::uint8_t {
  input = 0,     // unreliable-sequenced, up; newest wins
  snapshot = 1,  // unreliable-sequenced, down; built when sent
  action = 2,    // reliable-ordered, both; small ones ride in every tick packet until acked
  chat = 3,      // reliable-ordered (later)
  event = 4,     // reliable-unordered, down: block deltas, forget, push results
  chunk = 5,     // reliable-unordered, down, bulk: full chunks
  ambient = 6,   // unreliable-unordered (later)
  system = 7,    // reliable-ordered, both: world info, chunk asked again, player told
  control = 15,  // PING, PONG, CLOSE, ...: below the lanes
};

constexpr bool reliable(Lane lane) { return (lane >= Lane::action && lane <= Lane::chunk) || lane == Lane::system; }
constexpr bool ordered(Lane lane) { return lane == Lane::action || lane == Lane::chat || lane == Lane::system; }

}  // namespace meridian
