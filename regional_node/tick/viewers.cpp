#include "regional_node/tick/viewers.hpp"

#include <algorithm>

#include "base/prefetch.hpp"
#include "regional_node/tick/node_core.hpp"

namespace meridian {
namespace {

constexpr std::uint32_t kNobody = 0xFFFFFFFF;
constexpr std::int32_t kLeaveMarginBlocks = 8;      // 7.5: enter at r, leave at r + 8
constexpr std::uint16_t kLeastSnapshotBytes = 160;  // a snapshot below this says too little to be worth its packet's cost
constexpr std::size_t kFrameBytes = 5;              // head and length of a message's frame

}  // namespace

Viewers::Viewers(const NodeCoreSettings& settings)
    : map_(settings.map), view_blocks_(settings.view_blocks), nearest_(settings.nearest), tick_hz_(settings.tick_hz) {
  MRD_ASSERT(nearest_ > 0 && std::size_t{nearest_} + 8 <= kMaxSlots);
}

void Viewers::open(std::uint32_t player, SessionId session, Tick tick) {
  if (player >= viewers_.size()) viewers_.resize(player + 1);
  Viewer viewer;
  viewer.open = true;
  viewer.session = session;
  viewer.own = OwnState(tick, tick_hz_);
  viewer.chunks = ChunkStream(map_, view_blocks_, tick_hz_);
  viewers_[player] = std::move(viewer);
}

void Viewers::close(std::uint32_t player) { viewers_[player] = Viewer{}; }

void Viewers::room(std::uint32_t player, const SessionRoom& room) {
  viewers_[player].room = room;
  viewers_[player].has_room = true;
}

void Viewers::charge(std::uint32_t player, std::size_t bytes) { viewers_[player].charged_bytes += bytes + kFrameBytes; }

// Taken when his turn comes: all that it touches is needed then anyway, and comes from memory once. A loss needs nothing done.
void Viewers::fate(std::uint32_t player, std::uint32_t snapshot, bool acked) {
  if (acked) viewers_[player].acked.push_back(snapshot);
}

bool Viewers::ask_chunk(std::uint32_t player, const AskChunk& ask, Tick tick) { return viewers_[player].chunks.ask_again(ask, tick); }

void Viewers::tell(Tick tick, const World& world, const Grid& grid, std::span<const Mover> players, const TickChanges& changes,
                   Outbox& outbox, NodeCounters& counters) {
  const Entities& entities = world.entities;
  player_of_row_.assign(entities.size(), kNobody);
  serving_.clear();
  rows_.clear();
  remembered_q8_.clear();
  for (const Mover& p : players) {
    if (p.player >= viewers_.size() || !viewers_[p.player].open) continue;
    const Row row = entities.row(p.body);
    player_of_row_[row] = p.player;
    serving_.push_back({p.player, row, p.inputs});
    rows_.push_back(row);
    remembered_q8_.push_back(viewers_[p.player].remembered_q8);
  }
  group_changes(changes);
  tell_of_changes_near(tick, grid, changes);

  row_views_.resize(entities.size());
  for (Row row = 0; row < entities.size(); ++row)
    row_views_[row] = {.entity = {.id = entities.ids()[row],
                                  .kind = entities.kinds()[row],
                                  .look = entities.looks()[row],
                                  .x_q8 = entities.x_q8()[row],
                                  .y_q8 = entities.y_q8()[row],
                                  .heading = entities.headings()[row],
                                  .speed = entities.speeds()[row]},
                       .handle = entities.handle(row)};
  turn_ = 0;

  grid.k_nearest_all({rows_, remembered_q8_}, (view_blocks_ + kLeaveMarginBlocks) * kBlock_q8, shown_at_most(), views_);
  cache_.begin_tick();
  for (std::size_t turn = 0; turn < serving_.size(); ++turn) {
    prefetch(turn + 1 + tick.value);
    const std::size_t i =
        (turn + tick.value) % serving_.size();  // another one comes first each tick: nobody always finds the compressions used up
    viewers_[serving_[i].player].remembered_q8 = remembered_q8_[i];
    encode(serving_[i], tick, world, views_.of(i), outbox, counters);
  }
}

void Viewers::group_changes(const TickChanges& changes) {
  changed_count_ = 0;
  for (const BlockChange& change : changes.blocks) {
    const ChunkCoord at = chunk_of(change.place.map, change.place.at);
    if (at.map != map_) continue;
    auto end = changed_.begin() + static_cast<std::ptrdiff_t>(changed_count_);
    auto found = std::find_if(changed_.begin(), end, [&](const ChunkChanges& c) { return c.at == at; });
    if (found == end) {
      if (changed_count_ == changed_.size()) changed_.emplace_back();
      found = changed_.begin() + static_cast<std::ptrdiff_t>(changed_count_++);
      found->at = at;
      found->cells().clear();
      found->too_many = false;
    }
    if (found->cells().size() == ChunkStream::kMaxCellsPerDelta)
      found->too_many = true;
    else
      found->cells().push_back({cell_of(change.place.at), change.place.layer, change.block});
  }
}

void Viewers::tell_of_changes_near(Tick tick, const Grid& grid, const TickChanges& changes) {
  constexpr std::int32_t kCarried_q8 = OwnState::kCarriedBlocks * kBlock_q8;
  for (const BlockChange& change : changes.blocks) {
    const std::int32_t x = change.place.at.x * kBlock_q8, y = change.place.at.y * kBlock_q8;
    near_.clear();
    grid.query_rect(x - kCarried_q8, y - kCarried_q8, x + kBlock_q8 + kCarried_q8, y + kBlock_q8 + kCarried_q8, near_);
    for (const Row row : near_)
      if (player_of_row_[row] != kNobody) viewers_[player_of_row_[row]].own.block_changed(tick, change.place.at);
  }
}

// What the next turn will read comes while this one is worked on; of the one after it, what leads there.
void Viewers::prefetch(std::size_t turn) const {
  const Viewer& next = viewers_[serving_[turn % serving_.size()].player];
  next.encoder.prefetch();
  meridian::prefetch(next.acked.data(), 1);
  meridian::prefetch(serving_[turn % serving_.size()].inputs, sizeof(InputBuffer));
  const Viewer& second = viewers_[serving_[(turn + 1) % serving_.size()].player];
  meridian::prefetch(&second, second.own.changes());
}

void Viewers::show(Viewer& viewer, RowView& row, std::uint32_t since) {
  chosen_[viewer.shown_count] = row.entity;
  viewer.shown[viewer.shown_count++] = {row.handle, since};
  row.marked_for = 0;
}

// Fills chosen_ with what this viewer is shown, nearest first, and remembers it.
void Viewers::choose(Viewer& viewer, Tick tick, const Entities& entities, std::span<const Neighbour> neighbours) {
  ++turn_;
  shown_before_.assign(viewer.shown.begin(), viewer.shown.begin() + viewer.shown_count);
  viewer.shown_count = 0;
  for (const Shown& shown : shown_before_) {
    const Row row = entities.row(shown.entity);
    if (row == kNoRow) continue;
    row_views_[row].marked_for = turn_;
    row_views_[row].since = shown.since;
  }
  const auto now = static_cast<std::uint32_t>(tick.value);
  const std::uint64_t enter_q8 = static_cast<std::uint64_t>(view_blocks_) * kBlock_q8;
  for (std::size_t rank = 0; rank < neighbours.size(); ++rank) {
    RowView& row = row_views_[neighbours[rank].row];
    const bool shown = row.marked_for == turn_;
    if (shown || (rank < nearest_ && neighbours[rank].distance2_q16 <= enter_q8 * enter_q8)) show(viewer, row, shown ? row.since : now);
  }
  for (const Shown& shown : shown_before_) {  // shown for less than a second, and out of the window already: stays for the rest of it
    if (viewer.shown_count >= shown_at_most()) break;
    if (now - shown.since >= tick_hz_) continue;
    const Row row = entities.row(shown.entity);
    if (row != kNoRow && row_views_[row].marked_for == turn_) show(viewer, row_views_[row], shown.since);
  }
}

void Viewers::encode(const Serving& serving, Tick tick, const World& world, std::span<const Neighbour> neighbours, Outbox& outbox,
                     NodeCounters& counters) {
  Viewer& viewer = viewers_[serving.player];
  const BodyState body = world.entities.body(serving.row);
  for (const std::uint32_t snapshot : viewer.acked) {
    viewer.encoder.fate(snapshot, true);
    viewer.own.fate(snapshot, true);
  }
  viewer.acked.clear();
  viewer.chunks.look(world.chunks, body);
  viewer.own.settle(tick, body,
                    {.chunks_under_way = viewer.chunks.under_way_near(world.chunks, body),
                     .deltas_acked = viewer.room.event_unacked == 0,
                     .rtt_us = viewer.room.rtt_us,
                     .ahead_ticks = serving.inputs->ahead(tick)});
  if (!viewer.has_room) {  // the session is closing
    ++counters.snapshots_skipped;
    return;
  }
  viewer.has_room = false;

  const std::size_t messages_before = outbox.all().messages.size();
  std::size_t taken_bytes = viewer.charged_bytes;
  viewer.charged_bytes = 0;
  viewer.chunks.send(tick, viewer.session, viewer.room, world.chunks, std::span(changed_).first(changed_count_), cache_, outbox, counters);
  for (const OutgoingMessage& message : std::span(outbox.all().messages).subspan(messages_before))
    if (message.lane != Lane::chunk) taken_bytes += message.bytes.size() + kFrameBytes;

  if (viewer.room.snapshot_bytes < kLeastSnapshotBytes) {
    ++counters.snapshots_skipped;
    return;
  }
  const std::size_t room_bytes = std::min<std::size_t>(
      kMaxSnapshotBytes,
      std::max<std::size_t>(kLeastSnapshotBytes, viewer.room.snapshot_bytes > taken_bytes ? viewer.room.snapshot_bytes - taken_bytes : 0));
  choose(viewer, tick, world.entities, neighbours);
  const SnapshotHead head = viewer.own.head(tick, body, *serving.inputs);
  const auto id = static_cast<std::uint32_t>(tick.value);
  const MutableBytes room = outbox.room(room_bytes);
  const std::size_t size = viewer.encoder.encode(id, tick, head, std::span(chosen_).first(viewer.shown_count), room);
  viewer.own.sent(tick, head);
  outbox.snapshot(viewer.session, id, room.first(size));
  ++counters.snapshots;
  counters.snapshot_bytes += size;
  counters.snapshot_records += viewer.shown_count;
  counters.own_match += head.own_match ? 1 : 0;
  counters.own_full += head.own_full ? 1 : 0;
}

}  // namespace meridian
