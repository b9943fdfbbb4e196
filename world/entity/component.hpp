// What an entity is made of, and how each part is replicated. A component without a declaration cannot become a column: `Column` refuses
// it, so the build fails. To add one: a struct, its line below, its columns in entities.hpp, its bytes in change/state_hash.hpp unless it
// is local.
#pragma once

#include <concepts>
#include <cstdint>
#include <vector>

#include "base/ids.hpp"
#include "world/motion/body.hpp"

namespace meridian {

enum class Replication : std::uint8_t {
  local,    // never leaves the node
  ghosted,  // the owner writes, others see; merge = the greater (owner epoch, stamp)
  merged,   // any region writes; merge = the greater stamp alone, losers are kept
  ledger,   // never merged: a database transaction with an idempotence key
};

// Left undefined for a component that nobody has declared.
template <typename C>
struct ReplicationOf;

template <typename C>
concept Component = requires {
  { ReplicationOf<C>::kind } -> std::convertible_to<Replication>;
};

// One dense array of a component, or of one field of it, indexed by row.
template <Component C, typename Field = C>
using Column = std::vector<Field>;

enum class EntityKind : std::uint8_t { player = 1, monster = 2, item = 3 };  // monsters and items come with the content issue

// What stays the same for an entity's life.
struct Identity {
  EntityId id;
  EntityKind kind = EntityKind::player;
  MapId map;
};

// What others see of an entity besides its motion.
struct Look {
  std::uint16_t appearance = 0;
  friend bool operator==(const Look&, const Look&) = default;
};

template <>
struct ReplicationOf<Identity> {
  static constexpr Replication kind = Replication::ghosted;
};
template <>
struct ReplicationOf<BodyState> {
  static constexpr Replication kind = Replication::ghosted;
};
template <>
struct ReplicationOf<Look> {
  static constexpr Replication kind = Replication::ghosted;
};

}  // namespace meridian
