#include "netchannel/wire/frame.hpp"

#include <cstring>

#include "base/assert.hpp"

namespace meridian {
namespace {

constexpr std::uint8_t kLast = 0x08;
constexpr std::uint8_t kFragment = 0x04;
constexpr std::uint8_t kIdMask = 0x03;
constexpr std::uint8_t kIdNone = 0x00;
constexpr std::uint8_t kIdFollows = 0x02;

}  // namespace

std::expected<Frame, WireError> read_frame(ByteReader& in) {
  const std::uint8_t head = in.u8();
  const std::uint8_t id = head & kIdMask;
  if (id != kIdNone && id != kIdFollows) return std::unexpected(WireError::malformed);
  Frame frame{.lane = static_cast<std::uint8_t>(head >> 4),
              .last = (head & kLast) != 0,
              .fragment = (head & kFragment) != 0,
              .id = {},
              .bytes = {}};
  if (id == kIdFollows) frame.id = in.u16();
  if (frame.fragment) {
    frame.index = in.u8();
    frame.count = in.u8();
  }
  frame.bytes = frame.last ? in.rest() : in.bytes(in.varint2());
  if (in.failed()) return std::unexpected(WireError::truncated);
  return frame;
}

std::size_t FrameWriter::frame_bytes(const Frame& head, std::size_t payload_bytes) {
  return 1 + (head.id ? 2u : 0u) + (head.fragment ? 2u : 0u) + (payload_bytes < 0x80 ? 1u : 2u) + payload_bytes;
}

MutableBytes FrameWriter::add(const Frame& head, std::size_t payload_bytes) {
  MRD_ASSERT(head.lane <= 15 && frame_bytes(head, payload_bytes) <= left());
  ByteWriter out(room_.subspan(size_));
  out.u8(static_cast<std::uint8_t>((head.lane << 4) | (head.fragment ? kFragment : 0) | (head.id ? kIdFollows : kIdNone)));
  if (head.id) out.u16(*head.id);
  if (head.fragment) {
    out.u8(head.index);
    out.u8(head.count);
  }
  head_at_ = size_;
  length_at_ = size_ + out.size();
  out.varint2(static_cast<std::uint16_t>(payload_bytes));
  payload_at_ = size_ + out.size();
  size_ = payload_at_ + payload_bytes;
  return room_.subspan(payload_at_, payload_bytes);
}

void FrameWriter::add(const Frame& frame) {
  const MutableBytes payload = add(frame, frame.bytes.size());
  if (!payload.empty()) std::memcpy(payload.data(), frame.bytes.data(), payload.size());
}

MutableBytes FrameWriter::finish() {
  if (size_ > 0) {
    room_[head_at_] |= kLast;
    const std::size_t payload_bytes = size_ - payload_at_;
    if (payload_bytes != 0) std::memmove(room_.data() + length_at_, room_.data() + payload_at_, payload_bytes);
    size_ = length_at_ + payload_bytes;
  }
  return room_.first(size_);
}

}  // namespace meridian
