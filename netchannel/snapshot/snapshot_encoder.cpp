// How it works: the slots (viewer_slots.hpp) know what is still to be said; a packet takes the leaves, then as many records as fit, chosen
// by how long they have waited and written in slot order. Records are absolute, so nothing depends on an earlier packet but the identity,
// which rides until acked.
#include <algorithm>
#include <bit>
#include <functional>

#include "base/assert.hpp"
#include "netchannel/snapshot/snapshot_form1.hpp"
#include "netchannel/snapshot/viewer_slots.hpp"

namespace meridian {
namespace {

using form1::Fields;

constexpr SlotMask bit(unsigned slot) { return SlotMask{1} << slot; }
constexpr SlotMask below(unsigned slot) { return bit(slot) - 1; }
unsigned first(SlotMask mask) { return static_cast<unsigned>(std::countr_zero(mask)); }
unsigned last(SlotMask mask) { return 63 - static_cast<unsigned>(std::countl_zero(mask)); }

// The smallest square around all places that could be said: records are offsets from its least corner.
struct Frame {
  std::int32_t x = form1::kMaxPlace, y = form1::kMaxPlace;
  unsigned width = 0;
};
Frame frame_of(const ViewerSlots& slots, SlotMask records) {
  Frame frame;
  std::int32_t far_x = -form1::kMaxPlace - 1, far_y = far_x;
  for (SlotMask left = records; left != 0; left &= left - 1) {
    const ViewerSlot& s = slots[first(left)];
    frame.x = std::min(frame.x, s.x);
    frame.y = std::min(frame.y, s.y);
    far_x = std::max(far_x, s.x);
    far_y = std::max(far_y, s.y);
  }
  frame.width =
      static_cast<unsigned>(std::bit_width(static_cast<std::uint32_t>(far_x - frame.x) | static_cast<std::uint32_t>(far_y - frame.y)));
  return frame;
}

// Without its gap.
unsigned record_bits(const ViewerSlot& s, bool identity, const Frame& frame) {
  return 1 + form1::kGenerationBits + (identity ? form1::kIdentityBits : 0) + 2 * frame.width + form1::heading_bits(s.heading) +
         form1::speed_bits(s.speed);
}

// What the gaps of `chosen` grow by with `slot` among them; may be negative, when it fills a hole.
int gap_growth(SlotMask chosen, unsigned slot) {
  const auto bits = [](unsigned skipped) { return static_cast<int>(form1::gap_bits(skipped)); };
  const SlotMask before = chosen & below(slot), after = chosen & ~below(slot);
  const unsigned next_slot = before != 0 ? last(before) + 1 : 0;
  if (after == 0) return bits(slot - next_slot);
  return bits(slot - next_slot) + bits(first(after) - slot - 1) - bits(first(after) - next_slot);
}

// The records that fit into `room_bits`: longest waiting first, the nearer first among equals. A great one that does not fit lets smaller
// ones pass; it waits on and is first the next time.
SlotMask choose(const ViewerSlots& slots, SlotMask candidates, const Frame& frame, std::size_t room_bits) {
  const auto count_of = [](SlotMask mask) { return static_cast<std::size_t>(std::popcount(mask)); };
  const std::size_t most_bits = count_of(candidates) * (form1::kMostPlainBits + 2 * frame.width) +
                                count_of(candidates & slots.identity_pending()) * form1::kIdentityBits;
  if (most_bits <= room_bits) return candidates;

  const auto bits_of = [&](unsigned slot) { return record_bits(slots[slot], (slots.identity_pending() & bit(slot)) != 0, frame); };
  std::array<std::uint32_t, kMaxSlots> order;  // waited 16 | 255 - rank 8 | slot 8
  std::size_t count = 0;
  for (SlotMask left = candidates; left != 0; left &= left - 1) {
    const unsigned slot = first(left);
    order[count++] = (std::uint32_t{slots[slot].waited} << 16) | ((255u - slots[slot].rank) << 8) | slot;
  }
  std::sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(count), std::greater<>());
  SlotMask chosen = 0;
  int left_bits = static_cast<int>(room_bits);
  for (std::size_t i = 0; i < count; ++i) {
    const unsigned slot = order[i] & 0xFF;
    const int bits = static_cast<int>(bits_of(slot)) + gap_growth(chosen, slot);
    if (bits > left_bits) continue;
    chosen |= bit(slot);
    left_bits -= bits;
  }
  return chosen;
}

void write_head(BitWriter& out, Tick tick, const SnapshotHead& head) {
  MRD_ASSERT(head.input_age <= form1::kMaxAge && head.cause_age <= form1::kMaxAge);
  out.put(tick.value & 0xFFFF, form1::kTickBits);
  out.put_bool(head.own_match);
  out.put_bool(head.own_full.has_value());
  out.put(0, form1::kReservedFlagBits);
  out.put(head.input_age, form1::kAgeBits);
  out.put(head.cause_age, form1::kAgeBits);
  out.put_signed(head.margin_sixteenths, form1::kMarginBits);
  if (!head.own_full) return;
  for (const std::uint8_t byte : pack_own_state(*head.own_full)) out.put(byte, 8);
}

// As many as fit, the lowest slots first; a group of fifteen is followed by another count.
SlotMask write_leaves(BitWriter& out, SlotMask leaving) {
  SlotMask written = 0;
  while (true) {
    const auto fit = static_cast<unsigned>((out.bits_left() - form1::kLeaveCountBits) / form1::kLeaveSlotBits);
    unsigned count = std::min({form1::kLeavesInGroup, static_cast<unsigned>(std::popcount(leaving)), fit});
    const bool room_for_another_count = out.bits_left() >= 2 * form1::kLeaveCountBits + std::size_t{count} * form1::kLeaveSlotBits;
    if (count == form1::kLeavesInGroup && !room_for_another_count) --count;
    out.put(count, form1::kLeaveCountBits);
    for (unsigned i = 0; i < count; ++i, leaving &= leaving - 1) {
      out.put(first(leaving), form1::kLeaveSlotBits);
      written |= bit(first(leaving));
    }
    if (count < form1::kLeavesInGroup) return written;
  }
}

void write_record(BitWriter& out, const ViewerSlot& s, unsigned skipped, bool identity, const Frame& frame) {
  Fields front;
  form1::add_gap(front, skipped);
  front.add(identity ? 1 : 0, 1);
  front.add(s.generation, form1::kGenerationBits);
  if (identity) {
    out.put(front.value, front.bits);
    out.put(s.id.bits, form1::kIdBits);
    front = {};
    front.add(static_cast<std::uint8_t>(s.kind), form1::kKindBits);
    front.add(s.look.appearance, form1::kAppearanceBits);
  }
  front.add(static_cast<std::uint32_t>(s.x - frame.x), frame.width);
  Fields rest;
  rest.add(static_cast<std::uint32_t>(s.y - frame.y), frame.width);
  form1::add_heading(rest, s.heading);
  form1::add_speed(rest, s.speed);
  if (front.bits + rest.bits <= 56) {  // nearly always: one write
    front.add(rest.value, rest.bits);
    out.put(front.value, front.bits);
    return;
  }
  out.put(front.value, front.bits);
  out.put(rest.value, rest.bits);
}

}  // namespace

struct SnapshotEncoder::State {
  ViewerSlots slots;
  std::uint32_t packet = 0;
  Tick newest{};
};

SnapshotEncoder::SnapshotEncoder() : state_(std::make_unique<State>()) {}
SnapshotEncoder::~SnapshotEncoder() = default;
SnapshotEncoder::SnapshotEncoder(SnapshotEncoder&&) noexcept = default;
SnapshotEncoder& SnapshotEncoder::operator=(SnapshotEncoder&&) noexcept = default;

std::size_t SnapshotEncoder::encode(std::uint32_t id, Tick tick, const SnapshotHead& head, std::span<const VisibleEntity> nearest,
                                    MutableBytes room) {
  const std::size_t head_bits = form1::kHeadBits + (head.own_full ? form1::kOwnBits : 0) + form1::kLeaveCountBits;
  if (room.size() * 8 < head_bits) return 0;
  MRD_ASSERT(state_->packet == 0 || tick > state_->newest);  // two stays in a slot are told apart by ticks
  state_->newest = tick;
  ++state_->packet;
  ViewerSlots& slots = state_->slots;
  slots.observe(nearest, state_->packet);

  BitWriter out(room.first(std::min(room.size(), kMaxSnapshotBytes)));
  write_head(out, tick, head);
  const SlotMask leaves = write_leaves(out, slots.leaving());
  SlotMask records = slots.to_say();
  const SlotMask identity_pending = slots.identity_pending();
  if (records != 0) {
    const Frame frame = frame_of(slots, records);
    records = out.bits_left() > form1::kAnchorBits ? choose(slots, records, frame, out.bits_left() - form1::kAnchorBits) : 0;
    if (records != 0) {
      out.put_signed(frame.x, form1::kPlaceBits);
      out.put_signed(frame.y, form1::kPlaceBits);
      out.put(frame.width, form1::kWidthBits);
    }
    unsigned next_slot = 0;
    for (SlotMask left = records; left != 0; left &= left - 1) {
      const unsigned slot = first(left);
      write_record(out, slots[slot], slot - next_slot, (identity_pending & bit(slot)) != 0, frame);
      next_slot = slot + 1;
    }
  }
  MRD_ASSERT(!out.full());
  slots.sent(id, state_->packet, records, records & identity_pending, leaves);
  return out.size_bytes();
}

void SnapshotEncoder::fate(std::uint32_t id, bool acked) {
  if (acked) state_->slots.acked(id);  // lost: what it held is still pending and rides again anyway
}

void SnapshotEncoder::prefetch() const { state_->slots.prefetch(); }

}  // namespace meridian
