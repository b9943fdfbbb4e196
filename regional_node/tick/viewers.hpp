// Everybody's view: per session the snapshot encoder, the chunks it holds and what it knows of its own body. At the tick's end tell() turns
// the world as it now stands, and what changed in this tick, into messages and snapshots.
//
// Interest: the `nearest` entities within the view, by the grid's batch query. Who is shown stays shown to rank 1.25 k and 8 blocks
// further, and for a second, so that a crowd at the limit does not churn enters and leaves (`hot_path.md` 4).
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "regional_node/systems/movement.hpp"
#include "regional_node/tick/chunk_stream.hpp"
#include "regional_node/tick/own_state.hpp"
#include "world/spatial/grid.hpp"

namespace meridian {

struct NodeCoreSettings;
struct NodeCounters;

class Viewers {
 public:
  explicit Viewers(const NodeCoreSettings& settings);

  void open(std::uint32_t player, SessionId session, Tick tick);
  void close(std::uint32_t player);
  void room(std::uint32_t player, const SessionRoom& room);
  void fate(std::uint32_t player, std::uint32_t snapshot, bool acked);
  bool ask_chunk(std::uint32_t player, const AskChunk& ask, Tick tick);
  // A message to him waits for the same packet: so much less room for his next snapshot.
  void charge(std::uint32_t player, std::size_t bytes);
  OwnState& own(std::uint32_t player) { return viewers_[player].own; }

  // `bodies`: every player's body with its present row, by rising player number. `grid` holds present rows and places.
  void tell(Tick tick, const World& world, const Grid& grid, std::span<const Mover> players, const TickChanges& changes, Outbox& outbox,
            NodeCounters& counters);

 private:
  struct Shown {
    EntityHandle entity;
    std::uint32_t since = 0;  // low bits of the tick
  };
  // What viewers see of a row in this tick, and whose view it is marked for as shown before, since when.
  struct RowView {
    VisibleEntity entity;
    EntityHandle handle;
    std::uint32_t marked_for = 0, since = 0;  // a viewer's turn, from 1 on
  };
  // A thousand of these do not stay in the second-level cache, so what every tick touches lies together and is asked for ahead.
  struct Viewer {
    bool open = false;
    bool has_room = false;  // this tick
    std::uint8_t shown_count = 0;
    SessionId session;
    SessionRoom room;
    std::size_t charged_bytes = 0;
    std::int32_t remembered_q8 = 0;
    SnapshotEncoder encoder;
    std::vector<std::uint32_t> acked;  // snapshots, since the last tick
    ChunkStream chunks;
    std::array<Shown, kMaxSlots> shown;
    OwnState own;
  };
  // One who gets a snapshot in this tick.
  struct Serving {
    std::uint32_t player;
    Row row;
    InputBuffer* inputs;
  };

  std::size_t shown_at_most() const { return std::min<std::size_t>(nearest_ + nearest_ / 4, kMaxSlots); }
  void group_changes(const TickChanges& changes);
  void tell_of_changes_near(Tick tick, const Grid& grid, const TickChanges& changes);
  void prefetch(std::size_t turn) const;
  void choose(Viewer& viewer, Tick tick, const Entities& entities, std::span<const Neighbour> neighbours);
  void show(Viewer& viewer, RowView& row, std::uint32_t since);
  void encode(const Serving& serving, Tick tick, const World& world, std::span<const Neighbour> neighbours, Outbox& outbox,
              NodeCounters& counters);

  MapId map_;
  std::uint16_t view_blocks_, nearest_, tick_hz_;
  std::vector<Viewer> viewers_;  // by player
  ChunkCache cache_;

  // Scratch of a tick, kept for its room.
  std::vector<Serving> serving_;
  std::vector<Row> rows_;
  std::vector<std::int32_t> remembered_q8_;
  Grid::Views views_;
  std::vector<RowView> row_views_;
  std::vector<std::uint32_t> player_of_row_;
  std::uint32_t turn_ = 0;
  std::array<VisibleEntity, kMaxSlots> chosen_;  // as many as the viewer's shown_count
  std::vector<Shown> shown_before_;
  std::vector<ChunkChanges> changed_;
  std::size_t changed_count_ = 0;
  std::vector<Row> near_;
};

}  // namespace meridian
