// Some dozens of chunks are held and a few serials a second end, so every list here is short and searched from its start.
#include "netchannel/client/chunk_mirror.hpp"

#include <algorithm>

namespace meridian {
namespace {

constexpr std::int64_t kEndedKept_us = 60'000'000;
constexpr std::int64_t kHole_us = 1'000'000;
constexpr std::int64_t kPruneEvery_us = 1'000'000;
constexpr std::size_t kMaxEarlySerials =
    1024;  // fulls on the way: far more than a view holds; past it the oldest go, and a hole is asked for again

bool greater(std::uint16_t a, std::uint16_t b) { return static_cast<std::int16_t>(static_cast<std::uint16_t>(a - b)) > 0; }

}  // namespace

void ChunkMirror::clear(MapId map) {
  map_ = map;
  chunks_ = Chunks{};
  held_.clear();
  early_.clear();
  ended_.clear();
  holes_ = 0;
}

ChunkMirror::Accepted ChunkMirror::full(const ReadChunk& chunk, std::int64_t now_us, std::vector<Written>& written) {
  prune(now_us);
  for (const auto& layer : chunk.cells) {
    if (!std::all_of(layer.begin(), layer.end(), [this](BlockId id) { return kinds_->known(id); })) return Accepted::refused;
  }
  const auto [x, y, serial] = chunk.head;
  Held* held = held_at(x, y);
  const bool older = held != nullptr && now_us - held->received_us < kEndedKept_us && !greater(serial, held->serial);
  if (older || ended(x, y, serial)) {
    if (held == nullptr || serial != held->serial) end(x, y, serial, now_us, false);
    return Accepted::dropped;
  }
  if (held != nullptr) {
    if (!held->deltas.empty()) --holes_;
    end(x, y, held->serial, now_us, false);
  } else {
    held_.push_back({.x = x, .y = y, .serial = serial});
    held = &held_.back();
  }
  *held = {.x = x, .y = y, .serial = serial, .received_us = now_us, .asked_us = now_us - kHole_us};
  const ChunkCoord at{map_, x, y};
  Chunk& into = chunks_.load(at);
  into.cells = chunk.cells;
  ++into.revision;
  written.push_back({.chunk = at, .whole = true});
  const auto early = std::find_if(early_.begin(), early_.end(), [s = serial](const Early& e) { return e.serial == s; });
  if (early != early_.end()) {
    held->deltas = std::move(early->deltas);
    early_.erase(early);
    ++holes_;
    drain(*held, written);
  }
  return Accepted::applied;
}

ChunkMirror::Accepted ChunkMirror::delta(const BlockDelta& delta, std::int64_t now_us, std::vector<Written>& written) {
  prune(now_us);
  if (!known_blocks(delta)) return Accepted::refused;
  const auto held = std::find_if(held_.begin(), held_.end(), [&](const Held& h) { return h.serial == delta.serial; });
  if (held != held_.end()) {
    if (delta.n <= held->applied) return Accepted::dropped;
    const bool next = delta.n == held->applied + 1;
    if (next) {
      write(*held, delta, written);
      if (!held->deltas.empty()) drain(*held, written);
      return Accepted::applied;
    }
    if (held->deltas.empty()) ++holes_;
    return insert_waiting(held->deltas, delta, now_us) ? Accepted::waits : Accepted::dropped;
  }
  if (std::any_of(ended_.begin(), ended_.end(), [&](const Ended& e) { return e.serial == delta.serial; })) return Accepted::dropped;
  auto early = std::find_if(early_.begin(), early_.end(), [&](const Early& e) { return e.serial == delta.serial; });
  if (early == early_.end()) {
    if (early_.size() >= kMaxEarlySerials) early_.erase(early_.begin());
    early = early_.insert(early_.end(), {.serial = delta.serial, .since_us = now_us, .deltas = {}});
  }
  return insert_waiting(early->deltas, delta, now_us) ? Accepted::waits : Accepted::dropped;
}

ChunkMirror::Accepted ChunkMirror::forget(const ForgetChunk& message, std::int64_t now_us, std::vector<Written>& written) {
  prune(now_us);
  end(message.x, message.y, message.serial, now_us, true);
  Held* held = held_at(message.x, message.y);
  if (held == nullptr || greater(held->serial, message.serial)) return Accepted::dropped;
  if (!held->deltas.empty()) --holes_;
  end(held->x, held->y, held->serial, now_us, false);
  held_.erase(held_.begin() + (held - held_.data()));
  const ChunkCoord at{map_, message.x, message.y};
  chunks_.erase(at);
  written.push_back({.chunk = at, .whole = true});
  return Accepted::applied;
}

void ChunkMirror::ask_again(std::int64_t now_us, std::vector<AskChunk>& out) {
  out.clear();
  if (holes_ == 0) return;
  for (Held& held : held_) {
    if (held.deltas.empty() || now_us - held.asked_us < kHole_us) continue;
    // Whatever waits waits behind the first hole: that has been known since the first of them came, or the full if that came later.
    std::int64_t since_us = now_us;
    for (const Waiting& waiting : held.deltas) since_us = std::min(since_us, std::max(waiting.at_us, held.received_us));
    if (now_us - since_us < kHole_us) continue;
    held.asked_us = now_us;
    out.push_back({held.x, held.y, held.serial});
  }
}

std::size_t ChunkMirror::waiting() const {
  std::size_t count = 0;
  for (const Held& held : held_) count += held.deltas.size();
  for (const Early& early : early_) count += early.deltas.size();
  return count;
}

ChunkMirror::Held* ChunkMirror::held_at(std::int32_t x, std::int32_t y) {
  const auto it = std::find_if(held_.begin(), held_.end(), [x, y](const Held& h) { return h.x == x && h.y == y; });
  return it == held_.end() ? nullptr : &*it;
}

bool ChunkMirror::ended(std::int32_t x, std::int32_t y, std::uint16_t serial) const {
  return std::any_of(ended_.begin(), ended_.end(), [=](const Ended& e) {
    return e.x == x && e.y == y && (e.serial == serial || (e.and_before && !greater(serial, e.serial)));
  });
}

void ChunkMirror::end(std::int32_t x, std::int32_t y, std::uint16_t serial, std::int64_t now_us, bool and_before) {
  ended_.push_back({.x = x, .y = y, .serial = serial, .until_us = now_us + kEndedKept_us, .and_before = and_before});
  std::erase_if(early_, [serial](const Early& e) { return e.serial == serial; });
}

void ChunkMirror::write(Held& held, const BlockDelta& delta, std::vector<Written>& written) {
  const ChunkCoord chunk{map_, held.x, held.y};
  for (const BlockDelta::Cell& cell : delta.cells) {
    const BlockPlace place{map_, block_at(chunk, cell.cell), cell.layer};
    chunks_.write(place, cell.block);
    const bool named =
        std::any_of(written.begin(), written.end(), [&](const Written& w) { return w.chunk == chunk && (w.whole || w.place == place); });
    if (!named) written.push_back({.chunk = chunk, .whole = false, .place = place});
  }
  held.applied = delta.n;
}

// Writes what follows without a gap.
void ChunkMirror::drain(Held& held, std::vector<Written>& written) {
  std::size_t done = 0;
  while (done < held.deltas.size() && held.deltas[done].delta.n <= held.applied + 1) {
    if (held.deltas[done].delta.n == held.applied + 1) write(held, held.deltas[done].delta, written);
    ++done;
  }
  held.deltas.erase(held.deltas.begin(), held.deltas.begin() + static_cast<std::ptrdiff_t>(done));
  if (held.deltas.empty()) --holes_;
}

// Each n once, at most 64.
bool ChunkMirror::insert_waiting(std::vector<Waiting>& deltas, const BlockDelta& delta, std::int64_t now_us) {
  const auto at = std::lower_bound(deltas.begin(), deltas.end(), delta.n, [](const Waiting& w, std::uint8_t n) { return w.delta.n < n; });
  if ((at != deltas.end() && at->delta.n == delta.n) || deltas.size() >= kMaxDeltasPerSerial) return false;
  deltas.insert(at, {delta, now_us});
  return true;
}

bool ChunkMirror::known_blocks(const BlockDelta& delta) const {
  return std::all_of(delta.cells.begin(), delta.cells.end(), [this](const BlockDelta::Cell& cell) { return kinds_->known(cell.block); });
}

void ChunkMirror::prune(std::int64_t now_us) {
  if (now_us - pruned_us_ < kPruneEvery_us) return;
  pruned_us_ = now_us;
  std::erase_if(ended_, [now_us](const Ended& e) { return e.until_us <= now_us; });
  std::erase_if(early_, [now_us](const Early& e) { return e.since_us + kEndedKept_us <= now_us; });
}

}  // namespace meridian
