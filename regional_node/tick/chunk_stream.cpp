#include "regional_node/tick/chunk_stream.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "regional_node/tick/node_core.hpp"

namespace meridian {
namespace {

constexpr std::size_t kEventRoom = 1100;
constexpr std::uint32_t kMessageOverhead_bytes = 64;  // frame heads of a message in up to six fragments

// Squared distance in blocks from a block to the nearest block of a chunk.
std::int64_t distance2_to(BlockCoord from, std::int32_t chunk_x, std::int32_t chunk_y) {
  const auto beyond = [](std::int32_t at, std::int32_t first) -> std::int64_t {
    if (at < first) return first - at;
    return at > first + kChunkBlocks - 1 ? at - (first + kChunkBlocks - 1) : 0;
  };
  const std::int64_t dx = beyond(from.x, chunk_x * kChunkBlocks), dy = beyond(from.y, chunk_y * kChunkBlocks);
  return dx * dx + dy * dy;
}

std::uint32_t distance2_to_middle(BlockCoord from, std::int32_t chunk_x, std::int32_t chunk_y) {
  const std::int64_t dx = chunk_x * kChunkBlocks + kChunkBlocks / 2 - from.x, dy = chunk_y * kChunkBlocks + kChunkBlocks / 2 - from.y;
  return static_cast<std::uint32_t>(dx * dx + dy * dy);
}

}  // namespace

ChunkStream::Held* ChunkStream::find(std::int32_t x, std::int32_t y) {
  const auto it = std::ranges::find_if(held_, [&](const Held& h) { return h.x == x && h.y == y; });
  return it == held_.end() ? nullptr : &*it;
}

void ChunkStream::look(const Chunks& chunks, const BodyState& body) {
  const BlockCoord at{body.x_q8 >> 8, body.y_q8 >> 8};
  const BlockCoord coarse{at.x >> 3, at.y >> 3};
  if (looked_ && coarse == looked_from_) return;
  looked_ = true;
  looked_from_ = coarse;

  const std::int64_t leave = view_blocks_ + kMarginBlocks;
  for (Held& h : held_) {
    h.distance2 = distance2_to_middle(at, h.x, h.y);
    const bool forget = distance2_to(at, h.x, h.y) > leave * leave;
    if (forget != h.forget) forgets_ += forget ? 1 : static_cast<std::uint32_t>(-1);
    h.forget = forget;  // back in view before it was told: he still holds it
  }
  const std::int32_t x0 = (at.x - view_blocks_) >> 5, x1 = (at.x + view_blocks_) >> 5;
  const std::int32_t y0 = (at.y - view_blocks_) >> 5, y1 = (at.y + view_blocks_) >> 5;
  for (std::int32_t y = y0; y <= y1; ++y) {
    for (std::int32_t x = x0; x <= x1; ++x) {
      const bool in_view = distance2_to(at, x, y) <= std::int64_t{view_blocks_} * view_blocks_;
      if (!in_view || find(x, y) || !chunks.find({map_, x, y})) continue;
      held_.push_back({.x = x, .y = y, .distance2 = distance2_to_middle(at, x, y)});
      ++wanted_;
      ++unsettled_;
    }
  }
}

bool ChunkStream::ask_again(const AskChunk& ask, Tick now) {
  Held* h = find(ask.x, ask.y);
  if (!h || h->serial == 0 || h->serial != ask.serial || now - h->full_at < tick_hz_) return false;
  if (!h->wanted) ++wanted_;
  h->wanted = true;
  return true;
}

void ChunkStream::send(Tick now, SessionId session, SessionRoom room, const Chunks& chunks, std::span<ChunkChanges> changed,
                       ChunkCache& cache, Outbox& outbox, NodeCounters& counters) {
  if (unsettled_ != 0) mark_settled(now, room);
  if (forgets_ != 0) send_forgets(session, room, outbox);
  if (!changed.empty()) send_deltas(session, room, changed, outbox, counters);
  if (wanted_ != 0) send_fulls(now, session, room, chunks, cache, outbox, counters);
}

// Lane 5 tells how many of its messages are not acked, not which: a chunk is surely there once none has been since it was sent.
void ChunkStream::mark_settled(Tick now, const SessionRoom& room) {
  if (room.chunk_unacked != 0) return;
  for (Held& h : held_) {
    if (h.settled || h.wanted || h.serial == 0 || now - h.full_at < 2) continue;
    h.settled = true;
    --unsettled_;
  }
}

void ChunkStream::send_forgets(SessionId session, SessionRoom& room, Outbox& outbox) {
  std::erase_if(held_, [&](const Held& h) {
    if (!h.forget) return false;
    if (h.serial != 0) {
      if (room.event_unacked >= kMaxEventsUnacked) return false;  // later
      outbox.message(session, Lane::event, write_event(ForgetChunk{h.x, h.y, h.serial}, outbox.room(kEventRoom)));
      ++room.event_unacked;
    }
    --forgets_;
    if (h.wanted) --wanted_;
    if (!h.settled) --unsettled_;
    return true;
  });
}

void ChunkStream::send_deltas(SessionId session, SessionRoom& room, std::span<ChunkChanges> changed, Outbox& outbox,
                              NodeCounters& counters) {
  for (ChunkChanges& change : changed) {
    Held* h = find(change.at.x, change.at.y);
    if (!h || h->wanted || h->forget) continue;  // a full that is still to come will say it; what is being forgotten needs no news
    if (change.too_many || h->n == kMaxDeltasPerSerial || room.event_unacked >= kMaxEventsUnacked) {
      counters.queue_full += room.event_unacked >= kMaxEventsUnacked ? 1 : 0;
      h->wanted = true;
      ++wanted_;
      continue;
    }
    auto& delta = std::get<BlockDelta>(change.delta);
    delta.serial = h->serial;
    delta.n = ++h->n;
    outbox.message(session, Lane::event, write_event(change.delta, outbox.room(kEventRoom)));
    ++room.event_unacked;
    ++counters.deltas_sent;
  }
}

void ChunkStream::send_fulls(Tick now, SessionId session, SessionRoom& room, const Chunks& chunks, ChunkCache& cache, Outbox& outbox,
                             NodeCounters& counters) {
  while (room.chunk_unacked < kMaxOpen) {
    Held* nearest = nullptr;
    for (Held& h : held_)
      if (h.wanted && !h.forget && (!nearest || h.distance2 < nearest->distance2)) nearest = &h;
    if (!nearest) return;
    const ChunkCoord at{map_, nearest->x, nearest->y};
    const Chunk* chunk = chunks.find(at);
    MRD_ASSERT(chunk != nullptr);  // a node's chunks are never unloaded while it runs
    const Bytes message = cache.message(at, *chunk);
    if (message.empty() || message.size() + kMessageOverhead_bytes > room.bulk_free_bytes) return;  // next tick
    const MutableBytes bytes = outbox.room(message.size());
    std::ranges::copy(message, bytes.begin());
    nearest->serial = next_serial();
    set_chunk_serial(bytes, nearest->serial);
    outbox.message(session, Lane::chunk, bytes);

    unsettled_ += nearest->settled ? 1 : 0;
    --wanted_;
    nearest->n = 0;
    nearest->wanted = nearest->settled = false;
    nearest->full_at = now;
    room.bulk_free_bytes -= static_cast<std::uint32_t>(message.size()) + kMessageOverhead_bytes;
    ++room.chunk_unacked;
    ++counters.chunks_sent;
    counters.chunk_bytes += message.size();
  }
}

// 0 means "none", and one that is still held would let an old delta pass for a new one.
std::uint16_t ChunkStream::next_serial() {
  do {
    if (++last_serial_ == 0) last_serial_ = 1;
  } while (std::ranges::any_of(held_, [&](const Held& h) { return h.serial == last_serial_; }));
  return last_serial_;
}

bool ChunkStream::under_way_near(const Chunks& chunks, const BodyState& body) const {
  if (unsettled_ == 0 && wanted_ == 0) return false;
  constexpr std::int32_t kNearBlocks = 2;
  const BlockCoord at{body.x_q8 >> 8, body.y_q8 >> 8};
  for (std::int32_t y = (at.y - kNearBlocks) >> 5; y <= (at.y + kNearBlocks) >> 5; ++y) {
    for (std::int32_t x = (at.x - kNearBlocks) >> 5; x <= (at.x + kNearBlocks) >> 5; ++x) {
      const Held* h = find(x, y);
      if (h ? !h->settled || h->wanted : chunks.find({map_, x, y}) != nullptr) return true;
    }
  }
  return false;
}

}  // namespace meridian
