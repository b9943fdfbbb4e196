// Form 1 of a snapshot, bit by bit: what encoder and decoder share. Drawn in docs/protocol.md, "Snapshot form 1"; a stream fills from bit
// 0.
//
//   head     tick 16 | own_match 1, own_full 1, zero 6 | input age 6 | cause age 6 | margin s8 | [own 96]
//   leaves   count 4 (15: fifteen slots and then another count) | slot 8 each, rising
//   anchor   x s28, y s28 (1/16 block) | width 5 (0-28)          only when records follow
//   record   gap | identity 1 | generation 2 | [id 64, kind 6, appearance 16] | x width, y width | heading | speed      slots rise
//   gap      0 = the slot after the record before | 10dd = 1-4 further | 11dddddd = so many further
//   heading  1 + n of n x 45 degrees 3 | 0 + 8              speed  0 = stands | 1 = 51 | 2 = 77 | 3 + 8        (2 bits, q8 a tick)
// A record is 10 bits at the least, so 7 bits or fewer at the end are fill, and zero.
#pragma once

#include <array>
#include <cstdint>

#include "base/bits.hpp"
#include "netchannel/snapshot/snapshot_codec.hpp"

namespace meridian::form1 {

inline constexpr unsigned kTickBits = 16, kAgeBits = 6, kMarginBits = 8, kReservedFlagBits = 6;
inline constexpr std::uint8_t kMaxAge = 63;
inline constexpr unsigned kHeadBits = kTickBits + 2 + kReservedFlagBits + 2 * kAgeBits + kMarginBits;
inline constexpr unsigned kOwnBits = 96;

inline constexpr unsigned kLeaveCountBits = 4, kLeaveSlotBits = 8;
inline constexpr unsigned kLeavesInGroup = 15;

inline constexpr unsigned kPlaceBits = 28, kWidthBits = 5;
inline constexpr unsigned kAnchorBits = 2 * kPlaceBits + kWidthBits;
inline constexpr std::int32_t kMaxPlace = (1 << 27) - 1;  // 28 bits signed: i32 of 1/256 block in 1/16 block

inline constexpr unsigned kGenerationBits = 2, kIdBits = 64, kKindBits = 6, kAppearanceBits = 16;
inline constexpr unsigned kIdentityBits = kIdBits + kKindBits + kAppearanceBits;
inline constexpr unsigned kSlotBits = 6;
static_assert(kMaxSlots == std::size_t{1} << kSlotBits);

// 1/256 block to the grid of 1/16, to the nearest; the last half step at the edge of the world is cut off.
constexpr std::int32_t to_grid(std::int32_t q8) {
  const std::int64_t place = (std::int64_t{q8} + 8) >> 4;
  return place > kMaxPlace ? kMaxPlace : static_cast<std::int32_t>(place);
}
constexpr std::int32_t from_grid(std::int32_t place) { return place * 16; }

// A few fields gathered for one BitWriter::put.
struct Fields {
  std::uint64_t value = 0;
  unsigned bits = 0;
  constexpr void add(std::uint64_t field, unsigned width) {
    value |= field << bits;
    bits += width;
  }
};

// `skipped` = slots passed over since the record before, 0-63.
constexpr void add_gap(Fields& fields, unsigned skipped) {
  if (skipped == 0) return fields.add(0, 1);
  if (skipped <= 4) return fields.add(0b01 | (skipped - 1) << 2, 4);
  fields.add(0b11 | skipped << 2, 2 + kSlotBits);
}
constexpr unsigned gap_bits(unsigned skipped) { return skipped == 0 ? 1 : skipped <= 4 ? 4 : 2 + kSlotBits; }
inline unsigned get_gap(BitReader& in) {
  if (!in.get_bool()) return 0;
  if (!in.get_bool()) return static_cast<unsigned>(in.get(2)) + 1;
  return static_cast<unsigned>(in.get(kSlotBits));
}

// Eight keyboard directions are the usual headings. Written without branches: which case it is differs from record to record.
constexpr void add_heading(Fields& fields, std::uint8_t heading) {
  const bool usual = heading % 32 == 0;
  fields.add(usual ? 1u | heading / 32u << 1 : unsigned{heading} << 1, usual ? 4 : 9);
}
constexpr unsigned heading_bits(std::uint8_t heading) { return heading % 32 == 0 ? 4 : 9; }
inline std::uint8_t get_heading(BitReader& in) {
  return in.get_bool() ? static_cast<std::uint8_t>(in.get(3) * 32) : static_cast<std::uint8_t>(in.get(8));
}

// Standing, walking and running at 20 Hz are the usual speeds (body.hpp, kGaitSpeed_q8); part of the protocol, whatever the gaits become.
inline constexpr std::array<std::uint8_t, 3> kUsualSpeeds = {0, 51, 77};
constexpr unsigned speed_code(std::uint8_t speed) {
  return speed == kUsualSpeeds[0] ? 0 : speed == kUsualSpeeds[1] ? 1 : speed == kUsualSpeeds[2] ? 2 : 3;
}
constexpr unsigned speed_bits(std::uint8_t speed) { return speed_code(speed) == 3 ? 10 : 2; }
constexpr void add_speed(Fields& fields, std::uint8_t speed) {
  const unsigned code = speed_code(speed);
  fields.add(code == 3 ? 3u | unsigned{speed} << 2 : code, code == 3 ? 10 : 2);
}
inline std::uint8_t get_speed(BitReader& in) {
  const auto code = static_cast<std::size_t>(in.get(2));
  return code < kUsualSpeeds.size() ? kUsualSpeeds[code] : static_cast<std::uint8_t>(in.get(8));
}

inline constexpr unsigned kMostPlainBits =
    2 + kSlotBits + 1 + kGenerationBits + 9 + 10;  // widest gap, heading and speed; without the place

}  // namespace meridian::form1
