// Two channels over a random link, judged by an oracle that knows only what was queued: each lane's promise, whatever the link does.
#include <gtest/gtest.h>
#include <map>
#include <set>

#include "netchannel/reliability/two_channels.hpp"

namespace meridian {
namespace {

using Octets = std::vector<std::uint8_t>;

// A message that names itself: lane, number, size, and bytes that follow from them.
Octets make_message(Lane lane, std::uint32_t number, std::size_t size) {
  Octets bytes(std::max<std::size_t>(size, 8));
  bytes[0] = static_cast<std::uint8_t>(lane);
  for (int i = 0; i < 4; ++i) bytes[static_cast<std::size_t>(1 + i)] = static_cast<std::uint8_t>(number >> (8 * i));
  for (std::size_t i = 5; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(number * 31 + i * 7);
  return bytes;
}
std::uint32_t number_of(Bytes bytes) { return bytes[1] | bytes[2] << 8 | bytes[3] << 16 | static_cast<std::uint32_t>(bytes[4]) << 24; }

struct LaneOracle {
  std::uint32_t queued = 0;
  std::map<std::uint32_t, std::size_t> sizes;
  std::vector<std::uint32_t> got;
};

class Oracle {
 public:
  explicit Oracle(TwoChannels& pair) : pair_(pair) {
    pair.heard = [this](Side to, const End& end) { judge(to, end); };
  }
  void queue(Side from, Lane lane, std::size_t size) {
    LaneOracle& oracle = lanes_[{from, lane}];
    Channel& channel = from == Side::server ? pair_.server() : pair_.client();
    const Octets message = make_message(lane, oracle.queued, size);
    if (!channel.queue(lane, message)) return;
    oracle.sizes[oracle.queued++] = message.size();
  }
  void snapshot(std::size_t size) {
    LaneOracle& oracle = lanes_[{Side::server, Lane::snapshot}];
    const Octets message = make_message(Lane::snapshot, oracle.queued, size);
    oracle.sizes[oracle.queued] = message.size();
    pair_.server().set_snapshot(oracle.queued++, message);
  }
  void input(std::size_t size) {
    LaneOracle& oracle = lanes_[{Side::client, Lane::input}];
    const Octets message = make_message(Lane::input, oracle.queued, size);
    oracle.sizes[oracle.queued++] = message.size();
    pair_.client().set_input(message);
  }
  bool complete(Side from, Lane lane) { return lanes_[{from, lane}].got.size() == lanes_[{from, lane}].queued; }
  const LaneOracle& lane(Side from, Lane which) { return lanes_[{from, which}]; }
  const std::map<std::uint32_t, bool>& fates() const { return fates_; }

 private:
  void judge(Side to, const End& end) {
    const Side from = to == Side::server ? Side::client : Side::server;
    for (const Delivered& message : end.messages) {
      ASSERT_GE(message.bytes.size(), 8u);
      LaneOracle& oracle = lanes_[{from, message.lane}];
      const std::uint32_t number = number_of(message.bytes);
      ASSERT_LT(number, oracle.queued);
      ASSERT_EQ(Octets(message.bytes.begin(), message.bytes.end()), make_message(message.lane, number, oracle.sizes[number]));
      ASSERT_TRUE(!ordered(message.lane) || number == oracle.got.size()) << "in order, each once";
      ASSERT_TRUE(message.lane != Lane::input || oracle.got.empty() || number > oracle.got.back()) << "newest wins";
      ASSERT_TRUE(seen_.insert({static_cast<int>(from), static_cast<int>(message.lane), number}).second) << "once";
      oracle.got.push_back(number);
    }
    for (const SnapshotFate& fate : end.fates) {
      ASSERT_TRUE(fates_.emplace(fate.id, fate.acked).second) << "one fate each";
      const bool delivered = seen_.contains({static_cast<int>(Side::server), static_cast<int>(Lane::snapshot), fate.id});
      ASSERT_TRUE(!fate.acked || delivered) << "acked means delivered";
    }
  }
  TwoChannels& pair_;
  std::map<std::pair<Side, Lane>, LaneOracle> lanes_;
  std::set<std::tuple<int, int, std::uint32_t>> seen_;
  std::map<std::uint32_t, bool> fates_;
};

struct Row {
  const char* what;
  LinkFaults faults;
};
const Row kRows[] = {
    {"clean", {}},
    {"no delay at all", {.delay_us = 0}},
    {"5 % loss", {.loss_per_million = 50'000}},
    {"40 % loss", {.loss_per_million = 400'000}},
    {"duplicates", {.duplicate_per_million = 300'000}},
    {"reorder by up to 200 ms", {.delay_us = 30'000, .jitter_us = 200'000}},
    {"flipped bits", {.flip_per_million = 100'000}},
    {"all of it",
     {.loss_per_million = 100'000, .duplicate_per_million = 100'000, .flip_per_million = 50'000, .delay_us = 60'000, .jitter_us = 100'000}},
};

TEST(Channel_oracle, Every_lane_keeps_its_promise_on_every_link_and_all_arrives_after_it_heals) {
  for (const Row& row : kRows) {
    for (std::uint64_t seed = 1; seed <= 6; ++seed) {
      SCOPED_TRACE(std::string(row.what) + ", seed " + std::to_string(seed));
      TwoChannels pair(seed, {.trap_seed = seed});
      pair.up = pair.down = row.faults;
      Oracle oracle(pair);
      SeededChance chance(seed * 7919);
      for (int i = 0; i < 1000; ++i) {  // 10 s
        if (i % 5 == 4) {
          oracle.input(8 + chance.below(12));
          oracle.snapshot(std::min<std::size_t>(8 + chance.below(400), pair.server().snapshot_room()));
        }
        if (chance.below(8) == 0) oracle.queue(Side::client, Lane::action, 8 + chance.below(30));
        if (chance.below(60) == 0) oracle.queue(Side::client, Lane::chat, 8 + chance.below(2000));
        if (chance.below(60) == 0) oracle.queue(Side::client, Lane::system, 8 + chance.below(60));
        if (chance.below(8) == 0) oracle.queue(Side::server, Lane::action, 8 + chance.below(60));
        if (chance.below(10) == 0) oracle.queue(Side::server, Lane::event, 8 + chance.below(300));
        if (chance.below(10) == 0) oracle.queue(Side::server, Lane::chat, 8 + chance.below(300));
        if (chance.below(30) == 0) oracle.queue(Side::server, Lane::chunk, 8 + chance.below(6000));
        if (i % 200 == 0) oracle.queue(Side::server, Lane::chunk, 40'000);
        pair.step();
        ASSERT_FALSE(testing::Test::HasFatalFailure());
        ASSERT_EQ(pair.server().ended(), Reason::none);
        ASSERT_EQ(pair.client().ended(), Reason::none);
      }
      pair.up = pair.down = {};
      pair.run_ms(5'000);
      for (const auto& [from, lane] : {std::pair{Side::client, Lane::action},
                                       {Side::client, Lane::chat},
                                       {Side::client, Lane::system},
                                       {Side::server, Lane::action},
                                       {Side::server, Lane::event},
                                       {Side::server, Lane::chat},
                                       {Side::server, Lane::chunk}}) {
        EXPECT_TRUE(oracle.complete(from, lane)) << "lane " << static_cast<int>(lane) << " of side " << static_cast<int>(from) << ": "
                                                 << oracle.lane(from, lane).got.size() << " of " << oracle.lane(from, lane).queued;
        EXPECT_GT(oracle.lane(from, lane).queued, 3u);
      }
      EXPECT_EQ(pair.server().queued(Lane::chunk), 0u);
      EXPECT_EQ(pair.server().stats().queued_reliable_bytes, 0u);
      EXPECT_EQ(pair.client().stats().reassembly_bytes, 0u);
      EXPECT_GE(oracle.fates().size() + 3, oracle.lane(Side::server, Lane::snapshot).queued);
      std::uint64_t refused = 0;
      for (const Channel* end : {&pair.server(), &pair.client()}) {
        refused += end->stats().rejected_malformed + end->stats().rejected_tag + end->stats().rejected_replay;
      }
      EXPECT_GE(refused, pair.flips()) << "every flipped packet is refused";
      if (row.faults.duplicate_per_million == 0 && row.faults.jitter_us == 0) {
        EXPECT_EQ(refused, pair.flips()) << "and nothing else";
      }
    }
  }
}

// What random loss of single packets does not show: bursts, and a path that is dead in one direction or both for longer than every timer
// but the last.
TEST(Channel_oracle, Bursts_and_cuts_break_no_promise_and_all_arrives_after_them) {
  struct CutRow {
    const char* what;
    bool cut_up, cut_down;
    std::int64_t every_ms, for_ms;
  };
  const CutRow rows[] = {
      {"bursts of 150 ms both ways", true, true, 700, 150},
      {"up dead for 6 s", true, false, 9'000, 6'000},
      {"down dead for 6 s", false, true, 9'000, 6'000},
      {"both dead for 6 s", true, true, 9'000, 6'000},
  };
  for (const CutRow& row : rows) {
    SCOPED_TRACE(row.what);
    TwoChannels pair(3, {.trap_seed = 7});
    Oracle oracle(pair);
    SeededChance chance(11);
    bool healed = false;
    pair.on_wire = [&](Side from, Octets&) {
      const bool cut = !healed && (pair.now().mono_us / 1'000) % row.every_ms < row.for_ms;
      return !(cut && (from == Side::client ? row.cut_up : row.cut_down));
    };
    for (int i = 0; i < 2'000; ++i) {
      if (i % 5 == 4) {
        oracle.input(12);
        oracle.snapshot(100);
      }
      if (chance.below(10) == 0) oracle.queue(Side::client, Lane::action, 8 + chance.below(60));
      if (chance.below(10) == 0) oracle.queue(Side::server, Lane::action, 8 + chance.below(60));
      if (chance.below(20) == 0) oracle.queue(Side::server, Lane::event, 8 + chance.below(300));
      if (chance.below(40) == 0) oracle.queue(Side::server, Lane::chunk, 8 + chance.below(6000));
      pair.step();
      ASSERT_FALSE(testing::Test::HasFatalFailure());
      ASSERT_EQ(pair.server().ended(), Reason::none);
      ASSERT_EQ(pair.client().ended(), Reason::none);
    }
    healed = true;
    pair.run_ms(5'000);
    for (const auto& [from, lane] :
         {std::pair{Side::client, Lane::action}, {Side::server, Lane::action}, {Side::server, Lane::event}, {Side::server, Lane::chunk}}) {
      EXPECT_TRUE(oracle.complete(from, lane)) << "lane " << static_cast<int>(lane);
      EXPECT_GT(oracle.lane(from, lane).queued, 20u);
    }
  }
}

}  // namespace
}  // namespace meridian
