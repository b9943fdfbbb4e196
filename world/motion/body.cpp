#include "world/motion/body.hpp"

#include "base/bits.hpp"
#include "base/siphash.hpp"

namespace meridian {
namespace {

bool in_world(std::int32_t q8) { return q8 >= -kFarthest_q8 && q8 <= kFarthest_q8; }

}  // namespace

OwnStateBytes pack_own_state(const BodyState& body) {
  OwnStateBytes bytes{};
  BitWriter out(bytes);
  out.put_signed(body.x_q8, 32);
  out.put_signed(body.y_q8, 32);
  out.put(body.layer, 2);
  out.put(body.heading, 8);
  out.put(body.speed, 8);
  out.put(body.push_ticks, 4);
  out.put(body.cooldown_ticks, 8);
  out.put(0, 2);
  return bytes;
}

bool unpack_own_state(const OwnStateBytes& bytes, BodyState& body) {
  BitReader in(bytes);
  BodyState read;
  read.x_q8 = static_cast<std::int32_t>(in.get_signed(32));
  read.y_q8 = static_cast<std::int32_t>(in.get_signed(32));
  read.layer = static_cast<std::uint8_t>(in.get(2));
  read.heading = static_cast<std::uint8_t>(in.get(8));
  read.speed = static_cast<std::uint8_t>(in.get(8));
  read.push_ticks = static_cast<std::uint8_t>(in.get(4));
  read.cooldown_ticks = static_cast<std::uint8_t>(in.get(8));
  if (in.get(2) != 0 || read.layer >= kLayers || !in_world(read.x_q8) || !in_world(read.y_q8)) return false;
  body = read;
  return true;
}

std::uint16_t own_state_hash16(const BodyState& body) { return static_cast<std::uint16_t>(siphash24(pack_own_state(body))); }

}  // namespace meridian
