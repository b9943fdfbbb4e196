// Whether something has been that explains a correction of one player, as far as an onlooker can tell: what his own input or another's push
// did to him is known to the tick; a changed block near him, and blocks on their way to him, count for as long as he may not have heard of
// them.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <vector>

#include "netchannel/connection/session_event.hpp"
#include "world/change/tick_changes.hpp"
#include "world/motion/body.hpp"

namespace meridian::sim {

class Causes {
 public:
  explicit Causes(std::uint64_t opened = 0) : ticks_{opened} {}

  // Once a tick, in this order.
  void room(const SessionRoom& room) { room_ = room; }
  void happened(std::uint64_t tick) { ticks_.insert(tick); }
  void blocks_sent(std::uint64_t tick) { blocks_sent_ = tick; }
  void settle(std::uint64_t tick, const BodyState& body, std::span<const BlockChange> changed);

  bool had(std::uint64_t tick) const { return ticks_.contains(tick); }

 private:
  struct Change {
    BlockCoord at;
    std::uint64_t since;
    std::optional<std::uint64_t> known_at;
  };
  std::set<std::uint64_t> ticks_;  // with a cause
  SessionRoom room_;
  std::vector<Change> changes_;
  std::optional<std::uint64_t> blocks_sent_;
  bool were_on_their_way_ = false;  // as of the tick before
  std::uint64_t blocks_known_at_ = 0;
};

}  // namespace meridian::sim
