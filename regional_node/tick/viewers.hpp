// Everybody's view: per session the snapshot encoder, the chunks it holds and what it knows of its own body. At the tick's end tell() turns
// the world as it now stands, and what changed in this tick, into messages and snapshots.
//
// Interest: the `nearest` entities within the view, by the grid's batch query. Who is shown stays shown to rank 1.25 k and 8 blocks
// further, and for a second, so that a crowd at the limit does not churn enters and leaves (`hot_path.md` 4).
#pragma once

#include <algorithm>
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
    Tick since;
  };
  // Which viewing (a viewer's turn in a tick) found the row among those it had shown, and since when.
  struct ShownMark {
    std::uint64_t viewing = 0;
    Tick since;
  };
  struct Viewer {
    bool open = false;
    SessionId session;
    SessionRoom room;
    bool has_room = false;  // this tick
    std::size_t charged_bytes = 0;
    SnapshotEncoder encoder;
    OwnState own;
    ChunkStream chunks;
    std::vector<Shown> shown;
    std::int32_t remembered_q8 = 0;
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
  void choose(Viewer& viewer, Tick tick, const Entities& entities, std::span<const Neighbour> neighbours);
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
  std::vector<VisibleEntity> visible_of_row_;
  std::vector<std::uint32_t> player_of_row_;
  std::vector<ShownMark> shown_mark_;  // by row
  std::uint64_t viewing_ = 0;
  std::vector<VisibleEntity> chosen_;
  std::vector<Shown> newly_shown_;
  std::vector<ChunkChanges> changed_;
  std::size_t changed_count_ = 0;
  std::vector<Row> near_;
};

}  // namespace meridian
