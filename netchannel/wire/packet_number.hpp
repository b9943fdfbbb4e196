// Numbers are 64-bit inside and shorter on the wire: only their low bits travel. Two ways back, each right as long as its bound holds.
#pragma once

#include <cstdint>

#include "base/assert.hpp"

namespace meridian {

// The number with these low bits that is nearest to `expected` (RFC 9000, A.3): right while the true one is less than half of 2^bits away.
// Packets: 13 bits, so 4,096 may be under way; expected = newest opened + 1. Message ids: 16 bits. Never below 0. bits 1-32.
constexpr std::uint64_t nearest_with_low_bits(std::uint64_t expected, std::uint32_t low, unsigned bits) {
  MRD_ASSERT(bits >= 1 && bits <= 32 && (std::uint64_t{low} >> bits) == 0);
  const std::uint64_t window = std::uint64_t{1} << bits;
  const std::uint64_t half = window / 2;
  const std::uint64_t candidate = (expected & ~(window - 1)) | low;
  if (candidate + half <= expected) return candidate + window;
  if (candidate > expected + half && candidate >= window) return candidate - window;
  return candidate;
}

// The least number >= `from` with these low bits. Acks: 7 or 13 bits, from = the newest number acked so far. Nearest-to-sent would close
// honest sessions: after a silence an old ack reads as one of a packet not sent yet.
constexpr std::uint64_t least_with_low_bits(std::uint64_t from, std::uint32_t low, unsigned bits) {
  MRD_ASSERT(bits >= 1 && bits <= 32 && (std::uint64_t{low} >> bits) == 0);
  const std::uint64_t window = std::uint64_t{1} << bits;
  const std::uint64_t candidate = (from & ~(window - 1)) | low;
  return candidate < from ? candidate + window : candidate;
}

}  // namespace meridian
