#include "world/chunk/chunks.hpp"

#include <gtest/gtest.h>

namespace meridian {
namespace {

constexpr MapId kMap{0};

TEST(Coords, Round_down_below_zero) {
  struct Case {
    BlockCoord block;
    std::int32_t chunk_x, chunk_y;
    std::uint16_t cell;
  };
  constexpr Case kCases[] = {
      {{0, 0}, 0, 0, 0},     {{31, 31}, 0, 0, 1023},    {{32, 0}, 1, 0, 0},       {{-1, 0}, -1, 0, 31},
      {{0, -1}, 0, -1, 992}, {{-32, -33}, -1, -2, 992}, {{-33, -64}, -2, -2, 31},
  };
  for (const Case& c : kCases) {
    const ChunkCoord chunk = chunk_of(kMap, c.block);
    EXPECT_EQ(chunk, (ChunkCoord{kMap, c.chunk_x, c.chunk_y})) << c.block.x << "," << c.block.y;
    EXPECT_EQ(cell_of(c.block), c.cell) << c.block.x << "," << c.block.y;
    EXPECT_EQ(block_at(chunk, c.cell), c.block);
  }
}

TEST(Chunks, Read_as_air_where_none_is_held) {
  const Chunks chunks;
  EXPECT_EQ(chunks.find({kMap, 0, 0}), nullptr);
  EXPECT_EQ(chunks.block(kMap, {5, 5}, Layer::floor), kAir);
}

TEST(Chunks, Write_only_where_a_chunk_is_held_and_something_changes) {
  Chunks chunks;
  const BlockPlace place{kMap, {-1, -1}, Layer::active};
  EXPECT_FALSE(chunks.write(place, BlockId{7})) << "no chunk there";
  const Chunk& chunk = chunks.load({kMap, -1, -1});
  EXPECT_TRUE(chunks.write(place, BlockId{7}));
  EXPECT_EQ(chunk.revision, 1u);
  EXPECT_FALSE(chunks.write(place, BlockId{7})) << "it is there already";
  EXPECT_EQ(chunk.revision, 1u);
  EXPECT_EQ(chunks.block(kMap, {-1, -1}, Layer::active), BlockId{7});
  EXPECT_EQ(chunks.block(kMap, {-1, -1}, Layer::floor), kAir) << "another layer";
  EXPECT_EQ(chunks.block(MapId{1}, {-1, -1}, Layer::active), kAir) << "another map";
  EXPECT_EQ(&chunks.load({kMap, -1, -1}), &chunk) << "loading again keeps what is there";
}

TEST(Chunks, List_their_coordinates_by_map_then_row_then_column) {
  Chunks chunks;
  for (const ChunkCoord at : {ChunkCoord{MapId{1}, 0, 0}, {kMap, 3, 1}, {kMap, -2, 1}, {kMap, 9, -4}, {kMap, 0, 0}}) chunks.load(at);
  EXPECT_EQ(chunks.coords(), (std::vector<ChunkCoord>{{kMap, 9, -4}, {kMap, 0, 0}, {kMap, -2, 1}, {kMap, 3, 1}, {MapId{1}, 0, 0}}));
  chunks.erase({kMap, 0, 0});
  EXPECT_EQ(chunks.size(), 4u);
  EXPECT_EQ(chunks.find({kMap, 0, 0}), nullptr);
}

}  // namespace
}  // namespace meridian
