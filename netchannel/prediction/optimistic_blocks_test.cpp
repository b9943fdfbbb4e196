#include "netchannel/prediction/optimistic_blocks.hpp"

#include <gtest/gtest.h>
#include <string>

namespace meridian {
namespace {

const BlockPlace kHere{MapId{0}, {3, 4}, Layer::active};
const BlockPlace kThere{MapId{0}, {5, 4}, Layer::active};

// One register, `kHere`, first empty. A script of steps, each a letter and a digit:
//   a# = we ask for block # (ids 1, 2, ...)   y# = ok for id #   n# = refused id #   w# = the node writes # by a delta   f# = a full chunk
//   with # there
struct ScriptCase {
  const char* name;
  const char* script;
  int shown;  // at kHere in the end
};

TEST(Optimistic_blocks, Show_ours_until_the_node_has_spoken) {
  const ScriptCase cases[] = {
      {"shown at once", "a7", 7},
      {"ok lets it stand", "a7 y1", 7},
      {"ok after its delta", "a7 w7 y1", 7},
      {"ok before its delta", "a7 y1 w7", 7},
      {"refused: restored", "a7 n1", 0},
      {"refused after another's write: his stands", "a7 w5 n1", 5},
      {"refused, then his write comes", "a7 n1 w5", 5},
      {"ours still shown over another's write", "a7 w5", 7},
      {"ours done, then another's, before the answer", "a7 w7 w5 y1", 5},
      {"another's, then ours done, the delta last", "a7 w5 y1 w7", 7},
      {"written back to what it was", "a7 w7 w0 y1", 0},
      {"two of ours: the newer is shown", "a7 a8", 8},
      {"first refused, the later still stands", "a7 a8 n1", 8},
      {"first refused, then the later too", "a7 a8 n1 n2", 0},
      {"first done, the later refused: back to the first", "a7 a8 y1 n2", 7},
      {"first done and another's write, the later refused", "a7 a8 y1 w5 n2", 5},
      {"first still unanswered, the later refused: back to the first", "a7 a8 n2", 7},
      {"done and its delta, then another's", "a7 y1 w7 w5", 5},
      {"done, then another's older write: ours comes as a delta", "a7 y1 w5 w7", 7},
      {"done, and undone by another in the same tick: no delta ever comes", "a7 y1 t_", 0},
      {"not answered at all", "a7 t_", 0},
      {"done and told, and time passes", "a7 y1 w7 t_", 7},
      {"both done", "a7 a8 y1 y2", 8},
      {"both done, deltas first", "a7 a8 w7 w8 y1 y2", 8},
      {"broken again before the answer", "a7 a0 w7 y1 w0 y2", 0},
      {"a full chunk from before ours does not hide it", "a7 f0", 7},
      {"a full chunk, then refused", "a7 f5 n1", 5},
      {"an answer to nothing", "w5 y9 n8", 5},
  };
  for (const ScriptCase& row : cases) {
    Chunks chunks;
    chunks.load({MapId{0}, 0, 0});
    OptimisticBlocks edits;
    std::uint16_t asked = 0;
    for (const char* at = row.script; *at != 0; at += at[2] == ' ' ? 3 : 2) {
      const auto number = static_cast<std::uint16_t>(at[1] - '0');
      switch (at[0]) {
        case 'a': edits.add(++asked, kHere, BlockId{number}, 0, chunks); break;
        case 'y': edits.answer(number, true, chunks); break;
        case 'n': edits.answer(number, false, chunks); break;
        case 'w':
          chunks.write(kHere, BlockId{number});
          edits.server_wrote(kHere, chunks);
          break;
        case 'f':
          chunks.load({MapId{0}, 0, 0}) = Chunk{};
          chunks.write(kHere, BlockId{number});
          edits.server_replaced({MapId{0}, 0, 0}, chunks);
          break;
        case 't':
          while (edits.take_back(3'000'000, chunks).known) continue;
          break;
        default: FAIL() << row.name;
      }
    }
    EXPECT_EQ(chunks.block(MapId{0}, kHere.at, Layer::active).value, row.shown) << row.name << ": " << row.script;
  }
}

TEST(Optimistic_blocks, Other_registers_are_left_alone) {
  Chunks chunks;
  chunks.load({MapId{0}, 0, 0});
  OptimisticBlocks edits;
  edits.add(1, kHere, BlockId{7}, 0, chunks);
  edits.add(2, kThere, BlockId{8}, 0, chunks);
  EXPECT_TRUE(edits.answer(1, false, chunks).changed);
  EXPECT_EQ(chunks.block(MapId{0}, kThere.at, Layer::active).value, 8);
  EXPECT_FALSE(edits.answer(2, true, chunks).changed);
}

TEST(Optimistic_blocks, Are_pending_after_half_a_second_and_taken_back_after_three) {
  Chunks chunks;
  chunks.load({MapId{0}, 0, 0});
  OptimisticBlocks edits;
  edits.add(1, kHere, BlockId{7}, 1'000'000, chunks);
  edits.add(2, kThere, BlockId{8}, 2'000'000, chunks);
  std::vector<BlockPlace> pending;
  edits.pending(1'499'999, pending);
  EXPECT_TRUE(pending.empty());
  edits.pending(1'500'000, pending);
  EXPECT_EQ(pending, std::vector<BlockPlace>{kHere});
  EXPECT_FALSE(edits.take_back(3'999'999, chunks).known);
  const auto taken = edits.take_back(4'000'000, chunks);
  EXPECT_TRUE(taken.known && taken.changed);
  EXPECT_EQ(taken.place, kHere);
  EXPECT_FALSE(edits.take_back(4'000'000, chunks).known);
  EXPECT_EQ(chunks.block(MapId{0}, kHere.at, Layer::active), kAir);
  EXPECT_FALSE(edits.answer(1, true, chunks).known) << "taken back already: the delta will tell";
}

TEST(Optimistic_blocks, Are_at_most_32_and_all_go_with_the_session) {
  Chunks chunks;
  chunks.load({MapId{0}, 0, 0});
  OptimisticBlocks edits;
  for (std::uint16_t id = 1; id <= kMaxOptimistic; ++id) {
    EXPECT_FALSE(edits.full());
    edits.add(id, {MapId{0}, {id % 16, id / 16}, Layer::active}, BlockId{id}, 0, chunks);
  }
  EXPECT_TRUE(edits.full());
  edits.take_back_all(chunks);
  EXPECT_TRUE(edits.empty());
  for (std::uint16_t id = 1; id <= kMaxOptimistic; ++id) EXPECT_EQ(chunks.block(MapId{0}, {id % 16, id / 16}, Layer::active), kAir);
}

}  // namespace
}  // namespace meridian
