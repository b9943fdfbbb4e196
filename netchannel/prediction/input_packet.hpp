// Lane 0: the newest tick's input and up to seven unacked older ones, and the hash of the own state that the client predicted after the
// newest tick.
//
//   bits: tick 16 | count-1 3 | has_hash 1 | [hash16 16] | newest record | older ones, newest first, each: same-as-the-next-newer 1 |
//   record record: direction 8 | gait 2 | buttons 6 | [aim 12 when buttons != 0]
// An older input identical to its newer neighbour costs one bit. Inputs of a packet are consecutive ticks. The last byte is filled up with
// zero bits; anything behind it is refused. At most 34 B; without a button and without turning 7 B.
#pragma once

#include <array>
#include <cstdint>
#include <expected>
#include <optional>

#include "base/bytes.hpp"
#include "base/tick.hpp"
#include "netchannel/wire/wire_error.hpp"
#include "world/motion/body.hpp"

namespace meridian {

inline constexpr std::size_t kMaxInputsPerPacket = 8;    // 8.2: eight ticks are 400 ms of loss in a row at 20 Hz
inline constexpr std::size_t kMaxInputPacketBytes = 34;  // 16 + 3 + 1 + 16 + 28 + 7 x 29 bits = 267

struct InputPacket {
  std::uint16_t newest_tick_low = 0;
  std::uint8_t count = 0;                           // 1-8
  std::array<Input, kMaxInputsPerPacket> inputs{};  // [0] = newest, [i] = newest - i
  std::optional<std::uint16_t> own_hash16;          // after the newest tick
};

Bytes write_input_packet(const InputPacket& packet, MutableBytes room);
std::expected<InputPacket, WireError> read_input_packet(Bytes bytes);

}  // namespace meridian
