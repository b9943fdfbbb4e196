// What really was: every body at every tick of the node's present life, and what went wrong, in the words of a violation.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.hpp"
#include "base/tick.hpp"
#include "world/entity/entities.hpp"

namespace meridian::sim {

struct Violation {
  std::int64_t at_us = 0;
  std::string what;
};

class Truth {
 public:
  struct Body {
    EntityId id;
    MapId map;
    EntityKind kind;
    Look look;
    BodyState state;
  };
  struct Moment {
    Tick tick;
    std::vector<Body> bodies;  // by id
  };
  void record(Tick tick, const Entities& entities);
  void forget() { moments_.clear(); }  // the node starts again
  // nullopt: that tick is not held (older than the ring, or another life), or the entity was not there then.
  std::optional<Body> find(EntityId id, Tick tick) const;
  std::optional<BodyState> body(EntityId id, Tick tick) const;
  bool holds(Tick tick) const;
  const Moment* newest() const { return moments_.empty() ? nullptr : &moments_.back(); }

 private:
  static constexpr std::size_t kTicks = 600;  // 30 s: longer than anybody may lag
  std::deque<Moment> moments_;
};

}  // namespace meridian::sim
