#include "netchannel/prediction/optimistic_blocks.hpp"

#include <algorithm>

#include "base/assert.hpp"

namespace meridian {

void OptimisticBlocks::add(std::uint16_t id, BlockPlace place, BlockId block, std::int64_t now_us, Chunks& chunks) {
  MRD_ASSERT(!full());
  Edit edit{.id = id,
            .place = place,
            .block = block,
            .truth = chunks.block(place.map, place.at, place.layer),
            .touched = false,
            .asked_us = now_us};
  for (const Edit& earlier : edits_) {
    if (earlier.place == place) edit.truth = earlier.truth;  // what is shown there is ours, not the node's
  }
  edits_.push_back(edit);
  chunks.write(place, block);
}

OptimisticBlocks::Settled OptimisticBlocks::answer(std::uint16_t id, bool ok, Chunks& chunks) {
  const auto it = std::find_if(edits_.begin(), edits_.end(), [id](const Edit& e) { return e.id == id; });
  return it == edits_.end() ? Settled{} : settle(static_cast<std::size_t>(it - edits_.begin()), ok, chunks);
}

OptimisticBlocks::Settled OptimisticBlocks::take_back(std::int64_t now_us, Chunks& chunks) {
  if (edits_.empty() || now_us - edits_.front().asked_us < kTakenBack_us) return {};
  return settle(0, false, chunks);
}

// The register's truth after the answer: ours where it was done and the node has written nothing since, else what the node said. Ours done
// and written over: the write over it may have been an older one, in which case our own comes as a delta and is shown then.
OptimisticBlocks::Settled OptimisticBlocks::settle(std::size_t index, bool ok, Chunks& chunks) {
  const Edit edit = edits_[index];
  edits_.erase(edits_.begin() + static_cast<std::ptrdiff_t>(index));
  const BlockId truth = ok && !edit.touched ? edit.block : edit.truth;
  bool shown_by_later = false;
  for (Edit& other : edits_) {
    if (other.place != edit.place) continue;
    other.truth = truth;
    shown_by_later = true;
  }
  const bool changed = !shown_by_later && chunks.write(edit.place, truth);
  return {.known = true, .changed = changed, .place = edit.place};
}

void OptimisticBlocks::take_back_all(Chunks& chunks) {
  for (std::size_t i = edits_.size(); i-- > 0;) chunks.write(edits_[i].place, edits_[i].truth);
  edits_.clear();
}

void OptimisticBlocks::server_wrote(BlockPlace place, Chunks& chunks) {
  const BlockId truth = chunks.block(place.map, place.at, place.layer);
  for (Edit& edit : edits_) {
    if (edit.place != place) continue;
    edit.truth = truth;
    edit.touched = true;
    chunks.write(place, edit.block);
  }
}

void OptimisticBlocks::server_replaced(ChunkCoord chunk, Chunks& chunks) {
  // Each register once, by its first edit: after that the chunk shows ours.
  for (std::size_t i = 0; i < edits_.size(); ++i) {
    const BlockPlace place = edits_[i].place;
    if (chunk_of(place.map, place.at) != chunk) continue;
    const bool seen =
        std::any_of(edits_.begin(), edits_.begin() + static_cast<std::ptrdiff_t>(i), [&](const Edit& e) { return e.place == place; });
    if (!seen) server_wrote(place, chunks);
  }
}

bool OptimisticBlocks::near(MapId map, BlockCoord at, std::int32_t blocks) const {
  return std::any_of(edits_.begin(), edits_.end(), [=](const Edit& e) {
    return e.place.map == map && std::abs(e.place.at.x - at.x) <= blocks && std::abs(e.place.at.y - at.y) <= blocks;
  });
}

void OptimisticBlocks::pending(std::int64_t now_us, std::vector<BlockPlace>& out) const {
  out.clear();
  for (const Edit& edit : edits_) {
    if (now_us - edit.asked_us >= kShownPending_us) out.push_back(edit.place);
  }
}

}  // namespace meridian
