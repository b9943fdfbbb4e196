// Bits of a message, from bit 0 of byte 0 upward. One bit at a time: slow and plain on purpose.
#pragma once

#include <cstdint>
#include <span>

namespace meridian::sim {

class BitSource {
 public:
  explicit BitSource(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}
  std::uint64_t take(int bits) {
    std::uint64_t value = 0;
    for (int i = 0; i < bits; ++i, ++at_) {
      if (at_ >= bytes_.size() * 8) {
        ended_ = true;
        return 0;
      }
      if ((bytes_[at_ / 8] & (1 << (at_ % 8))) != 0) value |= std::uint64_t{1} << i;
    }
    return value;
  }
  std::int64_t take_signed(int bits) {
    const std::uint64_t raw = take(bits);
    return (raw >> (bits - 1)) != 0 ? static_cast<std::int64_t>(raw) - (std::int64_t{1} << bits) : static_cast<std::int64_t>(raw);
  }
  std::size_t left() const { return bytes_.size() * 8 - at_; }
  bool ended() const { return ended_; }

 private:
  std::span<const std::uint8_t> bytes_;
  std::size_t at_ = 0;
  bool ended_ = false;
};

}  // namespace meridian::sim
