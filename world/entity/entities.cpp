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
  BodyState body;
  each_column([&]<typename C>(const C& column) {
    if constexpr (std::is_same_v<typename C::Of, BodyState>) C::part(body) = column.rows[row];
  });
  return body;
}

void Entities::set_body(Row row, const BodyState& body) {
  write_columns([&]<typename C>(C& column) {
    if constexpr (std::is_same_v<typename C::Of, BodyState>) column.rows[row] = C::part(body);
  });
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

  const std::tuple components(Identity{id, kind, map}, body, look);
  write_columns([&]<typename C>(C& column) { column.rows.push_back(C::part(std::get<typename C::Of>(components))); });
  return handle(row);
}

void Entities::remove(Row row) {
  MRD_ASSERT(row < size());
  slot_by_id_.erase(ids()[row]);
  ended_.add(ids()[row]);

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
  write_columns([&](auto& column) { swap_remove(column.rows, row); });
}

}  // namespace meridian
