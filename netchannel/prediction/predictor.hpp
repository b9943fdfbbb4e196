// The client's own body, ahead of the node by the same rule and the same inputs (`netcode.md` 7.4, 8.3, 8.8): a ring of 32 ticks of (input,
// state after). The node says of a tick either its state (own_full) or that the hash we claimed agreed (own_match). Where its state differs
// from ours, that tick is restored and every later one run again: a correction, with its cause or without one.
//
//   start(tick, body)                       the first own state; also after a break
//   run_to(tick)                            ticks that got no input: made up as the node makes them up
//   predict(input) ; claim()                the next tick; the hash that goes with it
//   own_full / own_match                    what a snapshot says
//
// Exact integers throughout; nothing here is eased (that is `easing.hpp`).
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "base/tick.hpp"
#include "world/chunk/chunks.hpp"
#include "world/motion/body.hpp"

namespace meridian {

// What the movement rule reads besides the body and its input.
struct Ground {
  const Chunks& chunks;
  const BlockKinds& kinds;
  MapId map;
};

// The node's own state differed from the prediction.
struct Correction {
  Tick tick;  // whose state differed
  BodyState predicted, actual;
  double error_blocks = 0;
  bool has_cause = false;  // 8.8; false = the rules differ
};

inline constexpr std::uint8_t kNoCauseAge = 63;  // a snapshot's cause age (and input age): that old, or none at all

class Predictor {
 public:
  enum class Own : std::uint8_t {
    ignored,    // older than the newest read, or than the ring
    equal,      // as predicted
    corrected,  // restored and run again: `correction`
    restarted,  // of a tick not predicted yet: the prediction goes on from there
  };
  struct Outcome {
    Own what = Own::ignored;
    Correction correction{};
  };

  // `body` is the state after `tick`; the newest predicted tick is then `tick`.
  void start(Tick tick, const BodyState& body);
  bool started() const { return started_; }
  void stop() { *this = Predictor{}; }

  Tick newest() const { return newest_; }
  const BodyState& body() const { return state_; }                // after newest()
  const BodyState& body_before() const { return state_before_; }  // a tick earlier, for drawing between ticks
  // The input of a tick in the ring; as the node would make it up where there was none.
  const Input& input(Tick tick) const { return slot(tick).input; }
  bool has(Tick tick) const { return started_ && tick <= newest_ && newest_ - tick < kRing && slot(tick).tick == tick && !slot(tick).bare; }

  // The tick after newest(). `unsure`: an own block edit that the node has not answered lies near enough to matter. The node cannot know of
  // it (it may refuse it, or do it some ticks later), so it is a cause that only we can tell.
  void predict(const Input& input, const Ground& ground, bool unsure = false);
  // Blocks near the body changed after newest() was predicted. Ticks up to it, should they be run again, meet ground that was not there in
  // their time: what comes of it is no divergence either.
  void ground_changed() { ground_changed_ = newest_; }
  // Ticks up to and with `tick` ran without an input of ours: the last one repeated for at most 5 ticks, then standing, as InputBuffer
  // does.
  void run_to(Tick tick, const Ground& ground);
  // The hash of body(), remembered as claimed for newest().
  std::uint16_t claim();

  // What the node's snapshot of `tick` said; `cause_age` as in the snapshot. `unsure` as in predict(), of wherever the ticks that are run
  // again may lead from there.
  Outcome own_full(Tick tick, const BodyState& actual, std::uint8_t cause_age, const Ground& ground, bool unsure = false);
  // True where what was claimed is still the history's: then it is known equal.
  bool own_match(Tick tick);

  // The newest tick whose exact state the node told or agreed to.
  struct Confirmed {
    Tick tick;
    BodyState body;
  };
  const std::optional<Confirmed>& confirmed() const { return confirmed_; }

 private:
  static constexpr std::int64_t kRing = 32;
  struct Slot {
    Tick tick;
    Input input;
    BodyState after;
    std::optional<std::uint16_t> claimed;
    bool unsure = false;
    bool bare = false;  // where the prediction started: a state without an input
  };
  const Slot& slot(Tick tick) const { return ring_[tick.value % kRing]; }
  Slot& slot(Tick tick) { return ring_[tick.value % kRing]; }
  bool in_ring(Tick tick) const { return tick <= newest_ && newest_ - tick < kRing && slot(tick).tick == tick; }
  void push(const Input& input, const Ground& ground, bool unsure);
  bool unsure_between(Tick after, Tick last) const;
  void know(Tick tick, const BodyState& body);

  std::array<Slot, kRing> ring_{};
  Tick newest_{};
  BodyState state_{}, state_before_{};
  Input last_{};  // what is repeated
  int repeats_ = 0;
  std::optional<Confirmed> confirmed_;  // newest own state read, whether applied or agreed
  Tick ground_changed_{};
  Tick known_equal_{};  // the last tick where our history was the node's
  bool started_ = false;
};

}  // namespace meridian
