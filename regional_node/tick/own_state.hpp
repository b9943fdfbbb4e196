// What a player's client is told about his own body (`netcode.md` 7.4, 8.8): one bit when the hash it claimed for this tick agrees, the
// whole state when not, until a packet with it is acked, and once a second in any case; and how long ago something happened that explains a
// correction.
//
//   a tick: moved() -> [pushed()] -> [block_changed()] -> settle() -> head() -> sent()        between ticks: fate()
//
// Causes: a substituted or moved input, a push, a block change within two blocks of the body. The last counts in every tick that the client
// may still have predicted without it: until the messages that carry it are acked, and then for a round trip and the lead's bound more.
#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <optional>

#include "base/tick.hpp"
#include "netchannel/prediction/input_buffer.hpp"
#include "netchannel/snapshot/snapshot_codec.hpp"
#include "world/chunk/coords.hpp"

namespace meridian {

class OwnState {
 public:
  OwnState() = default;
  OwnState(Tick opened, std::uint16_t tick_hz) : tick_hz_(tick_hz), full_wanted_since_(opened), cause_(opened) {}

  void moved(Tick tick, const TakenInput& taken);
  void pushed(Tick tick);
  // Near enough that he may come there while it is news: within kCarriedBlocks of the body.
  void block_changed(Tick tick, BlockCoord at);
  // How far the news have come to the client, as of this tick's start.
  struct News {
    bool chunks_under_way = false;  // fulls of what is within two blocks of him are sent or waiting, not yet acked
    bool deltas_acked = true;       // nothing of lane 4 is unacked
    std::uint32_t rtt_us = 0;
    std::uint8_t ahead_ticks = 0;  // how far the player has predicted already (InputBuffer::ahead)
  };
  // After everything that moves the body in this tick.
  void settle(Tick tick, const BodyState& body, const News& news);

  // `input_age` and margin are the input buffer's.
  SnapshotHead head(Tick tick, const BodyState& body, InputBuffer& inputs);
  // The snapshot with this tick's head has left; its id, which comes back as its fate, is the tick's low 32 bits.
  void sent(Tick tick, const SnapshotHead& head);
  void fate(std::uint32_t snapshot, bool acked);
  // Where that begins which is mostly empty: what lies before it is needed every tick.
  const void* changes() const { return changes_.data(); }

  static constexpr std::int32_t kCarriedBlocks = 12;  // 2, and what a runner covers in a resend or two
  static constexpr std::int32_t kNearBlocks = 2;

 private:
  static constexpr std::int64_t kRemembered = 256;  // ticks whose fate may still come: 12 s, more than a session survives in silence
  static constexpr std::uint64_t kLeadTicks = 5;    // 8.1: the margin is at most 150 ms, and an ack may wait for the next packet; at least
  static constexpr std::size_t kMaxChanges = 64;    // more at once: the oldest is dropped, which can only hide a cause

  struct Change {
    BlockCoord at;
    Tick since;
    std::optional<Tick> until;  // known once the deltas are acked
  };

  void settle_changes(Tick tick, const BodyState& body, const News& news);

  std::uint16_t tick_hz_ = 20;
  bool match_ = false;
  std::optional<Tick> full_wanted_since_;  // the newest tick after which the client is or may be wrong
  std::optional<Tick> last_full_;
  std::optional<Tick> cause_;
  std::optional<Tick> chunks_cause_until_;
  std::optional<std::uint16_t> claim_;
  Tick newest_sent_;
  std::bitset<kRemembered> full_in_;  // by tick
  std::size_t change_count_ = 0;
  std::array<Change, kMaxChanges> changes_;  // last: mostly empty, so what every tick touches lies together
};

}  // namespace meridian
