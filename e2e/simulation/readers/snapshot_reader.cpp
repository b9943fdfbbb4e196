#include "e2e/simulation/readers/snapshot_reader.hpp"

#include <algorithm>

#include "e2e/simulation/readers/bit_source.hpp"

namespace meridian::sim {
namespace {

constexpr int kSlots = 64;

bool read_leaves(BitSource& in, std::vector<std::uint32_t>& leaves) {
  for (;;) {
    const std::uint64_t count = in.take(4);
    for (std::uint64_t i = 0; i < count; ++i) {
      const auto slot = static_cast<std::uint32_t>(in.take(8));
      if (in.ended() || slot >= kSlots || (!leaves.empty() && slot <= leaves.back())) return false;
      leaves.push_back(slot);
    }
    if (in.ended()) return false;
    if (count != 15) return true;
  }
}

int read_gap(BitSource& in) {
  if (in.take(1) == 0) return 0;
  if (in.take(1) == 0) return static_cast<int>(in.take(2)) + 1;
  return static_cast<int>(in.take(6));
}

std::uint32_t read_heading(BitSource& in) {
  return in.take(1) != 0 ? static_cast<std::uint32_t>(in.take(3)) * 32 : static_cast<std::uint32_t>(in.take(8));
}

std::uint32_t read_speed(BitSource& in) {
  constexpr std::uint32_t kNamed[3] = {0, 51, 77};
  const std::uint64_t n = in.take(2);
  return n < 3 ? kNamed[n] : static_cast<std::uint32_t>(in.take(8));
}

}  // namespace

std::optional<ReadSnapshot> SnapshotReader::read(std::span<const std::uint8_t> bytes) {
  ReadSnapshot out;
  if (bytes.size() > 1100) return refuse("more than 1,100 B"), std::nullopt;
  BitSource in(bytes);
  out.tick_low = static_cast<std::uint16_t>(in.take(16));
  out.own_match = in.take(1) != 0;
  const bool own_full = in.take(1) != 0;
  if (in.take(6) != 0) return refuse("a flag that must be zero"), std::nullopt;
  out.input_age = static_cast<std::uint32_t>(in.take(6));
  out.cause_age = static_cast<std::uint32_t>(in.take(6));
  out.margin = static_cast<std::int32_t>(in.take_signed(8));
  if (own_full) {
    ReadOwn own;
    own.x = static_cast<std::int32_t>(in.take_signed(32));
    own.y = static_cast<std::int32_t>(in.take_signed(32));
    own.layer = static_cast<std::uint32_t>(in.take(2));
    own.heading = static_cast<std::uint32_t>(in.take(8));
    own.speed = static_cast<std::uint32_t>(in.take(8));
    own.push = static_cast<std::uint32_t>(in.take(4));
    own.cooldown = static_cast<std::uint32_t>(in.take(8));
    if (in.take(2) != 0 || own.layer == 3) return refuse("own state out of range"), std::nullopt;
    out.own = own;
  }
  std::vector<std::uint32_t> leaves;
  if (!read_leaves(in, leaves)) return refuse("bad leaves"), std::nullopt;
  std::array<Slot, 64> slots = slots_;  // nothing changes before all is read
  for (const std::uint32_t slot : leaves) slots[slot].taken = false;
  if (!read_records(in, leaves, out, slots)) return std::nullopt;
  slots_ = slots;
  return out;
}

bool SnapshotReader::read_records(BitSource& in, const std::vector<std::uint32_t>& leaves, ReadSnapshot& out, std::array<Slot, 64>& slots) {
  if (in.left() <= 7) return in.take(static_cast<int>(in.left())) == 0 || refuse("bits left that are not zero");
  const std::int64_t anchor_x = in.take_signed(28), anchor_y = in.take_signed(28);
  const int width = static_cast<int>(in.take(5));
  if (width > 28) return refuse("width over 28");
  int slot = -1;
  bool any = false;
  while (in.left() > 7) {
    slot += 1 + read_gap(in);
    if (slot >= kSlots) return refuse("a slot over 63");
    Slot& place = slots[static_cast<std::size_t>(slot)];
    if (std::find(leaves.begin(), leaves.end(), static_cast<std::uint32_t>(slot)) != leaves.end())
      return refuse("a slot both left and told");
    const bool identity = in.take(1) != 0;
    const auto generation = static_cast<std::uint32_t>(in.take(2));
    if (identity) {
      const std::uint64_t id = in.take(64);
      const auto kind = static_cast<std::uint32_t>(in.take(6)), appearance = static_cast<std::uint32_t>(in.take(16));
      if (id == 0 || kind < 1 || kind > 3) return refuse("no such identity");
      place = {true, id, kind, appearance, generation};
    } else if (!place.taken || place.generation != generation) {
      return refuse("a plain record of nobody");
    }
    const std::int64_t x = (anchor_x + static_cast<std::int64_t>(in.take(width))) * 16,
                       y = (anchor_y + static_cast<std::int64_t>(in.take(width))) * 16;
    ReadRecord record{.id = place.id,
                      .kind = place.kind,
                      .appearance = place.appearance,
                      .x = static_cast<std::int32_t>(x),
                      .y = static_cast<std::int32_t>(y)};
    record.heading = read_heading(in);
    record.speed = read_speed(in);
    if (in.ended()) return refuse("ends inside a record");
    out.records.push_back(record);
    any = true;
  }
  if (!any) return refuse("an anchor without a record");
  return in.take(static_cast<int>(in.left())) == 0 || refuse("bits left that are not zero");
}

}  // namespace meridian::sim
