// Entities in dense arrays (structure of arrays). Row, handle and id are three things: a row changes on swap-remove and never leaves a tick;
// a handle (24-bit slot + 8-bit generation) may be kept over ticks; an id is 64 bits, on wires and in stores.
//
// Components declare their replication kind in component.hpp or the build fails. Only ChangeLog and the reducer write.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "base/ids.hpp"
#include "world/motion/body.hpp"

namespace meridian {

enum class EntityKind : std::uint8_t { player = 1, monster = 2, item = 3 };  // monsters and items come with the content issue

struct EntityHandle {
  std::uint32_t bits = 0xFFFFFFFF;  // slot 24 | generation 8
  friend auto operator<=>(const EntityHandle&, const EntityHandle&) = default;
};

using Row = std::uint32_t;
inline constexpr Row kNoRow = 0xFFFFFFFF;

// What others see of an entity besides its motion.
struct Look {
  std::uint16_t appearance = 0;
  friend bool operator==(const Look&, const Look&) = default;
};

class Entities {
 public:
  std::size_t size() const { return ids_.size(); }
  // Generation-checked: kNoRow for a handle whose entity is gone.
  Row row(EntityHandle handle) const;
  Row row(EntityId id) const;
  EntityHandle handle(Row row) const;

  // Columns, all of size() rows.
  std::span<const EntityId> ids() const { return ids_; }
  std::span<const EntityKind> kinds() const { return kinds_; }
  std::span<const MapId> maps() const { return maps_; }
  std::span<const std::int32_t> x_q8() const { return x_q8_; }
  std::span<const std::int32_t> y_q8() const { return y_q8_; }
  std::span<const Look> looks() const { return looks_; }
  BodyState body(Row row) const;

 private:
  friend class ChangeLog;
  friend class Reducer;
  EntityHandle insert(EntityId id, EntityKind kind, MapId map, const BodyState& body, Look look);  // the id must be new
  void remove(Row row);                                                                           // swap-remove
  void set_body(Row row, const BodyState& body);
  void set_look(Row row, Look look);

  std::vector<EntityId> ids_;
  std::vector<EntityKind> kinds_;
  std::vector<MapId> maps_;
  std::vector<std::int32_t> x_q8_, y_q8_;
  std::vector<std::uint8_t> layers_, headings_, speeds_, push_ticks_, cooldown_ticks_;
  std::vector<Look> looks_;
  std::vector<std::uint32_t> slot_of_row_;
  struct Slot {
    Row row = kNoRow;
    std::uint8_t generation = 0;
  };
  std::vector<Slot> slots_;
  std::vector<std::uint32_t> free_slots_;
  std::unordered_map<EntityId, std::uint32_t> slot_by_id_;  // touched at the edges only
};

}  // namespace meridian
