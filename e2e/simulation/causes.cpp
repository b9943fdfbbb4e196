#include "e2e/simulation/causes.hpp"

#include <cstdlib>

namespace meridian::sim {

void Causes::settle(std::uint64_t tick, const BodyState& body, std::span<const BlockChange> changed) {
  // Once nothing is unacked he knows it, but what he has predicted until then came before: a round trip, and the farthest that an input may
  // be ahead (docs/protocol.md, "Inputs": 16 ticks), with two for the steps between.
  constexpr std::uint64_t kAhead = 16 + 2, kTicksPerSecond = 20;
  const std::uint64_t known_at = tick + std::uint64_t{room_.rtt_us} * kTicksPerSecond / 1'000'000 + 1 + kAhead;

  constexpr std::uint64_t kToBeSeen = 2;  // ticks until a chunk that was sent can be missing from the unacked ones
  const bool on_their_way = room_.chunk_unacked > 0 || (blocks_sent_ && tick <= *blocks_sent_ + kToBeSeen);
  // Once more in the tick that learns of their coming: the ack may be the first to say how long the way is.
  if (on_their_way || were_on_their_way_) blocks_known_at_ = known_at;
  were_on_their_way_ = on_their_way;
  if (tick <= blocks_known_at_) happened(tick);

  constexpr std::int32_t kNear = 2;
  const std::int32_t x = body.x_q8 >> 8, y = body.y_q8 >> 8;
  for (const BlockChange& change : changed) changes_.push_back({change.place.at, tick, std::nullopt});
  std::erase_if(changes_, [&](const Change& change) { return change.known_at && tick > *change.known_at; });
  for (Change& change : changes_) {
    if (!change.known_at && room_.event_unacked == 0 && tick > change.since) change.known_at = known_at;
    if (std::abs(change.at.x - x) <= kNear && std::abs(change.at.y - y) <= kNear) happened(tick);
  }
  constexpr std::uint64_t kRemembered = 64;  // an age has 6 bits
  while (!ticks_.empty() && *ticks_.begin() + kRemembered < tick) ticks_.erase(ticks_.begin());
}

}  // namespace meridian::sim
