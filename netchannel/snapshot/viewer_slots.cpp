#include "netchannel/snapshot/viewer_slots.hpp"

#include <algorithm>
#include <bit>

#include "base/assert.hpp"
#include "base/prefetch.hpp"
#include "netchannel/snapshot/snapshot_form1.hpp"

namespace meridian {
namespace {

constexpr SlotMask bit(unsigned slot) { return SlotMask{1} << slot; }

// How fast the right to be said grows (hot_path.md 4), by rank because ranks are distances in order: the nearest 16 four times as fast as
// the far.
std::uint16_t weight(std::size_t rank) { return rank < 16 ? 16 : rank < 32 ? 8 : 4; }

}  // namespace

ViewerSlots::ViewerSlots() { index_.fill(kNobody); }

void ViewerSlots::observe(std::span<const VisibleEntity> nearest, std::uint32_t packet) {
  SlotMask seen = 0;
  std::array<std::uint8_t, kMaxSlots> strangers;
  std::size_t stranger_count = 0;
  const std::size_t count = std::min(nearest.size(), kMaxSlots);
  for (std::size_t rank = 0; rank < count; ++rank) {
    const unsigned slot = find(nearest[rank].id);
    if (slot == kMaxSlots) {
      strangers[stranger_count++] = static_cast<std::uint8_t>(rank);
      continue;
    }
    seen |= bit(slot);
    see(slot, nearest[rank], rank, packet);
  }
  for (SlotMask gone = known_ & ~seen; gone != 0; gone &= gone - 1) leave_since_[static_cast<unsigned>(std::countr_zero(gone))] = packet;
  leaving_ |= known_ & ~seen;
  known_ &= seen;
  for (std::size_t i = 0; i < stranger_count && ~(known_ | leaving_) != 0; ++i) enter(nearest[strangers[i]], strangers[i], packet);
}

void ViewerSlots::see(unsigned slot, const VisibleEntity& entity, std::size_t rank, std::uint32_t packet) {
  ViewerSlot& s = slots_[slot];
  const std::int32_t x = form1::to_grid(entity.x_q8), y = form1::to_grid(entity.y_q8);
  if ((leaving_ & bit(slot)) != 0) {  // back before the viewer confirmed the leave: a new stay, told from the start
    leaving_ &= ~bit(slot);
    known_ |= bit(slot);
    s.generation = (s.generation + 1) & 3;
    s.waited = 0;
    identity_since_[slot] = place_since_[slot] = packet;
    identity_pending_ |= bit(slot);
    place_pending_ |= bit(slot);
  }
  if (s.x != x || s.y != y || s.heading != entity.heading || s.speed != entity.speed) {
    s.x = x;
    s.y = y;
    s.heading = entity.heading;
    s.speed = entity.speed;
    place_since_[slot] = packet;
    place_pending_ |= bit(slot);
  }
  if (s.look != entity.look || s.kind != entity.kind) {
    s.look = entity.look;
    s.kind = entity.kind;
    identity_since_[slot] = packet;
    identity_pending_ |= bit(slot);
  }
  s.rank = static_cast<std::uint8_t>(rank);
  if (((identity_pending_ | place_pending_) & bit(slot)) != 0) {
    s.waited = static_cast<std::uint16_t>(std::min<unsigned>(0xFFFF, unsigned{s.waited} + weight(rank)));
  }
}

void ViewerSlots::enter(const VisibleEntity& entity, std::size_t rank, std::uint32_t packet) {
  MRD_ASSERT(entity.id.bits != 0 && find(entity.id) == kMaxSlots);  // the list names everybody once
  const auto slot = static_cast<unsigned>(std::countr_one(known_ | leaving_));
  ViewerSlot& s = slots_[slot];
  s.generation = (s.generation + 1) & 3;
  s.id = entity.id;
  s.waited = 0;
  identity_since_[slot] = place_since_[slot] = packet;
  known_ |= bit(slot);
  identity_pending_ |= bit(slot);
  place_pending_ |= bit(slot);
  index(slot);
  see(slot, entity, rank, packet);
}

void ViewerSlots::sent(std::uint32_t id, std::uint32_t packet, SlotMask records, SlotMask identities, SlotMask leaves) {
  sent_[id % sent_.size()] = {.id = id, .packet = packet, .records = records, .identities = identities, .leaves = leaves};
  for (SlotMask said = records; said != 0; said &= said - 1) slots_[static_cast<unsigned>(std::countr_zero(said))].waited = 0;
}

// Of `held`, those that still are as that packet said them: a value, look or stay that began later is not confirmed by it.
SlotMask ViewerSlots::confirmed(const Sent& sent, SlotMask held, const Since& since) const {
  SlotMask out = 0;
  for (; held != 0; held &= held - 1) {
    const auto slot = static_cast<unsigned>(std::countr_zero(held));
    if (sent.packet >= since[slot]) out |= bit(slot);
  }
  return out;
}

void ViewerSlots::acked(std::uint32_t id) {
  Sent& sent = sent_[id % sent_.size()];
  if (sent.packet == 0 || sent.id != id) return;
  place_pending_ &= ~confirmed(sent, sent.records & place_pending_, place_since_);
  identity_pending_ &= ~confirmed(sent, sent.identities & identity_pending_, identity_since_);
  if (const SlotMask left = confirmed(sent, sent.leaves & leaving_, leave_since_); left != 0) {
    leaving_ &= ~left;
    rebuild_index();
  }
  sent.packet = 0;
}

void ViewerSlots::prefetch() const {
  constexpr std::size_t kUsual = 45;  // a view's 36 and a quarter more; reading how many it is would wait for that line first
  meridian::prefetch(this, &slots_[kUsual]);
}

unsigned ViewerSlots::find(EntityId id) const {
  for (std::size_t at = (id.bits * 0x9E3779B97F4A7C15u) >> 56;; at = (at + 1) % index_.size()) {
    const std::uint8_t slot = index_[at];
    if (slot == kNobody) return kMaxSlots;
    if (slots_[slot].id == id) return slot;
  }
}

void ViewerSlots::index(unsigned slot) {
  std::size_t at = (slots_[slot].id.bits * 0x9E3779B97F4A7C15u) >> 56;
  while (index_[at] != kNobody) at = (at + 1) % index_.size();
  index_[at] = static_cast<std::uint8_t>(slot);
}

void ViewerSlots::rebuild_index() {
  index_.fill(kNobody);
  for (SlotMask held = known_ | leaving_; held != 0; held &= held - 1) index(static_cast<unsigned>(std::countr_zero(held)));
}

}  // namespace meridian
