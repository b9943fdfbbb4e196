// The tick allocates nothing once it runs evenly (hot_path.md 11).
#include <gtest/gtest.h>

#include "regional_node/tick/core_scene.hpp"
#include "world/testing/allocations.hpp"

namespace meridian {
namespace {

constexpr std::size_t kPlayers = 30;

// Events and rooms as Connections gives them, without anything of the test's own that allocates.
class EvenRun {
 public:
  EvenRun() : core_(settings(), testing::flat_world(4)) {
    for (std::uint16_t i = 0; i < kPlayers; ++i) {
      SessionEvent opened;
      opened.session = session(i);
      opened.who = {.account = i, .character = i, .epoch = 1, .entitlements = 0};
      events_.push_back(opened);
      rooms_.push_back({.session = session(i), .snapshot_bytes = 1100, .bulk_free_bytes = 65'536, .rtt_us = 60'000});
    }
    step();
  }
  // Everybody runs in circles and acks every snapshot; some push, one builds and breaks.
  void step() {
    const std::size_t before = allocations_so_far();
    const TickOutbox& out = core_.step(tick_, {.now = {}, .due_us = 0, .events = events_, .rooms = rooms_, .stop_notice = {}});
    allocations_ = allocations_so_far() - before;
    ++tick_;
    events_.clear();
    for (const OutgoingSnapshot& snapshot : out.snapshots) {
      SessionEvent fate;
      fate.kind = SessionEvent::Kind::snapshot;
      fate.session = snapshot.session;
      fate.snapshot = snapshot.id;
      fate.acked = true;
      events_.push_back(fate);
    }
    for (std::uint16_t i = 0; i < kPlayers; ++i) speak(i);
  }
  std::size_t allocations() const { return allocations_; }
  const NodeCounters& counters() const { return core_.counters(); }

 private:
  static NodeCoreSettings settings() {
    NodeCoreSettings s = testing::scene_settings();
    s.max_players = kPlayers;
    return s;
  }
  static SessionId session(std::uint16_t i) { return testing::Scene::session(i); }
  void speak(std::uint16_t i) {
    InputPacket packet;
    packet.newest_tick_low = static_cast<std::uint16_t>(tick_.value);
    packet.count = 1;
    packet.inputs[0] = {.heading = static_cast<std::uint8_t>(tick_.value * 4 + i), .gait = Gait::run};
    if ((tick_.value + i) % 16 == 0) packet.inputs[0].buttons = kButtonPush;
    message(i, Lane::input, write_input_packet(packet, bytes_[i]));
    if (i != 0 || tick_.value % 8 != 0) return;
    const BlockPlace place{MapId{0}, {48, 48}, Layer::active};
    message(i, Lane::action,
            write_action(tick_.value % 16 == 0 ? Action(PlaceBlock{1, place, testing::kBush}) : Action(BreakBlock{1, place}), action_));
  }
  void message(std::uint16_t i, Lane lane, Bytes bytes) {
    SessionEvent event;
    event.kind = SessionEvent::Kind::message;
    event.session = session(i);
    event.lane = lane;
    event.bytes = bytes;
    events_.push_back(event);
  }

  NodeCore core_;
  Tick tick_{100};
  std::vector<SessionEvent> events_;
  std::vector<SessionRoom> rooms_;
  std::array<std::array<std::uint8_t, kMaxInputPacketBytes>, kPlayers> bytes_{};
  std::array<std::uint8_t, 64> action_{};
  std::size_t allocations_ = 0;
};

TEST(Steady_state, Allocates_nothing_in_a_tick) {
  EvenRun run;
  for (int i = 0; i < 200; ++i) run.step();
  const NodeCounters before = run.counters();
  std::size_t allocations = 0;
  for (int i = 0; i < 100; ++i) {
    run.step();
    allocations += run.allocations();
  }
  EXPECT_EQ(allocations, 0u);
  EXPECT_GT(run.counters().pushes, before.pushes) << "or the run shows nothing";
  EXPECT_GT(run.counters().actions_done, before.actions_done);
  EXPECT_GT(run.counters().deltas_sent, before.deltas_sent);
}

}  // namespace
}  // namespace meridian
