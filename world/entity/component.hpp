// What an entity is made of, and how each part is replicated. To add a component: a struct, the declaration of its kind, its place in
// `Columns`. The arrays, insertion, removal and the state hash go through that one list and know no other, so what is not in it does not
// exist; and a component without a declaration cannot be in it: the build fails.
#pragma once

#include <concepts>
#include <cstdint>
#include <tuple>
#include <type_traits>
#include <utility>
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

// One dense array, indexed by row: of a component whole, or of the one member of it that `Member` points to.
template <Component C, auto Member = nullptr>
struct Column {
  using Of = C;
  // What this column holds of a component.
  static constexpr auto& part(auto& component) {
    if constexpr (std::is_null_pointer_v<decltype(Member)>)
      return component;
    else
      return component.*Member;
  }
  std::vector<std::remove_cvref_t<decltype(part(std::declval<C&>()))>> rows;
};

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

// All columns, in the order in which their values make up an entity's hash (change/state_hash.hpp).
using Columns =
    std::tuple<Column<Identity, &Identity::id>, Column<BodyState, &BodyState::x_q8>, Column<BodyState, &BodyState::y_q8>,
               Column<Identity, &Identity::map>, Column<Look>, Column<Identity, &Identity::kind>, Column<BodyState, &BodyState::layer>,
               Column<BodyState, &BodyState::heading>, Column<BodyState, &BodyState::speed>, Column<BodyState, &BodyState::push_ticks>,
               Column<BodyState, &BodyState::cooldown_ticks>>;

}  // namespace meridian
