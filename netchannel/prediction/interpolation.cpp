#include "netchannel/prediction/interpolation.hpp"

#include <algorithm>
#include <cstdlib>

#include "world/motion/movement.hpp"

namespace meridian {
namespace {

constexpr std::int64_t kJitterWindow_us = 3'000'000;
constexpr std::int64_t kLeastDelay_us = 50'000, kMostDelay_us = 250'000;
constexpr std::int64_t kGrowDivisor = 20, kShrinkDivisor = 100;  // 5 % and 1 % of real time
constexpr std::int64_t kJumpBeyond_us = 500'000;                 // the node's clock slipped, or we slept: nothing to be gentle with
constexpr std::int64_t kMostBeyond_us = 250'000;
constexpr double kCutStep_blocks = 3;

PlaceBlocks blocks(std::int32_t x_q8, std::int32_t y_q8) {
  return {static_cast<double>(x_q8) / kBlock_q8, static_cast<double>(y_q8) / kBlock_q8};
}
PlaceBlocks between(PlaceBlocks a, PlaceBlocks b, double part) { return {a.x + (b.x - a.x) * part, a.y + (b.y - a.y) * part}; }

}  // namespace

void RenderDelay::heard(Tick tick, std::int64_t now_us, const ServerTime& server) {
  arrivals_[count_++ % kArrivals] = {now_us, server.lateness_us(tick, now_us), tick};
}

std::int64_t RenderDelay::target_us(std::int64_t now_us, const ServerTime& server) const {
  std::array<std::int64_t, kArrivals> late;
  std::size_t n = 0;
  Tick oldest{~std::uint64_t{0}}, newest{};
  for (std::size_t i = 0; i < std::min(count_, kArrivals); ++i) {
    if (arrivals_[i].at_us < now_us - kJitterWindow_us) continue;
    late[n++] = arrivals_[i].late_us;
    oldest = std::min(oldest, arrivals_[i].tick);
    newest = std::max(newest, arrivals_[i].tick);
  }
  if (n == 0) return kMostDelay_us;
  const auto p95 = late.begin() + static_cast<std::ptrdiff_t>((n * 95 + 99) / 100 - 1);
  std::nth_element(late.begin(), p95, late.begin() + static_cast<std::ptrdiff_t>(n));
  const auto expected = static_cast<std::size_t>(newest - oldest + 1);
  const bool lossy = expected > n && (expected - n) * 50 > expected;  // > 2 %; a lower snapshot rate looks the same and wants the same
  return std::clamp(server.tick_us() + *p95 + (lossy ? server.tick_us() : 0), kLeastDelay_us, kMostDelay_us);
}

std::int64_t RenderDelay::render_us(std::int64_t now_us, const ServerTime& server) {
  const std::int64_t passed = now_us - moved_us_;
  if (moved_us_ < 0 || passed >= 5'000) {  // the target costs a sort: not for every entity
    const std::int64_t want = now_us - server.arrived_us(now_us) + target_us(now_us, server);
    const std::int64_t off = want - behind_us_;
    if (count_ == 0) return now_us - want;  // nothing heard yet, nothing to draw: nor to hold on to
    if (moved_us_ < 0 || std::abs(off) > kJumpBeyond_us) {
      behind_us_ = want;
    } else {
      behind_us_ += std::clamp(off, -passed / kShrinkDivisor, passed / kGrowDivisor);
    }
    moved_us_ = now_us;
  }
  return now_us - behind_us_;
}

void EntityTrack::add(const TrackPoint& point) {
  if (count_ > 0 && point.tick <= newest().tick) return;
  points_[count_++ % kPoints] = point;
}

DrawnBody EntityTrack::at(std::int64_t render_us, std::int64_t tick_us, const Ground& ground) const {
  const auto time_us = [tick_us](const TrackPoint& p) { return static_cast<std::int64_t>(p.tick.value) * tick_us; };
  if (render_us >= time_us(newest())) return beyond(render_us - time_us(newest()), tick_us, ground);
  const std::size_t held = std::min(count_, kPoints);
  for (std::size_t i = 1; i < held; ++i) {
    const TrackPoint& from = back(i);
    if (time_us(from) > render_us) continue;
    const TrackPoint& to = back(i - 1);
    const PlaceBlocks a = blocks(from.x_q8, from.y_q8), b = blocks(to.x_q8, to.y_q8);
    // Who stands is not spoken of: he stood until a tick before he was elsewhere.
    const std::int64_t left_us = from.speed == 0 ? std::max(time_us(from), time_us(to) - tick_us) : time_us(from);
    const double part = static_cast<double>(std::max<std::int64_t>(0, render_us - left_us)) / static_cast<double>(time_us(to) - left_us);
    return {distance_blocks(a, b) > kCutStep_blocks ? a : between(a, b, part), from.heading, from.speed};
  }
  const TrackPoint& oldest = back(held - 1);  // it entered later than what is drawn
  return {blocks(oldest.x_q8, oldest.y_q8), oldest.heading, oldest.speed};
}

DrawnBody EntityTrack::beyond(std::int64_t after_us, std::int64_t tick_us, const Ground& ground) const {
  after_us = std::min(after_us, kMostBeyond_us);
  BodyState body{.x_q8 = newest().x_q8, .y_q8 = newest().y_q8, .heading = newest().heading, .speed = newest().speed};
  if (std::max(std::abs(body.x_q8), std::abs(body.y_q8)) > kFarthest_q8) return {blocks(body.x_q8, body.y_q8), body.heading, body.speed};
  const Input on = coast_input(body);
  PlaceBlocks before = blocks(body.x_q8, body.y_q8), after = before;
  for (std::int64_t left = after_us; left > 0 && body.speed > 0; left -= tick_us) {
    before = after;
    step_body(body, on, ground.chunks, ground.kinds, ground.map);
    after = blocks(body.x_q8, body.y_q8);
    if (left <= tick_us)
      return {between(before, after, static_cast<double>(left) / static_cast<double>(tick_us)), newest().heading, newest().speed};
  }
  return {after, newest().heading, newest().speed};
}

}  // namespace meridian
