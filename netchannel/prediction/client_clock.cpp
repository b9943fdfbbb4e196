// The clock is a line through (anchor_mono, anchor_time) with slope 1 + speed; every report moves the anchor to now and chooses the slope
// anew.
#include "netchannel/prediction/client_clock.hpp"

#include <algorithm>

namespace meridian {
namespace {

constexpr std::int64_t kWindow_us = 10'000'000;
constexpr std::int64_t kSpare_us = 5'000;  // what the least margin should be
constexpr std::int64_t kLeastTarget_us = 6'000;
constexpr std::int64_t kGreatestTarget_us = 150'000;
constexpr std::int64_t kDeadZone_us = 2'000;
constexpr std::int64_t kGain_ppm_per_us = 5;  // 0.005 a ms
constexpr std::int64_t kMaxSpeed_ppm = 30'000;
constexpr std::int64_t kStepBeyond_us = 150'000;
constexpr std::size_t kSamplesBeforeStep = 8;  // no step at the first snapshot
constexpr int kLateInRow = 8;
constexpr std::int64_t kLateStepSpare_us = 10'000;
constexpr int kMissingInRow = 20;                 // a second of inputs that the node did not have
constexpr std::int64_t kRefusedAhead_ticks = 16;  // the node refuses inputs further ahead (8.2)
constexpr std::int64_t kStartLead_ticks = 2;

}  // namespace

void ClientClock::start(const Start& start) {
  *this = ClientClock{};
  server_.start(start.next_tick, start.received_us - start.rtt_us / 2 + start.due_in_us, start.tick_us, start.rtt_us);
  anchor_mono_us_ = start.received_us;
  anchor_time_us_ = server_.node_us(start.received_us) + start.rtt_us / 2 + kStartLead_ticks * start.tick_us;
  late_counts_from_ = newest_sent_ = Tick{static_cast<std::uint64_t>(anchor_time_us_ / start.tick_us)};
  last_sent_us_ = start.received_us;
  started_ = true;
}

std::int64_t ClientClock::time_us(std::int64_t now_us) const {
  const std::int64_t passed = now_us - anchor_mono_us_;
  const std::int64_t steered = anchor_time_us_ + passed + passed * speed_ppm_ / 1'000'000;
  return std::max(steered, server_.node_us(now_us) + server_.tick_us());  // one whole tick ahead, at no round trip at all too
}

Tick ClientClock::newest_due(std::int64_t now_us) const { return {static_cast<std::uint64_t>(time_us(now_us) / server_.tick_us())}; }

std::int64_t ClientClock::fraction_ppm(std::int64_t now_us) const {
  return time_us(now_us) % server_.tick_us() * 1'000'000 / server_.tick_us();
}

void ClientClock::sent(Tick tick, std::int64_t now_us) {
  const std::int64_t late_us = time_us(now_us) - server_.tick_time_us(tick);
  if (now_us != last_sent_us_) {
    stalled_ = now_us - last_sent_us_ > 2 * server_.tick_us();
    last_sent_us_ = now_us;
  }
  sent_[tick.value % kSent] = {tick, local_lead_us(now_us), !stalled_ && late_us < server_.tick_us()};
  newest_sent_ = std::max(newest_sent_, tick);
}

const ClientClock::Sent* ClientClock::sent_with(Tick tick) const {
  const Sent& sent = sent_[tick.value % kSent];
  return sent.tick == tick && sent.usable ? &sent : nullptr;
}

void ClientClock::heard(Tick tick, std::int8_t margin, std::int64_t now_us) {
  if (!started_) return;
  server_.heard(tick, now_us);
  anchor(now_us);
  if (margin != kNoMargin) take_margin(tick, margin, now_us);
  steer(now_us);
}

void ClientClock::take_margin(Tick tick, std::int8_t margin, std::int64_t now_us) {
  // What we have not made yet is missing because we were stalled.
  missing_run_ = margin == kMissingMargin && tick <= newest_sent_ ? missing_run_ + 1 : 0;
  if (missing_run_ >= kMissingInRow) restart_if_slipped(now_us);
  // A late input was not this tick's: it came within the last tick, so it was for as many ticks back as it was late, rounded up.
  const bool late = margin < 0 && margin != kMissingMargin;
  const auto ticks_back = static_cast<std::uint64_t>(late ? (-margin + 15) / 16 : 0);
  if (ticks_back > tick.value) return;
  const Sent* sent = sent_with(tick - ticks_back);
  if (sent == nullptr) return;  // never sent (a step jumped over it), or out of a stall
  const std::int64_t sample = margin * server_.tick_us() / 16 - sent->lead_us;
  if (sample_count_ == kSamples) first_sample_ = (first_sample_ + 1) % kSamples, --sample_count_;
  samples_[(first_sample_ + sample_count_++) % kSamples] = {now_us, sample};
  if (late)
    count_late(*sent, sample, now_us);
  else if (margin >= 0)
    late_run_ = 0;
}

void ClientClock::count_late(const Sent& sent, std::int64_t sample, std::int64_t now_us) {
  if (sent.tick < late_counts_from_) return;
  best_late_us_ = late_run_ == 0 ? sample : std::max(best_late_us_, sample);
  if (++late_run_ < kLateInRow) return;
  const std::int64_t still_late_us = -(best_late_us_ + local_lead_us(now_us));
  late_run_ = 0;
  if (still_late_us > 0) step(still_late_us + kLateStepSpare_us, now_us);
}

// A node that stood still and goes on from where it was is behind by that long: our inputs are too far ahead and refused, which looks like
// missing.
void ClientClock::restart_if_slipped(std::int64_t now_us) {
  if (time_us(now_us) - server_.recent_node_us(now_us) <= kRefusedAhead_ticks * server_.tick_us()) return;
  server_.forget_old();
  sample_count_ = 0;
  missing_run_ = 0;
  sent_.fill({});
  slipped_ = true;
  step(server_.node_us(now_us) + server_.rtt_us() / 2 + kStartLead_ticks * server_.tick_us() - time_us(now_us), now_us);
}

std::int64_t ClientClock::mean_margin_us(std::int64_t now_us) const {
  if (sample_count_ == 0) return 0;
  std::int64_t sum = 0;
  for (std::size_t i = 0; i < sample_count_; ++i) sum += samples_[(first_sample_ + i) % kSamples].margin_less_lead_us;
  return sum / static_cast<std::int64_t>(sample_count_) + local_lead_us(now_us);
}

void ClientClock::steer(std::int64_t now_us) {
  while (sample_count_ > 0 && samples_[first_sample_].at_us < now_us - kWindow_us)
    first_sample_ = (first_sample_ + 1) % kSamples, --sample_count_;
  speed_ppm_ = 0;
  if (sample_count_ == 0) return;
  std::int64_t least = samples_[first_sample_].margin_less_lead_us;
  for (std::size_t i = 1; i < sample_count_; ++i) least = std::min(least, samples_[(first_sample_ + i) % kSamples].margin_less_lead_us);
  const std::int64_t mean = mean_margin_us(now_us);
  const std::int64_t target = std::clamp(kSpare_us + mean - (least + local_lead_us(now_us)), kLeastTarget_us, kGreatestTarget_us);
  const std::int64_t error = target - mean;
  if (std::abs(error) > kStepBeyond_us && sample_count_ >= kSamplesBeforeStep) return step(error, now_us);
  if (std::abs(error) <= kDeadZone_us) return;
  speed_ppm_ = static_cast<std::int32_t>(std::clamp(error * kGain_ppm_per_us, -kMaxSpeed_ppm, kMaxSpeed_ppm));
}

void ClientClock::step(std::int64_t by_us, std::int64_t now_us) {
  anchor(now_us);
  anchor_time_us_ += by_us;
  speed_ppm_ = 0;
  late_run_ = 0;
  late_counts_from_ = newest_sent_ + 1;
  ++steps_;
}

void ClientClock::anchor(std::int64_t now_us) {
  anchor_time_us_ = time_us(now_us);
  anchor_mono_us_ = now_us;
}

}  // namespace meridian
