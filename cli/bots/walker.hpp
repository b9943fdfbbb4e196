// What one bot does: walks, turns about once a second, runs into things and then walks along them, builds, breaks, now and then pushes.
// Pure and seeded: the same seed in the same world walks the same way. One call a tick.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/chance.hpp"
#include "world/chunk/block_kinds.hpp"
#include "world/chunk/chunks.hpp"
#include "world/motion/body.hpp"
#include "world/motion/movement.hpp"

namespace meridian {

// Mean distance in ticks; 0 = never.
struct WalkerSettings {
  std::uint32_t turn_ticks = 20;
  std::uint32_t build_ticks = 160;
  std::uint32_t push_ticks = 300;
};

struct WalkerView {
  const BodyState& body;
  const Chunks& chunks;
  const BlockKinds& kinds;
  MapId map;
};

struct WalkerIntent {
  Input input;
  bool push = false;                // whoever is in reach: the caller sees others and aims
  std::optional<BlockPlace> build;  // place `block` there, or break what stands there when it is air
  BlockId block = kAir;
};

class Walker {
 public:
  Walker(const WalkerSettings& settings, const BlockKinds& kinds, std::uint64_t seed);
  WalkerIntent tick(const WalkerView& view);
  // In how many ticks it went on along something that blocked it on one side.
  std::uint64_t ticks_along_walls() const { return ticks_along_walls_; }

 private:
  void turn();
  StepResult try_step(const WalkerView& view) const;
  bool hug_wall(const WalkerView& view);
  void choose_work(const WalkerView& view, WalkerIntent& intent);
  // Counts down to the next time; true when it has come.
  bool comes(std::uint32_t& left, std::uint32_t mean);

  WalkerSettings settings_;
  SeededChance chance_;
  std::vector<BlockId> placeable_;  // ACTIVE kinds that players may place
  std::uint32_t turn_in_ = 0, build_in_ = 0, push_in_ = 0;
  Input input_;
  std::int32_t last_x_q8_ = 0, last_y_q8_ = 0;
  int stuck_ticks_ = 0;
  std::uint64_t ticks_along_walls_ = 0;
};

}  // namespace meridian
