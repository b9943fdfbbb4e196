#include "netchannel/wire/control.hpp"

#include "base/assert.hpp"
#include "netchannel/wire/showable_text.hpp"

namespace meridian {
namespace {

enum Type : std::uint8_t { kPing = 1, kPong = 2, kClose = 3 };

std::expected<Control, WireError> read_close(ByteReader& in) {
  const auto reason = static_cast<Reason>(in.u8());
  const Bytes text = in.rest();
  if (in.failed() || reason == Reason::none || text.size() > kMaxCloseText) return std::unexpected(WireError::malformed);
  const Close close{reason, {reinterpret_cast<const char*>(text.data()), text.size()}};
  if (!showable_utf8(close.text)) return std::unexpected(WireError::malformed);
  return close;
}

struct Writer {
  ByteWriter& out;
  void operator()(const SkippedControl& skipped) const { out.u8(skipped.type); }
  void operator()(const Ping& ping) const {
    out.u8(kPing);
    out.u32(ping.time_us);
  }
  void operator()(const Pong& pong) const {
    out.u8(kPong);
    out.u32(pong.time_us);
    out.u32(pong.held_us);
  }
  void operator()(const Close& close) const {
    MRD_ASSERT(close.text.size() <= kMaxCloseText);
    out.u8(kClose);
    out.u8(static_cast<std::uint8_t>(close.reason));
    out.bytes({reinterpret_cast<const std::uint8_t*>(close.text.data()), close.text.size()});
  }
};

}  // namespace

std::expected<Control, WireError> read_control(Bytes bytes) {
  ByteReader in(bytes);
  const std::uint8_t type = in.u8();
  Control control = SkippedControl{type};
  switch (type) {
    case kPing: control = Ping{in.u32()}; break;
    case kPong: {
      const std::uint32_t time_us = in.u32();
      control = Pong{time_us, in.u32()};
      break;
    }
    case kClose: return read_close(in);
    default: in.rest(); break;
  }
  if (!in.done()) return std::unexpected(WireError::malformed);
  return control;
}

Bytes write_control(const Control& control, MutableBytes room) {
  ByteWriter out(room);
  std::visit(Writer{out}, control);
  MRD_ASSERT(!out.full());
  return out.written();
}

}  // namespace meridian
