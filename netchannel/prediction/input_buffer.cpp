// How it works: add() files each input under its tick and notes how long before its due moment the first copy came; take() empties the
// tick's place or makes up for what is missing. Ticks are compared by signed distance, so a stranger's tick far in the past or future is
// just late or refused.
#include "netchannel/prediction/input_buffer.hpp"

#include <algorithm>

namespace meridian {
namespace {

constexpr std::int64_t kMaxAhead = 16;   // 800 ms at 20 Hz: more than any honest lead (8.1 keeps <= 150 ms + RTT/2)
constexpr std::int64_t kMaxBehind = 15;  // what the ring of 32 leaves beside the 17 places ahead
constexpr std::uint8_t kMaxRepeats = 5;  // 8.2
constexpr std::int64_t kMaxAge = 63;     // 6 bits on the wire
constexpr std::int64_t kSixteenths = 16;

std::int64_t floor_div(std::int64_t a, std::int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

}  // namespace

bool InputBuffer::first_copy(Tick tick, Tick next) {
  if (next - tick > kMaxBehind) return !any_ || tick - newest_ > 0;  // no place for it: news only if newer than all that came
  Slot& s = slot(tick);
  if (s.tick == tick && s.heard) return false;
  s = {.tick = tick, .input = {}, .early_us = 0, .own_hash16 = std::nullopt, .heard = true};
  return true;
}

InputBuffer::Added InputBuffer::add(const InputPacket& packet, Tick next, std::int64_t arrived_us, std::int64_t next_due_us,
                                    std::int64_t tick_us) {
  tick_us_ = tick_us;
  addressed_ = true;
  const auto early_us = [&](Tick tick) { return next_due_us + (tick - next) * tick_us - arrived_us; };
  const Tick newest = nearest_tick(next, packet.newest_tick_low);
  const bool news = !any_ || newest - newest_ > 0;
  Added added;
  for (std::size_t back = packet.count; back-- > 0;) {  // oldest first: of two late buttons the newer one's aim counts
    const Tick tick{newest.value - back};
    if (tick - next > kMaxAhead) {
      ++added.refused;
      continue;
    }
    if (first_copy(tick, next)) {
      const Input& input = packet.inputs[back];
      if (tick - next >= 0) {
        slot(tick).input = input;
        slot(tick).early_us = early_us(tick);
        ++added.fresh;
      } else {
        ++added.late;
        if (input.buttons != 0 && next - tick <= kMaxBehind) {
          carried_buttons_ |= input.buttons;
          carried_aim_ = input.aim;
        }
      }
    }
    if (!any_ || tick - newest_ > 0) newest_ = tick;
    any_ = true;
  }
  if (newest - next > kMaxAhead) return added;
  if (newest - next >= 0) {
    in_time_ = true;
    Slot& s = slot(newest);  // the hash may come after a copy of its input did
    if (!s.own_hash16) s.own_hash16 = packet.own_hash16;
  } else if (news) {
    const std::int64_t late_us = -early_us(newest);
    least_late_us_ = least_late_us_ ? std::min(*least_late_us_, late_us) : late_us;
  }
  return added;
}

TakenInput InputBuffer::take(Tick tick) {
  TakenInput taken;
  Slot& s = slot(tick);
  std::int64_t early_us = -tick_us_;
  if (s.tick == tick && s.heard) {
    taken.input = s.input;
    taken.own_hash16 = s.own_hash16;
    early_us = std::max<std::int64_t>(0, s.early_us);  // polled a little after it was due, yet it made its tick
    last_ = {.heading = s.input.heading, .gait = s.input.gait, .buttons = 0, .aim = 0};
    repeats_ = 0;
  } else {
    taken.substituted = true;
    if (repeats_ >= kMaxRepeats) last_.gait = Gait::stand;
    if (repeats_ < kMaxRepeats) ++repeats_;
    taken.input = last_;
    s = {.tick = tick, .input = {}, .early_us = 0, .own_hash16 = std::nullopt, .heard = false};
  }
  if (carried_buttons_ != 0) {
    if (taken.input.buttons == 0) taken.input.aim = carried_aim_;
    taken.input.buttons |= carried_buttons_;
    taken.moved = true;
    carried_buttons_ = 0;
  }
  if (addressed_) least_early_us_ = least_early_us_ ? std::min(*least_early_us_, early_us) : early_us;
  return taken;
}

std::optional<InputBuffer::Margin> InputBuffer::take_margin() {
  if (!least_early_us_) return std::nullopt;
  std::int64_t sixteenths = floor_div(*least_early_us_ * kSixteenths, tick_us_);
  if (!in_time_ && least_late_us_) sixteenths = std::min<std::int64_t>(-1, floor_div(-*least_late_us_ * kSixteenths, tick_us_));
  least_early_us_.reset();
  least_late_us_.reset();
  in_time_ = false;
  return Margin{static_cast<std::int8_t>(std::clamp<std::int64_t>(sixteenths, -127, 127))};  // -128 means "nothing to report" on the wire
}

std::uint8_t InputBuffer::input_age(Tick tick) const {
  if (!any_) return kMaxAge;
  return static_cast<std::uint8_t>(std::clamp<std::int64_t>(tick - newest_, 0, kMaxAge));
}

std::uint8_t InputBuffer::ahead(Tick tick) const {
  return any_ ? static_cast<std::uint8_t>(std::clamp<std::int64_t>(newest_ - tick, 0, kMaxAhead)) : 0;
}

}  // namespace meridian
