// How others are drawn (`netcode.md` 8.5): a little in the past, between two places the node has told. One delay D for all, so riders stay
// on mounts.
//
//   D = clamp(1 tick + J95 over 3 s + (loss > 2 %: 1 tick), 50..250 ms)     J95: how much later than the fastest 95 % of snapshots came
//   it grows by at most 5 % and shrinks by at most 1 % of real time, so nothing jumps when it changes
//
// Who stood stays until a tick before the next place told: the node is silent about standers. Beyond the newest place told: on along
// heading and speed, with collision, for at most 250 ms, then it holds (at once where the rules do not reach, beyond kFarthest_q8); nothing
// heard for 1 s: marked stale. A step of more than 3 blocks is cut, not drawn. For eyes only.
#pragma once

#include <array>
#include <cstdint>

#include "base/tick.hpp"
#include "netchannel/prediction/easing.hpp"
#include "netchannel/prediction/predictor.hpp"
#include "netchannel/prediction/server_time.hpp"

namespace meridian {

class RenderDelay {
 public:
  // A snapshot of `tick` came; `server` has heard it already.
  void heard(Tick tick, std::int64_t now_us, const ServerTime& server);
  // The tick time to draw at.
  std::int64_t render_us(std::int64_t now_us, const ServerTime& server);
  std::int64_t target_us(std::int64_t now_us, const ServerTime& server) const;  // D as the formula has it
  std::int64_t delay_us(std::int64_t now_us, const ServerTime& server) { return server.arrived_us(now_us) - render_us(now_us, server); }

 private:
  struct Arrival {
    std::int64_t at_us = -1;
    std::int64_t late_us = 0;  // behind the fastest
    Tick tick;
  };
  static constexpr std::size_t kArrivals = 64;  // 3 s at 20 Hz
  std::array<Arrival, kArrivals> arrivals_{};
  std::size_t count_ = 0;       // ever
  std::int64_t behind_us_ = 0;  // local time minus the tick time drawn: what is moved gently
  std::int64_t moved_us_ = -1;  // when last; -1 = not set yet
};

struct TrackPoint {
  Tick tick;
  std::int32_t x_q8 = 0, y_q8 = 0;
  std::uint8_t heading = 0, speed = 0;
};
struct DrawnBody {
  PlaceBlocks place;
  std::uint8_t heading = 0, speed = 0;
};

// Where one entity was told to be, lately.
class EntityTrack {
 public:
  // Ticks not newer than the newest are not taken.
  void add(const TrackPoint& point);
  void clear() { count_ = 0; }
  const TrackPoint& newest() const { return points_[(count_ - 1) % kPoints]; }  // not when empty
  bool empty() const { return count_ == 0; }
  DrawnBody at(std::int64_t render_us, std::int64_t tick_us, const Ground& ground) const;

 private:
  static constexpr std::size_t kPoints = 16;  // 250 ms and the jitter behind it at 20 Hz, with room
  DrawnBody beyond(std::int64_t after_us, std::int64_t tick_us, const Ground& ground) const;
  const TrackPoint& back(std::size_t i) const { return points_[(count_ - 1 - i) % kPoints]; }

  std::array<TrackPoint, kPoints> points_{};
  std::size_t count_ = 0;  // ever
};

inline constexpr std::int64_t kStaleAfter_us = 1'000'000;

}  // namespace meridian
