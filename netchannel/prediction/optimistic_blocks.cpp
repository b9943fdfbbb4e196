#include "netchannel/prediction/optimistic_blocks.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>

#include "base/assert.hpp"

namespace meridian {

void OptimisticBlocks::add(std::uint16_t id, BlockPlace place, BlockId block, std::int64_t now_us, Chunks& chunks) {
  MRD_ASSERT(!full());
  BlockId truth = chunks.block(place.map, place.at, place.layer);
  for (const Edit& earlier : edits_) {
    if (earlier.place == place) truth = earlier.truth;  // what is shown there is ours, not the node's
  }
  edits_.push_back({.id = id, .place = place, .block = block, .truth = truth, .asked_us = now_us});
  chunks.write(place, block);
}

// Ok before the node has written here: its write is on the way, and until then ours is shown. Written already: what the node said last
// counts, though it may have been another's older write; ours then comes as a delta.
OptimisticBlocks::Settled OptimisticBlocks::answer(std::uint16_t id, bool ok, Chunks& chunks) {
  const auto it = std::ranges::find(edits_, id, &Edit::id);
  if (it == edits_.end() || it->done) return {};
  if (!ok || it->touched) return settle(static_cast<std::size_t>(it - edits_.begin()), chunks);
  it->done = true;
  return {.known = true, .done = true, .changed = false, .place = it->place};
}

OptimisticBlocks::Settled OptimisticBlocks::take_back(std::int64_t now_us, Chunks& chunks) {
  if (edits_.empty() || now_us - edits_.front().asked_us < kTakenBack_us) return {};
  return settle(0, chunks);
}

void OptimisticBlocks::take_back_all(Chunks& chunks) {
  while (!edits_.empty()) settle(edits_.size() - 1, chunks);
}

OptimisticBlocks::Settled OptimisticBlocks::settle(std::size_t index, Chunks& chunks) {
  const Edit edit = edits_[index];
  edits_.erase(edits_.begin() + static_cast<std::ptrdiff_t>(index));
  const bool changed = chunks.write(edit.place, shown(edit.place, edit.truth));
  return {.known = true, .done = edit.done, .changed = changed, .place = edit.place};
}

BlockId OptimisticBlocks::shown(BlockPlace place, BlockId truth) const {
  const auto newest = std::find_if(edits_.rbegin(), edits_.rend(), [&](const Edit& e) { return e.place == place; });
  return newest == edits_.rend() ? truth : newest->block;
}

void OptimisticBlocks::server_wrote(BlockPlace place, Chunks& chunks) {
  const BlockId truth = chunks.block(place.map, place.at, place.layer);
  std::erase_if(edits_, [&](const Edit& e) { return e.done && e.place == place; });
  for (Edit& edit : edits_) {
    if (edit.place != place) continue;
    edit.truth = truth;
    edit.touched = true;
  }
  chunks.write(place, shown(place, truth));
}

void OptimisticBlocks::server_replaced(ChunkCoord chunk, Chunks& chunks) {
  std::array<BlockPlace, kMaxOptimistic> places{};  // each once: after server_wrote the chunk shows ours
  std::size_t count = 0;
  for (const Edit& edit : edits_) {
    const auto end = places.begin() + static_cast<std::ptrdiff_t>(count);
    if (chunk_of(edit.place.map, edit.place.at) == chunk && std::find(places.begin(), end, edit.place) == end) places[count++] = edit.place;
  }
  for (std::size_t i = 0; i < count; ++i) server_wrote(places[i], chunks);
}

bool OptimisticBlocks::near(MapId map, BlockCoord at, std::int32_t blocks) const {
  return std::ranges::any_of(edits_, [=](const Edit& e) {
    return e.place.map == map && std::abs(e.place.at.x - at.x) <= blocks && std::abs(e.place.at.y - at.y) <= blocks;
  });
}

void OptimisticBlocks::pending(std::int64_t now_us, std::vector<BlockPlace>& out) const {
  out.clear();
  for (const Edit& edit : edits_) {
    if (!edit.done && now_us - edit.asked_us >= kShownPending_us) out.push_back(edit.place);
  }
}

}  // namespace meridian
