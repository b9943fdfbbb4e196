#include "world/chunk/generator.hpp"

#include <array>
#include <gtest/gtest.h>
#include <vector>

#include "base/siphash.hpp"

namespace meridian {
namespace {

constexpr GeneratorKinds kKinds{.deep_water = {1},
                                .water = {2},
                                .sand = {3},
                                .grass = {4},
                                .meadow = {5},
                                .dirt = {6},
                                .stone_floor = {7},
                                .plank_floor = {8},
                                .tree = {9},
                                .pine = {10},
                                .bush = {11},
                                .rock = {12},
                                .wall = {13}};
constexpr std::uint64_t kSeeds[] = {1, 20261, 0xFFFFFFFFFFFFFFFF};

// The land around (256, 256): 16 x 16 chunks, what a region has by default.
struct Land {
  static constexpr int kSide = 512;
  Chunks chunks;

  explicit Land(std::uint64_t seed, ChunkCoord corner = {MapId{0}, 0, 0}, int chunk_side = kSide / 32) {
    const Generator generator(seed, kKinds);
    for (int y = 0; y < chunk_side; ++y) {
      for (int x = 0; x < chunk_side; ++x) {
        const ChunkCoord at{corner.map, corner.x + x, corner.y + y};
        generator.fill(at, chunks.load(at));
      }
    }
  }
  BlockId floor(int x, int y) const { return chunks.block(MapId{0}, {x, y}, Layer::floor); }
  BlockId active(int x, int y) const { return chunks.block(MapId{0}, {x, y}, Layer::active); }
  bool passable(int x, int y) const {
    const BlockId above = active(x, y);
    return floor(x, y) != kKinds.deep_water && floor(x, y) != kAir && (above == kAir || above == kKinds.bush);
  }
};

std::uint64_t hash_of(const Chunk& chunk) {
  std::vector<std::uint8_t> bytes;
  for (const auto& layer : chunk.cells) {
    for (const BlockId block : layer) {
      bytes.push_back(static_cast<std::uint8_t>(block.value));
      bytes.push_back(static_cast<std::uint8_t>(block.value >> 8));
    }
  }
  return siphash24(bytes);
}

std::uint64_t hash_of(std::uint64_t seed, ChunkCoord at) {
  Chunk chunk;
  Generator(seed, kKinds).fill(at, chunk);
  return hash_of(chunk);
}

// Recorded worlds name the version: when one of these changes, kGeneratorVersion must too.
TEST(Generator, Output_of_version_1_is_pinned) {
  ASSERT_EQ(kGeneratorVersion, 1u);
  struct Case {
    std::uint64_t seed;
    ChunkCoord at;
    std::uint64_t hash;
  };
  constexpr Case kCases[] = {
      {20261, {MapId{0}, 5, 4}, 5067333581658309192u},
      {20261, {MapId{0}, 10, 11}, 16626785047849625631u},
      {1, {MapId{0}, -8, -7}, 10872296870795151497u},
      {1, {MapId{7}, 5, 5}, 16309363189963132364u},
      {20261, {MapId{0}, -99'992, 90'008}, 10324897101094185425u},
  };
  for (const Case& c : kCases) EXPECT_EQ(hash_of(c.seed, c.at), c.hash) << c.seed << " at " << c.at.x << "," << c.at.y;
}

TEST(Generator, Another_seed_map_or_place_is_another_chunk) {
  const std::uint64_t here = hash_of(1, {MapId{0}, 4, 4});
  EXPECT_EQ(here, hash_of(1, {MapId{0}, 4, 4}));
  EXPECT_NE(here, hash_of(2, {MapId{0}, 4, 4}));
  EXPECT_NE(here, hash_of(1, {MapId{1}, 4, 4}));
  EXPECT_NE(here, hash_of(1, {MapId{0}, 5, 4}));
  EXPECT_NE(here, hash_of(1, {MapId{0}, 4, 5}));
}

TEST(Generator, Overwrites_whatever_the_chunk_held) {
  Chunk used;
  for (auto& layer : used.cells) layer.fill(BlockId{99});
  Generator(1, kKinds).fill({MapId{0}, 4, 4}, used);
  EXPECT_EQ(hash_of(used), hash_of(1, {MapId{0}, 4, 4}));
}

// Rivers and coast go on through chunk borders: across a border two neighbouring floors differ no more often than inside.
TEST(Generator, Chunks_continue_each_other) {
  for (const std::uint64_t seed : kSeeds) {
    const Land land(seed, {MapId{0}, -8, -8}, 24);
    std::array<int, 2> pairs{}, differ{}, wet{}, wet_stops{};  // [at a border]
    const auto is_wet = [&](int x, int y) { return land.floor(x, y) == kKinds.water || land.floor(x, y) == kKinds.deep_water; };
    for (int y = -255; y < 511; ++y) {
      for (int x = -255; x < 511; ++x) {
        const std::size_t border = (x & 31) == 31 ? 1 : 0;
        ++pairs[border];
        differ[border] += land.floor(x, y) != land.floor(x + 1, y);
        if (!is_wet(x, y)) continue;
        ++wet[border];
        wet_stops[border] += !is_wet(x + 1, y - 1) && !is_wet(x + 1, y) && !is_wet(x + 1, y + 1);
      }
    }
    EXPECT_LT(differ[1] * 1'000 / pairs[1], differ[0] * 1'000 / pairs[0] + 15) << "per thousand, seed " << seed;
    EXPECT_LT(wet_stops[1] * 1'000 / wet[1], wet_stops[0] * 1'000 / wet[0] + 15) << "per thousand, seed " << seed;
    EXPECT_GT(wet[1], 500) << "no water at any border shows nothing";
  }
}

TEST(Generator, Every_land_has_everything) {
  const std::pair<const char*, BlockId> kinds[] = {
      {"deep_water", kKinds.deep_water},
      {"water", kKinds.water},
      {"sand", kKinds.sand},
      {"grass", kKinds.grass},
      {"meadow", kKinds.meadow},
      {"dirt", kKinds.dirt},
      {"tree", kKinds.tree},
      {"pine", kKinds.pine},
      {"bush", kKinds.bush},
      {"rock", kKinds.rock},
      {"wall", kKinds.wall},
      {"plank_floor", kKinds.plank_floor},
      {"stone_floor", kKinds.stone_floor},
  };
  for (const std::uint64_t seed : kSeeds) {
    const Land land(seed);
    std::array<int, 14> count{};
    for (int y = 0; y < Land::kSide; ++y) {
      for (int x = 0; x < Land::kSide; ++x) {
        const BlockId floor = land.floor(x, y), active = land.active(x, y);
        ASSERT_TRUE(floor.value >= 1 && floor.value <= 8) << "every floor is a floor kind";
        ASSERT_TRUE(active.value == 0 || (active.value >= 9 && active.value <= 13)) << "every thing is an active kind";
        ++count[floor.value];
        ++count[active.value];
      }
    }
    for (const auto& [name, id] : kinds) EXPECT_GE(count[id.value], 20) << name << ", seed " << seed;
  }
}

TEST(Generator, Most_of_a_land_can_be_walked) {
  for (const std::uint64_t seed : kSeeds) {
    const Land land(seed);
    int walkable = 0, near_the_middle = 0;
    for (int y = 0; y < Land::kSide; ++y) {
      for (int x = 0; x < Land::kSide; ++x) {
        const bool passable = land.passable(x, y);
        walkable += passable;
        near_the_middle += passable && x >= 240 && x < 272 && y >= 240 && y < 272;
      }
    }
    const int percent = walkable * 100 / (Land::kSide * Land::kSide);
    EXPECT_GE(percent, 50) << "seed " << seed;
    EXPECT_LE(percent, 90) << "seed " << seed;
    EXPECT_GE(near_the_middle * 100 / (32 * 32), 60) << "seed " << seed;
  }
}

TEST(Generator, From_the_middle_one_can_walk_far) {
  for (const std::uint64_t seed : kSeeds) {
    const Land land(seed);
    std::vector<bool> seen(Land::kSide * Land::kSide);
    std::vector<BlockCoord> open;
    const auto visit = [&](int x, int y) {
      if (x < 0 || y < 0 || x >= Land::kSide || y >= Land::kSide || !land.passable(x, y)) return;
      if (seen[static_cast<std::size_t>(y * Land::kSide + x)]) return;
      seen[static_cast<std::size_t>(y * Land::kSide + x)] = true;
      open.push_back({x, y});
    };
    for (int x = 248; x < 264; ++x) visit(x, 256);
    std::size_t reached = 0;
    for (; !open.empty(); ++reached) {
      const BlockCoord at = open.back();
      open.pop_back();
      visit(at.x - 1, at.y), visit(at.x + 1, at.y), visit(at.x, at.y - 1), visit(at.x, at.y + 1);
    }
    EXPECT_GE(reached, 60'000u) << "cells of 262,144, seed " << seed;
  }
}

TEST(Generator, Trees_leave_a_way_between_them) {
  const Land land(20261);
  const auto tree = [&](int x, int y) { return land.active(x, y) == kKinds.tree || land.active(x, y) == kKinds.pine; };
  int trees = 0;
  for (int y = 0; y < Land::kSide; ++y) {
    for (int x = 0; x < Land::kSide; ++x) {
      if (!tree(x, y)) continue;
      ++trees;
      EXPECT_FALSE(tree(x + 1, y) || tree(x, y + 1)) << x << "," << y;
    }
  }
  EXPECT_GT(trees, 3'000);
}

}  // namespace
}  // namespace meridian
