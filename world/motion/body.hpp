// A body that moves: its whole state as the movement rule sees it, and what a player asks of it for one tick.
#pragma once

#include <array>
#include <cstdint>

#include "base/bytes.hpp"
#include "world/chunk/coords.hpp"

namespace meridian {

inline constexpr std::int32_t kBlock_q8 = 256;        // q8 = 1/256 block
inline constexpr std::int32_t kBodyHalfSide_q8 = 96;  // a body is a square of half side 96/256

// The world ends here: no body stands further out, cells beyond are void. It keeps every sum of the rule far from the ends of 32 bits.
inline constexpr std::int32_t kFarthest_q8 = 1 << 30;  // 4,194,304 blocks

// 96 bits on the wire (`netcode.md` 7.4): x 32, y 32, layer 2, heading 8, speed 8, push ticks 4, cooldown ticks 8, zero 2.
struct BodyState {
  std::int32_t x_q8 = 0, y_q8 = 0;  // the centre
  std::uint8_t layer = 1;           // Layer::active for all bodies of today
  std::uint8_t heading = 0;         // 256 a turn, 0 = +x, 64 = +y; while push_ticks > 0 the direction of the push
  std::uint8_t speed = 0;           // q8 a tick as asked for (before the floor's per cent); 0 = standing; kPushSpeed while pushed
  std::uint8_t push_ticks = 0;      // ticks of knockback left, 0-15
  std::uint8_t cooldown_ticks = 0;  // ticks until the next push may start
  friend bool operator==(const BodyState&, const BodyState&) = default;
};

using OwnStateBytes = std::array<std::uint8_t, 12>;
OwnStateBytes pack_own_state(const BodyState& body);
// False, with `body` untouched, where the two last bits are not zero or a field is out of range (layer > 2, a place beyond kFarthest_q8).
bool unpack_own_state(const OwnStateBytes& bytes, BodyState& body);
// Low 16 bits of SipHash-2-4 (key 0) of the packed bytes.
std::uint16_t own_state_hash16(const BodyState& body);

enum class Gait : std::uint8_t { stand = 0, sneak = 1, walk = 2, run = 3 };
inline constexpr std::array<std::uint8_t, 4> kGaitSpeed_q8 = {0, 26, 51, 77};  // 0, 2, 4, 6 blocks/s at 20 Hz

inline constexpr std::uint8_t kButtonPush = 1;  // pressed in this tick: an edge, not a held key

// One tick's input of a player. Ranges: gait 0-3, buttons 0-63, aim 0-4095 (4,096 a turn; means something only with a button).
struct Input {
  std::uint8_t heading = 0;
  Gait gait = Gait::stand;
  std::uint8_t buttons = 0;
  std::uint16_t aim = 0;
  friend bool operator==(const Input&, const Input&) = default;
};

}  // namespace meridian
