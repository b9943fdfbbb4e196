// Rows are dense: removing one moves the last row into its place. The slot of each row knows where it is; handles name slots and ids find
// them through one table, so a move touches one slot and nothing that is kept elsewhere.
#include "world/entity/entities.hpp"

#include "base/assert.hpp"

namespace meridian {
namespace {

template <typename T>
void swap_remove(std::vector<T>& column, Row row) {
  column[row] = column.back();
  column.pop_back();
}

}  // namespace

Row Entities::row(EntityId id) const {
  const std::uint32_t slot = slot_by_id_.find(id);
  return slot == IdTable::kNone ? kNoRow : slots_[slot].row_or_next;
}

BodyState Entities::body(Row row) const {
  return {.x_q8 = x_q8_[row],
          .y_q8 = y_q8_[row],
          .layer = layers_[row],
          .heading = headings_[row],
          .speed = speeds_[row],
          .push_ticks = push_ticks_[row],
          .cooldown_ticks = cooldown_ticks_[row]};
}

void Entities::set_body(Row row, const BodyState& body) {
  x_q8_[row] = body.x_q8;
  y_q8_[row] = body.y_q8;
  layers_[row] = body.layer;
  headings_[row] = body.heading;
  speeds_[row] = body.speed;
  push_ticks_[row] = body.push_ticks;
  cooldown_ticks_[row] = body.cooldown_ticks;
}

std::uint32_t Entities::take_slot() {
  if (free_count_ < kRestingSlots) {
    MRD_ASSERT(slots_.size() < kMaxSlots);
    slots_.emplace_back();
    return static_cast<std::uint32_t>(slots_.size() - 1);
  }
  const std::uint32_t slot = oldest_free_;
  oldest_free_ = slots_[slot].row_or_next;
  --free_count_;
  return slot;
}

EntityHandle Entities::insert(EntityId id, EntityKind kind, MapId map, const BodyState& body, Look look) {
  MRD_ASSERT(!ended_.contains(id));
  const Row row = static_cast<Row>(size());
  const std::uint32_t slot = take_slot();
  slot_by_id_.insert(id, slot);
  slots_[slot].row_or_next = row;
  slots_[slot].used = true;
  slot_of_row_.push_back(slot);

  ids_.push_back(id);
  kinds_.push_back(kind);
  maps_.push_back(map);
  x_q8_.push_back(0);
  y_q8_.push_back(0);
  layers_.push_back(0);
  headings_.push_back(0);
  speeds_.push_back(0);
  push_ticks_.push_back(0);
  cooldown_ticks_.push_back(0);
  looks_.push_back(look);
  set_body(row, body);
  return handle(row);
}

void Entities::remove(Row row) {
  MRD_ASSERT(row < size());
  slot_by_id_.erase(ids_[row]);
  ended_.add(ids_[row]);

  const std::uint32_t slot = slot_of_row_[row];
  slots_[slot_of_row_.back()].row_or_next = row;  // first, since the last row may be the one removed
  slots_[slot] = {.row_or_next = kNoRow, .generation = static_cast<std::uint8_t>(slots_[slot].generation + 1), .used = false};
  if (free_count_ == 0) {
    oldest_free_ = slot;
  } else {
    slots_[newest_free_].row_or_next = slot;
  }
  newest_free_ = slot;
  ++free_count_;

  swap_remove(slot_of_row_, row);
  swap_remove(ids_, row);
  swap_remove(kinds_, row);
  swap_remove(maps_, row);
  swap_remove(x_q8_, row);
  swap_remove(y_q8_, row);
  swap_remove(layers_, row);
  swap_remove(headings_, row);
  swap_remove(speeds_, row);
  swap_remove(push_ticks_, row);
  swap_remove(cooldown_ticks_, row);
  swap_remove(looks_, row);
}

}  // namespace meridian
