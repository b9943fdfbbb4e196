// Readers and writers of bits. Streams fill from bit 0 of byte 0 upward; a value's low bit comes first. Same latching as bytes.hpp.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "base/assert.hpp"
#include "base/bytes.hpp"

namespace meridian {

// May make up to seven bytes of the room behind what is written zero.
class BitWriter {
 public:
  explicit BitWriter(MutableBytes room) : room_(room) {}

  // The low `bits` (0-64) of `value`. Higher bits of value must be zero.
  void put(std::uint64_t value, unsigned bits) {
    MRD_ASSERT(bits == 64 || (value >> bits) == 0);
    if (full_ || at_ + bits > room_.size() * 8) {
      full_ = true;
      return;
    }
    // The common case in one store: bits before `at_` stay, what is behind the value becomes zero, as a fresh byte is.
    if constexpr (std::endian::native == std::endian::little) {
      if (bits <= 56 && at_ / 8 + 8 <= room_.size()) {
        std::uint8_t* const here = room_.data() + at_ / 8;
        const unsigned offset = at_ % 8;
        const std::uint64_t word = (*here & ((std::uint64_t{1} << offset) - 1)) | value << offset;
        std::memcpy(here, &word, sizeof word);
        at_ += bits;
        return;
      }
    }
    while (bits > 0) {
      const std::size_t byte = at_ / 8;
      const unsigned offset = at_ % 8;
      const unsigned take = bits < 8 - offset ? bits : 8 - offset;
      if (offset == 0) room_[byte] = 0;
      room_[byte] = static_cast<std::uint8_t>(room_[byte] | ((value & ((1u << take) - 1)) << offset));
      value >>= take;
      bits -= take;
      at_ += take;
    }
  }
  void put_bool(bool value) { put(value ? 1 : 0, 1); }
  // Two's complement in `bits`; the value must fit.
  void put_signed(std::int64_t value, unsigned bits) {
    const std::uint64_t mask = bits == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << bits) - 1;
    put(static_cast<std::uint64_t>(value) & mask, bits);
  }

  std::size_t bit_count() const { return at_; }
  std::size_t bits_left() const { return room_.size() * 8 - at_; }
  std::size_t size_bytes() const { return (at_ + 7) / 8; }
  bool full() const { return full_; }
  MutableBytes written() const { return room_.first(size_bytes()); }
  // Back to an earlier bit_count(): drops a record that did not fit.
  void rewind(std::size_t bit_count) {
    MRD_ASSERT(bit_count <= at_);
    at_ = bit_count;
    full_ = false;
    if (at_ % 8 != 0) room_[at_ / 8] = static_cast<std::uint8_t>(room_[at_ / 8] & ((1u << (at_ % 8)) - 1));
  }

 private:
  MutableBytes room_;
  std::size_t at_ = 0;
  bool full_ = false;
};

class BitReader {
 public:
  explicit BitReader(Bytes bytes) : bytes_(bytes) {}

  std::uint64_t get(unsigned bits) {  // 0-64
    if (failed_ || bits > bits_left()) {
      failed_ = true;
      return 0;
    }
    std::uint64_t value = 0;
    for (unsigned done = 0; done < bits;) {
      const unsigned offset = at_ % 8;
      const unsigned take = bits - done < 8 - offset ? bits - done : 8 - offset;
      const std::uint64_t part = (bytes_[at_ / 8] >> offset) & ((1u << take) - 1);
      value |= part << done;
      done += take;
      at_ += take;
    }
    return value;
  }
  bool get_bool() { return get(1) != 0; }
  std::int64_t get_signed(unsigned bits) {  // 1-64
    const std::uint64_t raw = get(bits);
    const unsigned shift = 64 - bits;
    return static_cast<std::int64_t>(raw << shift) >> shift;
  }

  std::size_t bits_left() const { return bytes_.size() * 8 - at_; }
  bool failed() const { return failed_; }

 private:
  Bytes bytes_;
  std::size_t at_ = 0;
  bool failed_ = false;
};

}  // namespace meridian
