#include "netchannel/prediction/predictor.hpp"

#include <algorithm>
#include <cmath>

#include "base/assert.hpp"
#include "world/motion/movement.hpp"

namespace meridian {
namespace {

constexpr int kMaxRepeats = 5;              // 8.2, as InputBuffer
constexpr std::int64_t kMaxMadeUp = 300;    // after that many ticks without input nothing changes any more: standing, unpushed, cooled down
constexpr std::int64_t kCauseHorizon = 63;  // a cause further back than this is not told

double distance_blocks(const BodyState& a, const BodyState& b) {
  const double dx = static_cast<double>(a.x_q8) - b.x_q8, dy = static_cast<double>(a.y_q8) - b.y_q8;
  return std::sqrt(dx * dx + dy * dy) / kBlock_q8;
}

}  // namespace

void Predictor::start(Tick tick, const BodyState& body) {
  ring_.fill({});
  newest_ = tick;
  state_ = state_before_ = body;
  last_ = {};
  repeats_ = 0;
  slot(tick) = {.tick = tick, .after = body, .bare = true};
  started_ = true;
  know(tick, body);
}

void Predictor::predict(const Input& input, const Ground& ground, bool unsure) {
  MRD_ASSERT(started_);
  push(input, ground, unsure);
  last_ = {.heading = input.heading, .gait = input.gait, .buttons = 0, .aim = 0};
  repeats_ = 0;
}

void Predictor::run_to(Tick tick, const Ground& ground) {
  MRD_ASSERT(started_);
  if (tick - newest_ > kMaxMadeUp) newest_ = tick - kMaxMadeUp;  // what it jumps over leaves the ring
  while (newest_ < tick) {
    if (repeats_ >= kMaxRepeats) last_.gait = Gait::stand;
    repeats_ = std::min(repeats_ + 1, kMaxRepeats);
    push(last_, ground, false);
  }
}

void Predictor::push(const Input& input, const Ground& ground, bool unsure) {
  state_before_ = state_;
  step_body(state_, input, ground.chunks, ground.kinds, ground.map);
  ++newest_;
  slot(newest_) = {.tick = newest_, .input = input, .after = state_, .unsure = unsure};
}

std::uint16_t Predictor::claim() {
  const std::uint16_t hash = own_state_hash16(state_);
  slot(newest_).claimed = hash;
  return hash;
}

Predictor::Outcome Predictor::own_full(Tick tick, const BodyState& actual, std::uint8_t cause_age, const Ground& ground, bool unsure) {
  if (!started_ || (confirmed_ && tick < confirmed_->tick)) return {};
  if (tick > newest_) {
    start(tick, actual);
    return {.what = Own::restarted};
  }
  if (!in_ring(tick)) {
    confirmed_ = Confirmed{tick, actual};
    return {};
  }
  const BodyState predicted = slot(tick).after;
  const Tick last_equal = known_equal_;
  know(tick, actual);
  if (predicted == actual) return {.what = Own::equal};

  const bool told =
      cause_age < kNoCauseAge && tick - last_equal > static_cast<std::int64_t>(cause_age);  // the cause's tick is after the last equal one
  Outcome out{.what = Own::corrected,
              .correction = {.tick = tick,
                             .predicted = predicted,
                             .actual = actual,
                             .error_blocks = distance_blocks(predicted, actual),
                             .has_cause = told || tick - last_equal >= kCauseHorizon || unsure_between(last_equal, tick)}};
  slot(tick).after = actual;
  state_ = state_before_ = actual;
  for (Tick again = tick + 1; again <= newest_; ++again) {
    state_before_ = state_;
    step_body(state_, slot(again).input, ground.chunks, ground.kinds, ground.map);
    slot(again).after = state_;
    if (unsure || again <= ground_changed_) slot(again).unsure = true;
  }
  return out;
}

bool Predictor::unsure_between(Tick after, Tick last) const {
  for (Tick tick = last; tick > after && in_ring(tick); tick = tick - 1) {
    if (slot(tick).unsure) return true;
  }
  return false;
}

bool Predictor::own_match(Tick tick) {
  if (!started_ || !in_ring(tick) || (confirmed_ && tick < confirmed_->tick)) return false;
  const Slot& s = slot(tick);
  // What agreed is what was claimed; a correction since then may have made another history of it.
  if (!s.claimed || *s.claimed != own_state_hash16(s.after)) return false;
  know(tick, s.after);
  return true;
}

void Predictor::know(Tick tick, const BodyState& body) {
  confirmed_ = Confirmed{tick, body};
  known_equal_ = std::max(known_equal_, tick);
}

}  // namespace meridian
