// The clock over simulated links, against the node's real input buffer: a node that ticks, a client that makes the inputs that are due,
// datagrams between.
#include "netchannel/prediction/client_clock.hpp"

#include <algorithm>
#include <gtest/gtest.h>
#include <vector>

#include "netchannel/prediction/input_buffer.hpp"
#include "netchannel/relay/impairment.hpp"

namespace meridian {
namespace {

constexpr std::int64_t kTick_us = 50'000;

struct LinkCase {
  const char* name;
  std::uint32_t delay_ms, jitter_ms, loss_per_million;
  std::int64_t drift_ppm = 0;       // the node's clock against ours
  std::int64_t start_wrong_us = 0;  // how wrong the handshake's estimate was
};

// A node and a client on one time line of 1 ms steps.
class Rig {
 public:
  Rig(const LinkCase& link, std::uint64_t seed) : link_(link), up_(settings(link), seed), down_(settings(link), seed + 1) {
    const std::int64_t rtt = 2 * link.delay_ms * 1000;
    now_us_ = 1'000'000'000;
    node_start_us_ = now_us_;
    clock_.start({.next_tick = Tick{1001},
                  .due_in_us = kTick_us + link.start_wrong_us,
                  .received_us = now_us_ + rtt / 2,
                  .rtt_us = rtt,
                  .tick_us = kTick_us});
    made_ = clock_.newest_due(now_us_ + rtt / 2);
    now_us_ += rtt / 2;
  }

  void run_for(std::int64_t us) {
    for (const std::int64_t end = now_us_ + us; now_us_ < end; now_us_ += 1000) {
      node();
      if (now_us_ >= stalled_until_us_ && now_us_ % 5000 == 0) client();
      if (now_us_ % 100'000 == 0) leads_ms_.push_back(static_cast<double>(clock_.lead_us(now_us_)) / 1000);
    }
  }
  void stall_client(std::int64_t us) { stalled_until_us_ = now_us_ + us; }
  // The node stands still and goes on with the tick it was at.
  void stop_node(std::int64_t us) { node_start_us_ += us; }
  void cut_uplink(bool cut) { cut_up_ = cut; }
  void mark() {
    consumed_ = substituted_ = 0;
    leads_ms_.clear();
    least_ahead_us_ = 1'000'000'000;
  }

  std::int64_t due_us(Tick tick) const {
    const auto ticks = static_cast<std::int64_t>(tick.value - 1000) * kTick_us;
    return node_start_us_ + ticks + ticks * link_.drift_ppm / 1'000'000;
  }
  double substituted_share() const { return consumed_ == 0 ? 1 : static_cast<double>(substituted_) / static_cast<double>(consumed_); }
  double swing_ms() const {
    return *std::max_element(leads_ms_.begin(), leads_ms_.end()) - *std::min_element(leads_ms_.begin(), leads_ms_.end());
  }

  ClientClock clock_;
  std::int64_t now_us_ = 0;
  std::uint64_t consumed_ = 0, substituted_ = 0, most_at_once_ = 0;
  std::int64_t least_ahead_us_ = 1'000'000'000;  // the newest input made, before the node's clock
  std::vector<double> leads_ms_;

 private:
  struct Flight {
    std::int64_t at_us;
    InputPacket inputs;
    Tick tick;
    std::int8_t margin;
  };
  static ImpairmentSettings settings(const LinkCase& link) {
    return {.delay_ms = link.delay_ms, .jitter_ms = link.jitter_ms, .loss_per_million = link.loss_per_million};
  }
  void send(Impairment& link, std::vector<Flight>& to, Flight flight) {
    std::vector<Passage> copies;
    link.decide(now_us_, 60, copies);
    for (const Passage& copy : copies) {
      flight.at_us = copy.at_us;
      to.push_back(flight);
    }
  }

  void node() {
    for (std::size_t i = 0; i < up_flight_.size();) {
      if (up_flight_[i].at_us > now_us_) {
        ++i;
        continue;
      }
      buffer_.add(up_flight_[i].inputs, next_, now_us_, due_us(next_), kTick_us);
      up_flight_.erase(up_flight_.begin() + static_cast<std::ptrdiff_t>(i));
    }
    while (due_us(next_) <= now_us_) {
      ++consumed_;
      substituted_ += buffer_.take(next_).substituted ? 1 : 0;
      const auto margin = buffer_.take_margin();
      send(down_, down_flight_, {.at_us = 0, .inputs = {}, .tick = next_, .margin = margin ? margin->sixteenths : kNoMargin});
      ++next_;
    }
  }
  void client() {
    for (std::size_t i = 0; i < down_flight_.size();) {
      if (down_flight_[i].at_us > now_us_) {
        ++i;
        continue;
      }
      if (down_flight_[i].tick > newest_heard_) {
        newest_heard_ = down_flight_[i].tick;
        clock_.heard(newest_heard_, down_flight_[i].margin, now_us_);
      }
      down_flight_.erase(down_flight_.begin() + static_cast<std::ptrdiff_t>(i));
    }
    const Tick due = clock_.newest_due(now_us_);
    if (clock_.take_slip()) made_ = due;
    if (due <= made_) return;
    most_at_once_ = std::max(most_at_once_, due.value - made_.value);
    while (made_ < due) clock_.sent(++made_, now_us_);
    least_ahead_us_ = std::min(least_ahead_us_, due_us(made_) - now_us_);
    InputPacket packet{.newest_tick_low = static_cast<std::uint16_t>(made_.value), .count = 0, .inputs = {}, .own_hash16 = std::nullopt};
    packet.count = static_cast<std::uint8_t>(std::clamp<std::int64_t>(made_ - newest_heard_, 1, 8));
    if (!cut_up_) send(up_, up_flight_, {.at_us = 0, .inputs = packet, .tick = {}, .margin = 0});
  }

  LinkCase link_;
  Impairment up_, down_;
  std::vector<Flight> up_flight_, down_flight_;
  InputBuffer buffer_;
  Tick next_{1000}, made_{}, newest_heard_{};
  std::int64_t node_start_us_ = 0, stalled_until_us_ = 0;
  bool cut_up_ = false;
};

struct SteadyCase {
  LinkCase link;
  double most_substituted;                 // share of ticks, after 15 s
  double least_margin_ms, most_margin_ms;  // mean, in the end
  double most_swing_ms;                    // of the lead, over the last 30 s
};

class SteadyLink : public testing::TestWithParam<SteadyCase> {};

TEST_P(SteadyLink, Converges_and_does_not_swing) {
  const SteadyCase& row = GetParam();
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    Rig rig(row.link, seed * 10);
    rig.run_for(15'000'000);
    rig.mark();
    rig.run_for(30'000'000);
    SCOPED_TRACE(testing::Message() << row.link.name << " seed " << seed << " lead " << rig.clock_.lead_us(rig.now_us_) << " us");
    EXPECT_LE(rig.substituted_share(), row.most_substituted);
    const double margin_ms = static_cast<double>(rig.clock_.mean_margin_us(rig.now_us_)) / 1000;
    EXPECT_GE(margin_ms, row.least_margin_ms);
    EXPECT_LE(margin_ms, row.most_margin_ms);
    EXPECT_LE(rig.swing_ms(), row.most_swing_ms);
    EXPECT_EQ(rig.clock_.steps(), 0u);
    EXPECT_GE(rig.least_ahead_us_, 0);
  }
}

INSTANTIATE_TEST_SUITE_P(Links, SteadyLink,
                         testing::Values(SteadyCase{{"60 +- 20 ms", 60, 20, 0}, 0, 15, 32, 12},
                                         SteadyCase{{"no way at all: a tick ahead", 0, 0, 0}, 0, 35, 52, 3},
                                         SteadyCase{{"2 ms", 2, 0, 0}, 0, 30, 52, 3},
                                         SteadyCase{{"node 200 ppm fast", 60, 20, 0, -200}, 0.002, 12, 34, 14},
                                         SteadyCase{{"node 200 ppm slow", 60, 20, 0, 200}, 0, 12, 34, 14},
                                         SteadyCase{{"5 % loss: the lead follows the worst of 10 s", 60, 20, 50'000}, 0.01, 30, 150, 100},
                                         SteadyCase{{"20 % loss", 60, 20, 200'000}, 0.03, 60, 155, 100},
                                         SteadyCase{{"started 60 ms too early", 60, 20, 0, 0, -60'000}, 0, 15, 32, 12},
                                         SteadyCase{{"started 60 ms too late", 60, 20, 0, 0, 60'000}, 0, 15, 32, 12},
                                         SteadyCase{{"far away", 200, 30, 0}, 0, 15, 45, 16}),
                         [](const auto& row) { return "Row_" + std::to_string(row.index); });

TEST(Client_clock, Starts_half_a_round_trip_and_two_ticks_ahead) {
  ClientClock clock;
  clock.start({.next_tick = Tick{500}, .due_in_us = 20'000, .received_us = 7'000'000, .rtt_us = 100'000, .tick_us = kTick_us});
  // The node was at tick 500 less 20 ms when it answered, 50 ms ago: now 30 ms past it. Two ticks and 50 ms more: 503 and 30 ms.
  EXPECT_EQ(clock.newest_due(7'000'000).value, 503u);
  EXPECT_EQ(clock.newest_due(7'019'999).value, 503u);
  EXPECT_EQ(clock.newest_due(7'020'000).value, 504u);
  EXPECT_EQ(clock.lead_us(7'000'000), 150'000);
}

TEST(Client_clock, A_start_that_is_wrong_by_300_ms_steps_once_and_not_at_the_first_snapshot) {
  for (const std::int64_t wrong_us : {300'000, 450'000}) {  // the node is earlier than the handshake said: we come far too early
    Rig rig({"", 60, 10, 0, 0, -wrong_us}, 5);
    rig.run_for(150'000);
    EXPECT_EQ(rig.clock_.steps(), 0u);
    rig.run_for(3'000'000);
    EXPECT_EQ(rig.clock_.steps(), 1u) << wrong_us;
    rig.mark();
    rig.run_for(10'000'000);
    EXPECT_EQ(rig.substituted_share(), 0) << wrong_us;
    EXPECT_EQ(rig.clock_.steps(), 1u);
  }
}

// Found by the simulation (seed 5266878): nothing that the node accepted ever came, so it reported nothing, and nothing could mend it.
TEST(Client_clock, A_start_so_far_ahead_that_the_node_refuses_every_input_mends_itself) {
  Rig rig({"far ahead", 40, 0, 0, 0, -3'000'000}, 1);
  rig.run_for(3'000'000);
  rig.mark();
  rig.run_for(5'000'000);
  EXPECT_LT(rig.substituted_share(), 0.02);
}

TEST(Client_clock, Eight_late_newest_inputs_in_a_row_step_it_by_the_least_lateness) {
  ClientClock clock;
  clock.start({.next_tick = Tick{1000}, .due_in_us = 0, .received_us = 0, .rtt_us = 0, .tick_us = kTick_us});
  std::int64_t now_us = 0;
  Tick made = clock.newest_due(now_us);
  for (int i = 0; i < 20; ++i) {  // an uplink of 300 ms that the round trip did not show: 100 ms lead, 200 ms late
    now_us += kTick_us;
    clock.sent(++made, now_us);
    if (i < 6) continue;
    const std::uint64_t steps = clock.steps();
    const std::int64_t before_us = clock.lead_us(now_us);
    clock.heard(Tick{1000 + static_cast<std::uint64_t>(now_us / kTick_us)}, i == 12 ? std::int8_t{-61} : std::int8_t{-64}, now_us);
    if (i < 13) {
      EXPECT_EQ(clock.steps(), steps) << i;
    }
    if (i == 13) {
      EXPECT_EQ(clock.steps(), 1u);
      // 61/16 ticks late at the least, and what the clock had gained by speed since those inputs left.
      EXPECT_GT(clock.lead_us(now_us) - before_us, 61 * kTick_us / 16 + 10'000 - 25'000);
      EXPECT_LE(clock.lead_us(now_us) - before_us, 61 * kTick_us / 16 + 10'000);
    }
    if (i > 13) {
      EXPECT_EQ(clock.steps(), 1u) << "those inputs left before the step";
    }
  }
}

TEST(Client_clock, Missing_inputs_alone_never_step_it) {
  Rig rig({"", 60, 20, 0}, 3);
  rig.run_for(15'000'000);
  rig.cut_uplink(true);
  rig.run_for(6'000'000);
  rig.cut_uplink(false);
  EXPECT_EQ(rig.clock_.steps(), 0u);
  rig.run_for(12'000'000);  // the outage has left the window
  rig.mark();
  rig.run_for(10'000'000);
  EXPECT_EQ(rig.substituted_share(), 0);
  EXPECT_LT(rig.clock_.mean_margin_us(rig.now_us_), 32'000);
}

TEST(Client_clock, A_stall_of_the_caller_says_nothing_about_the_path) {
  Rig rig({"", 60, 20, 0}, 4);
  rig.run_for(15'000'000);
  const std::int64_t before_us = rig.clock_.lead_us(rig.now_us_);
  rig.stall_client(300'000);
  rig.run_for(2'000'000);
  EXPECT_EQ(rig.most_at_once_, 6u);
  EXPECT_EQ(rig.clock_.steps(), 0u);
  EXPECT_NEAR(static_cast<double>(rig.clock_.lead_us(rig.now_us_) - before_us), 0, 60'000);
  rig.run_for(12'000'000);
  rig.mark();
  rig.run_for(5'000'000);
  EXPECT_EQ(rig.substituted_share(), 0);
}

TEST(Client_clock, Follows_a_node_that_stood_still_for_two_seconds) {
  Rig rig({"", 40, 5, 0}, 6);
  rig.run_for(12'000'000);
  rig.stop_node(2'000'000);
  rig.run_for(6'000'000);
  EXPECT_EQ(rig.clock_.steps(), 1u);
  rig.mark();
  rig.run_for(10'000'000);
  EXPECT_EQ(rig.substituted_share(), 0);
  EXPECT_LT(rig.clock_.lead_us(rig.now_us_), 200'000);
}

TEST(Client_clock, Nothing_to_report_is_no_sample) {
  ClientClock clock;
  clock.start({.next_tick = Tick{1000}, .due_in_us = 0, .received_us = 0, .rtt_us = 0, .tick_us = kTick_us});
  for (std::uint64_t i = 1; i < 40; ++i) {
    const auto now_us = static_cast<std::int64_t>(i) * kTick_us;
    clock.sent(clock.newest_due(now_us), now_us);
    clock.heard(Tick{1000 + i}, kNoMargin, now_us);
  }
  EXPECT_EQ(clock.speed_ppm(), 0);
  EXPECT_EQ(clock.steps(), 0u);
  EXPECT_EQ(clock.mean_margin_us(2'000'000), 0);
}

TEST(Client_clock, Runs_no_faster_and_no_slower_than_three_per_cent) {
  ClientClock clock;
  clock.start({.next_tick = Tick{1000}, .due_in_us = 0, .received_us = 0, .rtt_us = 0, .tick_us = kTick_us});
  std::int64_t now_us = 0;
  Tick made = clock.newest_due(now_us);
  for (std::uint64_t i = 1; i < 6; ++i) {
    now_us += kTick_us;
    clock.sent(++made, now_us);
  }
  clock.heard(Tick{1004}, 48, now_us);
  EXPECT_EQ(clock.speed_ppm(), -30'000);
  clock.heard(Tick{1005}, -16, now_us);
  EXPECT_EQ(clock.speed_ppm(), 30'000);
}

}  // namespace
}  // namespace meridian
