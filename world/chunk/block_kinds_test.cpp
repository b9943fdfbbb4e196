#include "world/chunk/block_kinds.hpp"

#include <gtest/gtest.h>

namespace meridian {
namespace {

BlockKind kind(std::string name, Layer layer = Layer::active) {
  BlockKind made;
  made.name = std::move(name);
  made.layer = layer;
  return made;
}

TEST(Block_kinds, Kind_0_is_air_passable_above_and_void_below) {
  const BlockKinds none;
  EXPECT_EQ(none.size(), 1u);
  EXPECT_EQ(none.find("air"), kAir);
  EXPECT_FALSE(none.solid(kAir));
  EXPECT_FALSE(none.walkable(kAir));
}

TEST(Block_kinds, Ids_follow_the_order_from_1) {
  const BlockKinds kinds({kind("grass", Layer::floor), kind("rock")});
  EXPECT_EQ(kinds.find("grass"), BlockId{1});
  EXPECT_EQ(kinds.find("rock"), BlockId{2});
  EXPECT_EQ(kinds.of(BlockId{2}).name, "rock");
  EXPECT_FALSE(kinds.find("lava").has_value());
  EXPECT_TRUE(kinds.known(BlockId{2}));
  EXPECT_FALSE(kinds.known(BlockId{3}));
}

TEST(Block_kinds, An_unknown_id_is_solid_and_void) {
  const BlockKinds kinds({kind("grass", Layer::floor)});
  EXPECT_TRUE(kinds.solid(BlockId{2}));
  EXPECT_FALSE(kinds.walkable(BlockId{65'535}));
  EXPECT_EQ(kinds.speed_percent(BlockId{65'535}), 100);
}

TEST(Block_kinds, The_rules_hash_changes_with_each_rule_and_not_with_looks) {
  const auto hash_with = [](auto change) {
    BlockKind grass = kind("grass", Layer::floor);
    change(grass);
    return BlockKinds({grass, kind("rock")}).rules_hash();
  };
  const std::uint64_t plain = hash_with([](BlockKind&) {});
  EXPECT_EQ(plain, hash_with([](BlockKind& k) { k.glyph = U'#'; }));
  EXPECT_EQ(plain, hash_with([](BlockKind& k) { k.color = {1, 2, 3}; }));
  EXPECT_EQ(plain, hash_with([](BlockKind& k) { k.background = {1, 2, 3}; }));
  EXPECT_NE(plain, hash_with([](BlockKind& k) { k.name = "gras"; }));
  EXPECT_NE(plain, hash_with([](BlockKind& k) { k.layer = Layer::ceiling; }));
  EXPECT_NE(plain, hash_with([](BlockKind& k) { k.solid = true; }));
  EXPECT_NE(plain, hash_with([](BlockKind& k) { k.walkable = false; }));
  EXPECT_NE(plain, hash_with([](BlockKind& k) { k.placeable = true; }));
  EXPECT_NE(plain, hash_with([](BlockKind& k) { k.breakable = true; }));
  EXPECT_NE(plain, hash_with([](BlockKind& k) { k.speed_percent = 99; }));
  EXPECT_NE(plain, BlockKinds({kind("rock"), kind("grass", Layer::floor)}).rules_hash()) << "ids are rules too";
}

}  // namespace
}  // namespace meridian
