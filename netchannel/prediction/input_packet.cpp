// One function writes, one reads; the picture is in the header. A record without a button carries no aim, so aim reads back as 0 there.
#include "netchannel/prediction/input_packet.hpp"

#include "base/assert.hpp"
#include "base/bits.hpp"

namespace meridian {
namespace {

constexpr unsigned kTickBits = 16, kCountBits = 3, kHashBits = 16, kHeadingBits = 8, kGaitBits = 2, kButtonBits = 6, kAimBits = 12;

Input without_idle_aim(Input input) {
  if (input.buttons == 0) input.aim = 0;
  return input;
}

void write_record(BitWriter& out, const Input& input) {
  out.put(input.heading, kHeadingBits);
  out.put(static_cast<std::uint8_t>(input.gait), kGaitBits);
  out.put(input.buttons, kButtonBits);
  if (input.buttons != 0) out.put(input.aim, kAimBits);
}

// Every value of every field is in range: 8, 2, 6 and 12 bits are the ranges of Input.
Input read_record(BitReader& in) {
  Input input;
  input.heading = static_cast<std::uint8_t>(in.get(kHeadingBits));
  input.gait = static_cast<Gait>(in.get(kGaitBits));
  input.buttons = static_cast<std::uint8_t>(in.get(kButtonBits));
  if (input.buttons != 0) input.aim = static_cast<std::uint16_t>(in.get(kAimBits));
  return input;
}

}  // namespace

Bytes write_input_packet(const InputPacket& packet, MutableBytes room) {
  MRD_ASSERT(packet.count >= 1 && packet.count <= kMaxInputsPerPacket);
  BitWriter out(room);
  out.put(packet.newest_tick_low, kTickBits);
  out.put(packet.count - 1u, kCountBits);
  out.put_bool(packet.own_hash16.has_value());
  if (packet.own_hash16) out.put(*packet.own_hash16, kHashBits);
  write_record(out, packet.inputs[0]);
  for (std::size_t i = 1; i < packet.count; ++i) {
    const bool same = without_idle_aim(packet.inputs[i]) == without_idle_aim(packet.inputs[i - 1]);
    out.put_bool(same);
    if (!same) write_record(out, packet.inputs[i]);
  }
  MRD_ASSERT(!out.full());
  return out.written();
}

std::expected<InputPacket, WireError> read_input_packet(Bytes bytes) {
  BitReader in(bytes);
  InputPacket packet;
  packet.newest_tick_low = static_cast<std::uint16_t>(in.get(kTickBits));
  packet.count = static_cast<std::uint8_t>(in.get(kCountBits) + 1);
  if (in.get_bool()) packet.own_hash16 = static_cast<std::uint16_t>(in.get(kHashBits));
  packet.inputs[0] = read_record(in);
  for (std::size_t i = 1; i < packet.count; ++i) {
    const bool same = in.get_bool();
    packet.inputs[i] = same ? packet.inputs[i - 1] : read_record(in);
  }
  if (in.failed()) return std::unexpected(WireError::truncated);
  if (in.bits_left() > 7) return std::unexpected(WireError::trailing);
  if (in.get(static_cast<unsigned>(in.bits_left())) != 0) return std::unexpected(WireError::out_of_range);  // fill bits are zero
  return packet;
}

}  // namespace meridian
