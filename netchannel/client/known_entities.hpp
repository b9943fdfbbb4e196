// The others in view, as the node last told them: what is confirmed, and what is drawn. In order of id, so that whoever lists them lists
// them alike.
#pragma once

#include <cstdint>
#include <vector>

#include "netchannel/client/client.hpp"
#include "netchannel/prediction/interpolation.hpp"
#include "netchannel/snapshot/snapshot_codec.hpp"

namespace meridian {

class KnownEntities {
 public:
  // `light` keeps no track: nothing is drawn between places told.
  explicit KnownEntities(bool light) : light_(light) {}

  void clear() { known_.clear(); }
  void apply(const SnapshotUpdate& update, std::int64_t now_us);
  // Of all but `self`. `render_us` as RenderDelay says; light clients see the newest places.
  void views(EntityId self, std::int64_t now_us, std::int64_t render_us, std::int64_t tick_us, const Ground& ground,
             std::vector<EntityView>& out) const;
  void confirmed(std::vector<ConfirmedView::Known>& out) const;
  std::size_t size() const { return known_.size(); }

 private:
  struct Known {
    EntityId id;
    EntityKind kind;
    Look look;
    TrackPoint newest;
    EntityTrack track;
  };
  std::vector<Known>::iterator place_of(EntityId id);

  bool light_;
  std::int64_t heard_us_ = 0;  // the newest snapshot: it says only what changed, so its silence about somebody means as before
  std::vector<Known> known_;   // at most kMaxSlots: the decoder refuses more
};

}  // namespace meridian
