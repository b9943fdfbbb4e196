// A player's inputs waiting for their ticks, on the node (`netcode.md` 8.2): a ring of 32 ticks; one input a tick, never two. Missing: the
// last one repeated for at most 5 ticks, then stand (`substituted`). Late: no motion, but pressed buttons move to the next tick (`moved`).
// More than 16 ahead: refused. Of an input that comes several times the first copy counts; a copy that says something else is not looked
// at.
//
// The ring's 32 places: the tick that runs next and 16 ahead of it, and 15 behind it, so that a late button is moved once, however often
// its copies come. What is later than 15 ticks is dropped whole.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "base/tick.hpp"
#include "netchannel/prediction/input_packet.hpp"

namespace meridian {

struct TakenInput {
  Input input;
  bool substituted = false;                 // not what the client sent for this tick
  bool moved = false;                       // holds a button edge of a late input
  std::optional<std::uint16_t> own_hash16;  // what the client claims its state is after this tick
};

class InputBuffer {
 public:
  struct Added {  // inputs of the packet; copies of what was heard before are in none of the three
    std::uint8_t fresh = 0, late = 0, refused = 0;
  };
  // `next` = the tick that will run next; `arrived_us` on the clock of `next_due_us`, the moment that tick is due. tick_us = length of a
  // tick.
  Added add(const InputPacket& packet, Tick next, std::int64_t arrived_us, std::int64_t next_due_us, std::int64_t tick_us);
  // Exactly once a tick, in order.
  TakenInput take(Tick tick);
  // Of the ticks consumed since the last call: the least time an input came before it was due, in 1/16 tick, clamped to s8. A missing input
  // counts -16; when only late packets came, the least lateness of their newest ticks, at most -1. An input that made its tick counts 0 at
  // the least. nullopt: nothing consumed since, or no packet has ever come.
  struct Margin {
    std::int8_t sixteenths = 0;
  };
  std::optional<Margin> take_margin();
  // Ticks between `tick` and the newest input tick ever received, 0-63 (63 = older or none): the snapshot's `input age`.
  std::uint8_t input_age(Tick tick) const;
  // The other way round: how many ticks the newest input is ahead of `tick`, 0-16. So far has the client predicted already.
  std::uint8_t ahead(Tick tick) const;

 private:
  struct Slot {
    Tick tick;
    Input input;
    std::int64_t early_us = 0;  // the first copy, before its tick was due
    std::optional<std::uint16_t> own_hash16;
    bool heard = false;
  };
  Slot& slot(Tick tick) { return ring_[tick.value % ring_.size()]; }
  // Whether this is the first copy; remembers that it came.
  bool first_copy(Tick tick, Tick next);

  std::array<Slot, 32> ring_{};
  Input last_{};  // without buttons: those are edges, never repeated
  std::uint8_t repeats_ = 0;
  std::uint8_t carried_buttons_ = 0;
  std::uint16_t carried_aim_ = 0;
  Tick newest_{};  // heard, means something only with any_
  bool any_ = false;
  bool addressed_ = false;  // a packet has come, though all of it may have been refused: who sends it must hear that his inputs are missing
  // Since the last take_margin(): of ticks consumed, of late packets; and whether a packet came that was not late.
  std::optional<std::int64_t> least_early_us_;
  std::optional<std::int64_t> least_late_us_;
  bool in_time_ = false;
  std::int64_t tick_us_ = 50'000;
};

}  // namespace meridian
