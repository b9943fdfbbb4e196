#include "world/entity/entities.hpp"

#include <algorithm>
#include <gtest/gtest.h>
#include <map>
#include <set>

#include "base/chance.hpp"

namespace meridian {

// The door that only ChangeLog and Reducer have, for tests of the arrays alone.
struct EntitiesAccess {
  static EntityHandle insert(Entities& e, std::uint64_t id, const BodyState& body = {}) {
    return e.insert(EntityId{id}, EntityKind::monster, MapId{7}, body, Look{static_cast<std::uint16_t>(id)});
  }
  static void remove(Entities& e, std::uint64_t id) { e.remove(e.row(EntityId{id})); }
};
using Door = EntitiesAccess;

namespace {

struct Undeclared {};
template <typename C>
constexpr bool kMayBeColumn = requires { typename Column<C>; };

TEST(Component, Without_a_declared_replication_kind_is_refused_as_a_column) {
  EXPECT_FALSE(kMayBeColumn<Undeclared>);
  EXPECT_TRUE(kMayBeColumn<Identity>);
  EXPECT_TRUE(kMayBeColumn<BodyState>);
  EXPECT_TRUE(kMayBeColumn<Look>);
  EXPECT_EQ(ReplicationOf<BodyState>::kind, Replication::ghosted);
}

TEST(Entities, Keep_every_column_of_an_entity) {
  Entities e;
  const BodyState body{.x_q8 = -5, .y_q8 = 1 << 20, .layer = 1, .heading = 200, .speed = 77, .push_ticks = 3, .cooldown_ticks = 9};
  const EntityHandle handle = Door::insert(e, (std::uint64_t{1023} << 54) | 12, body);
  const Row row = e.row(handle);
  ASSERT_EQ(row, 0u);
  EXPECT_EQ(e.ids()[row].issuer().value, 1023);
  EXPECT_EQ(e.ids()[row].counter(), 12u);
  EXPECT_EQ(e.kinds()[row], EntityKind::monster);
  EXPECT_EQ(e.maps()[row], MapId{7});
  EXPECT_EQ(e.body(row), body);
  EXPECT_EQ(e.x_q8()[row], -5);
  EXPECT_EQ(e.y_q8()[row], 1 << 20);
  EXPECT_EQ(e.headings()[row], 200);
  EXPECT_EQ(e.speeds()[row], 77);
  EXPECT_EQ(e.looks()[row], Look{12});
  EXPECT_EQ(e.handle(row), handle);
}

TEST(Entities, Know_nothing_of_handles_and_ids_they_never_gave) {
  Entities e;
  EXPECT_EQ(e.row(EntityHandle{}), kNoRow);
  EXPECT_EQ(e.row(EntityHandle{0}), kNoRow);
  EXPECT_EQ(e.row(EntityId{}), kNoRow);
  EXPECT_EQ(e.row(EntityId{1}), kNoRow);
  Door::insert(e, 5);
  EXPECT_EQ(e.row(EntityHandle{1}), kNoRow);  // slot 0, a generation to come
  EXPECT_EQ(e.row(EntityHandle{0x00000100}), kNoRow);
  EXPECT_EQ(e.row(EntityId{6}), kNoRow);
}

TEST(Entities, Fill_the_gap_of_a_removed_row_with_the_last) {
  struct Case {
    const char* name;
    std::uint64_t removed;
    std::vector<std::uint64_t> left;  // ids by row
  };
  const Case cases[] = {
      {"first: the last moves to row 0", 1, {4, 2, 3}},
      {"middle: the last moves there", 2, {1, 4, 3}},
      {"last: nobody moves", 4, {1, 2, 3}},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    Entities e;
    std::map<std::uint64_t, EntityHandle> handles;
    for (std::uint64_t id = 1; id <= 4; ++id) handles[id] = Door::insert(e, id, {.x_q8 = static_cast<std::int32_t>(id * 10)});
    Door::remove(e, c.removed);
    ASSERT_EQ(e.size(), 3u);
    EXPECT_EQ(e.row(handles[c.removed]), kNoRow);
    EXPECT_EQ(e.row(EntityId{c.removed}), kNoRow);
    for (Row row = 0; row < 3; ++row) {
      EXPECT_EQ(e.ids()[row].bits, c.left[row]);
      EXPECT_EQ(e.x_q8()[row], static_cast<std::int32_t>(c.left[row] * 10));
      EXPECT_EQ(e.looks()[row].appearance, c.left[row]);
      EXPECT_EQ(e.row(handles[c.left[row]]), row);
      EXPECT_EQ(e.row(EntityId{c.left[row]}), row);
    }
  }
}

TEST(Entities, Refuse_an_old_handle_after_its_slot_is_used_again) {
  Entities e;
  const EntityHandle old = Door::insert(e, 1);
  Door::remove(e, 1);
  bool used_again = false;
  for (std::uint64_t id = 2; id < 3 * Entities::kRestingSlots && !used_again; ++id) {
    const EntityHandle next = Door::insert(e, id);
    used_again = (next.bits >> 8) == (old.bits >> 8);
    EXPECT_NE(next, old);
    EXPECT_EQ(e.row(old), kNoRow);
    Door::remove(e, id);
  }
  EXPECT_TRUE(used_again);
}

TEST(Entities, Never_give_one_handle_twice_within_256_rounds_of_the_resting_slots) {
  Entities e;
  std::set<std::uint32_t> given;
  for (std::uint64_t id = 1; id <= 256u * Entities::kRestingSlots; ++id) {
    ASSERT_TRUE(given.insert(Door::insert(e, id).bits).second) << "at id " << id;
    Door::remove(e, id);
  }
  EXPECT_EQ(e.size(), 0u);
}

TEST(Entities, Remember_that_an_id_has_ended) {
  Entities e;
  Door::insert(e, 9);
  EXPECT_FALSE(e.ended(EntityId{9}));
  Door::remove(e, 9);
  EXPECT_TRUE(e.ended(EntityId{9}));
  EXPECT_FALSE(e.ended(EntityId{8}));
  EXPECT_FALSE(e.ended(EntityId{10}));
  EXPECT_DEATH(Door::insert(e, 9), "ended_");
}

TEST(Entities, End_the_process_when_a_living_id_is_spawned_again) {
  Entities e;
  Door::insert(e, 9);
  EXPECT_DEATH(Door::insert(e, 9), "entry.id == 0");
  EXPECT_DEATH(Door::insert(e, 0), "id.bits != 0");
}

// Against the plainest model there is: a map.
TEST(Entities, Agree_with_a_map_through_20000_random_spawns_and_despawns) {
  Entities e;
  SeededChance chance(11);
  std::map<std::uint64_t, EntityHandle> living;
  std::vector<EntityHandle> dead;
  std::uint64_t next_counter = 1;
  for (int round = 0; round < 20'000; ++round) {
    if (living.size() < 50 || (living.size() < 800 && chance.below(2) == 0)) {
      // Ids of several issuers, with gaps: what makes long probe runs and many intervals.
      const std::uint64_t id = EntityId::make(NodeId{static_cast<std::uint16_t>(1 + chance.below(3))}, next_counter).bits;
      next_counter += 1 + chance.below(3);
      living[id] = Door::insert(e, id, {.y_q8 = static_cast<std::int32_t>(id & 0xFFFFFF)});
    } else {
      auto it = living.begin();
      std::advance(it, chance.below(living.size()));
      dead.push_back(it->second);
      Door::remove(e, it->first);
      living.erase(it);
    }
    if (round % 500 != 0) continue;
    ASSERT_EQ(e.size(), living.size());
    for (const auto& [id, handle] : living) {
      const Row row = e.row(EntityId{id});
      ASSERT_NE(row, kNoRow);
      ASSERT_EQ(e.row(handle), row);
      ASSERT_EQ(e.ids()[row].bits, id);
      ASSERT_EQ(e.y_q8()[row], static_cast<std::int32_t>(id & 0xFFFFFF));
    }
    for (const EntityHandle handle : dead) ASSERT_EQ(e.row(handle), kNoRow);
  }
}

TEST(Ended_ids, Join_into_intervals) {
  struct Case {
    const char* name;
    std::vector<std::uint64_t> added;
    std::size_t intervals;
  };
  const Case cases[] = {
      {"nothing", {}, 0},
      {"one", {5}, 1},
      {"a run upward", {5, 6, 7}, 1},
      {"a run downward", {7, 6, 5}, 1},
      {"a gap", {5, 7}, 2},
      {"a gap closed", {5, 7, 6}, 1},
      {"the ends of the range", {1, ~std::uint64_t{0}}, 2},
      {"out of order", {9, 3, 6, 4, 8}, 3},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    EndedIds ended;
    for (const std::uint64_t id : c.added) ended.add(EntityId{id});
    EXPECT_EQ(ended.intervals(), c.intervals);
    for (std::uint64_t id = 1; id < 12; ++id) {
      const bool added = std::find(c.added.begin(), c.added.end(), id) != c.added.end();
      EXPECT_EQ(ended.contains(EntityId{id}), added) << id;
    }
  }
}

}  // namespace
}  // namespace meridian
