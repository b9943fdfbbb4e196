// Own block edits shown before the node answers (`netcode.md` 8.4). Each remembers what the node last said of its register; several may
// stand on one register, the newest is shown. `ok` lets it stand; a refusal shows what is true again, unless another own edit stands there,
// and never takes back what the node has written since. 500 ms: to be shown as pending. 3 s: taken back, with a notice. Never for items or
// money.
//
// What was done stands until the node's own write of the register comes, which need not be: another player may have undone it in the same
// tick, and then the register never changed. So after 3 s what the node said last is shown again, without a word.
//
// The owner tells of every write of the node (server_wrote, server_replaced), after it has been applied.
#pragma once

#include <cstdint>
#include <vector>

#include "world/chunk/chunks.hpp"

namespace meridian {

inline constexpr std::size_t kMaxOptimistic = 32;
inline constexpr std::int64_t kShownPending_us = 500'000, kTakenBack_us = 3'000'000;

class OptimisticBlocks {
 public:
  OptimisticBlocks() { edits_.reserve(kMaxOptimistic); }
  bool full() const { return edits_.size() == kMaxOptimistic; }
  bool empty() const { return edits_.empty(); }

  // Not while full(). Writes `block` at once.
  void add(std::uint16_t id, BlockPlace place, BlockId block, std::int64_t now_us, Chunks& chunks);
  struct Settled {
    bool known = false;    // false: not ours, or taken back already
    bool done = false;     // the node had said ok
    bool changed = false;  // what is shown at `place` changed
    BlockPlace place{};
  };
  Settled answer(std::uint16_t id, bool ok, Chunks& chunks);
  // The oldest edit if 3 s have passed since, taken back; known = false when there is none. Call until then.
  Settled take_back(std::int64_t now_us, Chunks& chunks);
  // All of them: the session is over.
  void take_back_all(Chunks& chunks);

  // The chunk now holds what the node says, at this place or as a whole.
  void server_wrote(BlockPlace place, Chunks& chunks);
  void server_replaced(ChunkCoord chunk, Chunks& chunks);

  // Whether one of them lies within `blocks` of a body's block, along both axes.
  bool near(MapId map, BlockCoord at, std::int32_t blocks) const;
  // Places without an answer for 500 ms, oldest first.
  void pending(std::int64_t now_us, std::vector<BlockPlace>& out) const;

 private:
  struct Edit {
    std::uint16_t id;
    BlockPlace place;
    BlockId block;         // what we asked for and show
    BlockId truth;         // what the node says, without our edits
    bool touched = false;  // the node wrote here since we asked
    bool done = false;     // it said ok, and its write is still to come
    std::int64_t asked_us;
  };
  Settled settle(std::size_t index, Chunks& chunks);
  BlockId shown(BlockPlace place, BlockId truth) const;

  std::vector<Edit> edits_;  // in the order of asking
};

}  // namespace meridian
