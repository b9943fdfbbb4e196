// Entities in dense arrays (structure of arrays). Row, handle and id are three things: a row changes on swap-remove and never leaves a
// tick; a handle (24-bit slot + 8-bit generation) may be kept over ticks; an id is 64 bits, on wires and in stores, and never comes back
// once it has ended.
//
// What an entity is made of is said in component.hpp. Only ChangeLog and the reducer write.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/ids.hpp"
#include "world/entity/component.hpp"
#include "world/entity/id_table.hpp"
#include "world/motion/body.hpp"

namespace meridian {

struct EntityHandle {
  std::uint32_t bits = 0xFFFFFFFF;  // slot 24 | generation 8
  friend auto operator<=>(const EntityHandle&, const EntityHandle&) = default;
};

using Row = std::uint32_t;
inline constexpr Row kNoRow = 0xFFFFFFFF;

class Entities {
 public:
  static constexpr std::uint32_t kMaxSlots = 0xFFFFFF;  // 24 bits, less the one of the default handle
  // A slot is used again only while at least this many wait, oldest first: a kept handle then stands for a stranger after no fewer than
  // 256 x 1,024 later spawns, however few entities live.
  static constexpr std::uint32_t kRestingSlots = 1024;

  std::size_t size() const { return slot_of_row_.size(); }
  // Generation-checked: kNoRow for a handle whose entity is gone.
  Row row(EntityHandle handle) const {
    const std::uint32_t slot = handle.bits >> 8;
    if (slot >= slots_.size()) return kNoRow;
    const Slot& s = slots_[slot];
    return s.used && s.generation == (handle.bits & 0xFF) ? s.row_or_next : kNoRow;
  }
  Row row(EntityId id) const;
  EntityHandle handle(Row row) const {
    const std::uint32_t slot = slot_of_row_[row];
    return {(slot << 8) | slots_[slot].generation};
  }
  // True for ids that lived here and do not any more: such an id may not be spawned again.
  bool ended(EntityId id) const { return ended_.contains(id); }

  // Columns, all of size() rows.
  std::span<const EntityId> ids() const { return rows<Identity, &Identity::id>(); }
  std::span<const EntityKind> kinds() const { return rows<Identity, &Identity::kind>(); }
  std::span<const MapId> maps() const { return rows<Identity, &Identity::map>(); }
  std::span<const std::int32_t> x_q8() const { return rows<BodyState, &BodyState::x_q8>(); }
  std::span<const std::int32_t> y_q8() const { return rows<BodyState, &BodyState::y_q8>(); }
  std::span<const std::uint8_t> headings() const { return rows<BodyState, &BodyState::heading>(); }
  std::span<const std::uint8_t> speeds() const { return rows<BodyState, &BodyState::speed>(); }
  std::span<const Look> looks() const { return rows<Look>(); }
  BodyState body(Row row) const;
  // Calls `visit` with each Column, in the order of the list.
  template <typename Visit>
  void each_column(Visit visit) const {
    std::apply([&](const auto&... column) { (visit(column), ...); }, columns_);
  }

 private:
  friend class ChangeLog;
  friend class Reducer;
  friend struct EntitiesAccess;                                                                    // entities_test.cpp
  EntityHandle insert(EntityId id, EntityKind kind, MapId map, const BodyState& body, Look look);  // the id must be new and not have ended
  void remove(Row row);                                                                            // swap-remove; the id has ended
  void set_body(Row row, const BodyState& body);
  std::uint32_t slot_of(Row row) const { return slot_of_row_[row]; }
  std::uint32_t take_slot();

  template <Component C, auto Member = nullptr>
  const decltype(Column<C, Member>::rows)& rows() const {
    return std::get<Column<C, Member>>(columns_).rows;
  }
  template <typename Visit>
  void write_columns(Visit visit) {
    std::apply([&](auto&... column) { (visit(column), ...); }, columns_);
  }

  Columns columns_;

  struct Slot {
    std::uint32_t row_or_next = kNoRow;  // its row while used; while free the next slot that waits
    std::uint8_t generation = 0;
    bool used = false;
  };
  std::vector<std::uint32_t> slot_of_row_;
  std::vector<Slot> slots_;
  std::uint32_t oldest_free_ = kNoRow, newest_free_ = kNoRow, free_count_ = 0;  // a queue threaded through the slots
  IdTable slot_by_id_;                                                          // touched at the edges only: spawn, despawn, a message's id
  EndedIds ended_;
};

}  // namespace meridian
