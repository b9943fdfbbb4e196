// Frames: what a packet carries after its ack, one message or one fragment each (`netcode.md` 4).
//
//            bit 7 .. 4   3      2          1 0
//   byte 0   lane       | last | fragment | id: 00 none or +1, 10 a u16 follows, others refused
//   then     [id u16]  [index u8, count u8 when fragment]  [length, LEB128 of 1-2 B, unless last]  bytes
//
// `last` = the bytes run to the end of the packet. Ids exist on reliable lanes only, from 0 a lane; there 00 = one after this lane's frame
// before it in this packet. All fragments of a message carry its id. Here only the bytes are judged; what a lane may carry:
// reliability/lane_rules.hpp.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>

#include "base/bytes.hpp"
#include "netchannel/wire/wire_error.hpp"

namespace meridian {

inline constexpr std::size_t kMaxFrameHeadBytes = 7;  // 1 + id 2 + index, count 2 + length 2

struct Frame {
  std::uint8_t lane = 0;  // 0-15
  bool last = false;
  bool fragment = false;
  std::optional<std::uint16_t> id;  // as written: absent on unreliable lanes, and for +1
  std::uint8_t index = 0, count = 1;
  Bytes bytes;
};

// The next frame; `in` stands behind the ack and has bytes left.
std::expected<Frame, WireError> read_frame(ByteReader& in);

// Writes frames one after another and leaves out the last one's length.
class FrameWriter {
 public:
  explicit FrameWriter(MutableBytes room) : room_(room) {}

  // Bytes that a further frame may take in all, its head included.
  std::size_t left() const { return room_.size() - size_; }
  static std::size_t frame_bytes(const Frame& head, std::size_t payload_bytes);

  // Writes the head (its `last` and `bytes` are ignored) and returns where the payload goes. The frame must fit: frame_bytes() <= left().
  MutableBytes add(const Frame& head, std::size_t payload_bytes);
  void add(const Frame& frame);  // with its own bytes
  // Marks the last frame and closes the gap of its length. Nothing may be added after. Returns all that was written.
  MutableBytes finish();
  bool empty() const { return size_ == 0; }

 private:
  MutableBytes room_;
  std::size_t size_ = 0;
  std::size_t head_at_ = 0, length_at_ = 0, payload_at_ = 0;  // of the newest frame
};

}  // namespace meridian
