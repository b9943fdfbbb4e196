// Readers and writers of bytes: little-endian unless the name says otherwise. A reader never reads past its end: it latches `failed`,
// returns zeros from then on, and the caller checks once at the end. A writer latches `full` the same way.
#pragma once

#include <cstdint>
#include <cstring>
#include <span>

namespace meridian {

using Bytes = std::span<const std::uint8_t>;
using MutableBytes = std::span<std::uint8_t>;

class ByteReader {
 public:
  explicit ByteReader(Bytes bytes) : bytes_(bytes) {}

  std::uint8_t u8() { return static_cast<std::uint8_t>(number(1)); }
  std::uint16_t u16() { return static_cast<std::uint16_t>(number(2)); }
  std::uint32_t u32() { return static_cast<std::uint32_t>(number(4)); }
  std::uint64_t u64() { return number(8); }
  std::uint16_t u16_be() {
    const std::uint16_t high = u8();
    return static_cast<std::uint16_t>((high << 8) | u8());
  }
  // LEB128 of at most two bytes (values to 16,383); a third byte or an overlong zero byte fails.
  std::uint16_t varint2() {
    const std::uint8_t low = u8();
    if (low < 0x80) return low;
    const std::uint8_t high = u8();
    if (high == 0 || high >= 0x80) failed_ = true;
    return failed_ ? 0 : static_cast<std::uint16_t>((low & 0x7F) | (high << 7));
  }
  Bytes bytes(std::size_t count) {
    if (failed_ || count > left()) {
      failed_ = true;
      return {};
    }
    const Bytes out = bytes_.subspan(at_, count);
    at_ += count;
    return out;
  }
  Bytes rest() { return bytes(left()); }
  void skip(std::size_t count) { (void)bytes(count); }

  std::size_t left() const { return failed_ ? 0 : bytes_.size() - at_; }
  bool failed() const { return failed_; }
  // Everything was read and nothing was missing.
  bool done() const { return !failed_ && at_ == bytes_.size(); }

 private:
  std::uint64_t number(std::size_t count) {
    const Bytes in = bytes(count);
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < in.size(); ++i) value |= std::uint64_t{in[i]} << (8 * i);
    return value;
  }
  Bytes bytes_;
  std::size_t at_ = 0;
  bool failed_ = false;
};

class ByteWriter {
 public:
  explicit ByteWriter(MutableBytes room) : room_(room) {}

  void u8(std::uint8_t value) { number(value, 1); }
  void u16(std::uint16_t value) { number(value, 2); }
  void u32(std::uint32_t value) { number(value, 4); }
  void u64(std::uint64_t value) { number(value, 8); }
  void u16_be(std::uint16_t value) {
    u8(static_cast<std::uint8_t>(value >> 8));
    u8(static_cast<std::uint8_t>(value));
  }
  void varint2(std::uint16_t value) {  // value <= 16,383
    if (value < 0x80) return u8(static_cast<std::uint8_t>(value));
    u8(static_cast<std::uint8_t>(value | 0x80));
    u8(static_cast<std::uint8_t>((value >> 7) & 0x7F));
  }
  void bytes(Bytes in) {
    if (full_ || in.size() > left()) {
      full_ = true;
      return;
    }
    if (!in.empty()) std::memcpy(room_.data() + at_, in.data(), in.size());
    at_ += in.size();
  }
  void zeros(std::size_t count) {
    if (full_ || count > left()) {
      full_ = true;
      return;
    }
    if (count != 0) std::memset(room_.data() + at_, 0, count);
    at_ += count;
  }

  std::size_t size() const { return at_; }
  std::size_t left() const { return room_.size() - at_; }
  bool full() const { return full_; }
  MutableBytes written() const { return room_.first(at_); }

 private:
  void number(std::uint64_t value, std::size_t count) {
    if (full_ || count > left()) {
      full_ = true;
      return;
    }
    for (std::size_t i = 0; i < count; ++i) room_[at_ + i] = static_cast<std::uint8_t>(value >> (8 * i));
    at_ += count;
  }
  MutableBytes room_;
  std::size_t at_ = 0;
  bool full_ = false;
};

}  // namespace meridian
