#include "regional_node/tick/own_state.hpp"

#include <algorithm>

namespace meridian {

void OwnState::moved(Tick tick, const TakenInput& taken) {
  claim_ = taken.own_hash16;
  if (!taken.substituted && !taken.moved) return;
  cause_ = tick;
  full_wanted_since_ = tick;  // he surely predicted something else: no need to wait for a hash that says so
}

void OwnState::pushed(Tick tick) {
  cause_ = tick;
  full_wanted_since_ = tick;
}

void OwnState::block_changed(Tick tick, BlockCoord at) {
  if (change_count_ == kMaxChanges)
    std::shift_left(changes_.begin(), changes_.end(), 1);
  else
    ++change_count_;
  changes_[change_count_ - 1] = {at, tick, std::nullopt};
}

void OwnState::settle_changes(Tick tick, const BodyState& body, const News& news) {
  const std::uint64_t known_in =
      std::uint64_t{news.rtt_us} * tick_hz_ / 1'000'000 + 1 + std::max<std::uint64_t>(kLeadTicks, news.ahead_ticks + 2u);
  if (news.chunks_under_way) chunks_cause_until_ = tick + known_in;
  if (chunks_cause_until_ && tick <= *chunks_cause_until_) cause_ = tick;

  const std::int32_t x = body.x_q8 >> 8, y = body.y_q8 >> 8;
  std::size_t kept = 0;
  for (std::size_t i = 0; i < change_count_; ++i) {
    Change change = changes_[i];
    if (!change.until && news.deltas_acked && tick > change.since) change.until = tick + known_in;
    if (change.until && tick > *change.until) continue;
    if (std::abs(change.at.x - x) <= kNearBlocks && std::abs(change.at.y - y) <= kNearBlocks) cause_ = tick;
    changes_[kept++] = change;
  }
  change_count_ = kept;
}

void OwnState::settle(Tick tick, const BodyState& body, const News& news) {
  settle_changes(tick, body, news);

  // Where the node knows that he could not have predicted this tick, an equal hash is one of the 1 in 65,536 that lie.
  const bool unforeseen = full_wanted_since_ == tick;
  match_ = claim_ && !unforeseen && *claim_ == own_state_hash16(body);
  if (match_)
    full_wanted_since_.reset();
  else if (claim_)
    full_wanted_since_ = tick;
}

SnapshotHead OwnState::head(Tick tick, const BodyState& body, InputBuffer& inputs) {
  SnapshotHead head;
  head.tick_low = static_cast<std::uint16_t>(tick.value);
  head.own_match = match_;
  const bool second_is_over = !last_full_ || tick - *last_full_ >= tick_hz_;
  if (full_wanted_since_ || second_is_over) head.own_full = body;
  head.input_age = inputs.input_age(tick);
  head.cause_age = cause_ ? static_cast<std::uint8_t>(std::min<std::int64_t>(tick - *cause_, 63)) : 63;
  const auto margin = inputs.take_margin();
  head.margin_sixteenths = margin ? margin->sixteenths : std::int8_t{-128};
  return head;
}

void OwnState::sent(Tick tick, const SnapshotHead& head) {
  for (Tick skipped = newest_sent_ + 1; skipped < tick && tick - skipped < kRemembered; ++skipped)
    full_in_.reset(skipped.value % kRemembered);
  full_in_.set(tick.value % kRemembered, head.own_full.has_value());
  newest_sent_ = tick;
  if (head.own_full) last_full_ = tick;
}

void OwnState::fate(std::uint32_t snapshot, bool acked) {
  const std::uint32_t age = static_cast<std::uint32_t>(newest_sent_.value) - snapshot;
  if (age >= kRemembered || age > newest_sent_.value) return;
  const Tick tick = newest_sent_ - age;
  if (!acked || !full_in_.test(tick.value % kRemembered)) return;
  if (full_wanted_since_ && tick >= *full_wanted_since_) full_wanted_since_.reset();
}

}  // namespace meridian
