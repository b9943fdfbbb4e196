// A random world seen over a random network: packets and acks are lost, delayed past one another and doubled, the room changes, entities
// come, go, stand, jump and change their looks. Whatever arrives, each word about an entity must be the truth of the tick of the packet
// that said it; and when the world and the network are quiet, the viewer must know exactly what there is to see, and the node must fall
// silent.
#include <algorithm>
#include <cstdlib>
#include <gtest/gtest.h>
#include <map>

#include "base/chance.hpp"
#include "netchannel/snapshot/snapshot_codec.hpp"

namespace meridian {
namespace {

struct Truth {
  std::int32_t x_q8 = 0, y_q8 = 0;
  std::uint8_t heading = 0, speed = 0;
  Look look;
  EntityKind kind = EntityKind::player;
};
std::int32_t grid(std::int32_t q8) { return ((q8 + 8) >> 4) * 16; }  // the sixteenth nearest

struct Mix {
  const char* name;
  std::uint32_t loss, ack_loss, duplicate;  // per million
  std::uint64_t delay_ticks;                // 1 to this
  std::uint32_t flicker;                    // per million and entity-tick: out of view or back
  std::size_t least_room;
};

class Simulated {
 public:
  Simulated(std::uint64_t seed, const Mix& mix) : chance_(seed), mix_(mix) {
    for (std::uint64_t id = 1; id <= 70; ++id) {
      world_[id] = {.x_q8 = static_cast<std::int32_t>(chance_.below(1 << 15)),
                    .y_q8 = -static_cast<std::int32_t>(chance_.below(1 << 15)),
                    .look = {7}};
    }
  }

  void run(int ticks, bool quiet) {
    for (int i = 0; i < ticks; ++i) {
      ++tick_;
      if (!quiet) move();
      send(quiet);
      receive();
    }
  }

  // What the viewer sees now against what it should.
  void expect_converged() {
    std::map<std::uint64_t, Tick> seen;
    for (const VisibleEntity& e : visible()) {
      const auto known = view_.find(e.id.bits);
      ASSERT_NE(known, view_.end()) << mix_.name << " entity " << e.id.bits << " never came";
      expect_truth(known->second, world_[e.id.bits]);
    }
    EXPECT_EQ(view_.size(), visible().size()) << mix_.name << ": somebody's leave never arrived";
    EXPECT_EQ(last_bytes_, 6u) << mix_.name << ": something is still being said";
  }

  std::uint64_t words = 0, late_packets = 0, leaves = 0, enters = 0;

 private:
  struct Fate {
    std::uint32_t id;
    bool acked;
  };

  void expect_truth(const EntityUpdate& said, const Truth& truth) {
    EXPECT_EQ(said.x_q8, grid(truth.x_q8)) << mix_.name;
    EXPECT_EQ(said.y_q8, grid(truth.y_q8)) << mix_.name;
    EXPECT_EQ(said.heading, truth.heading) << mix_.name;
    EXPECT_EQ(said.speed, truth.speed) << mix_.name;
    EXPECT_EQ(said.look, truth.look) << mix_.name;
    EXPECT_EQ(said.kind, truth.kind) << mix_.name;
  }

  void move() {
    for (auto& [id, t] : world_) {
      if (chance_.one_in(100'000)) t.speed = static_cast<std::uint8_t>(chance_.below(2) == 0 ? 0 : chance_.below(256));
      if (chance_.one_in(50'000)) t.heading = static_cast<std::uint8_t>(chance_.below(256));
      if (chance_.one_in(5'000)) t.look.appearance = static_cast<std::uint16_t>(chance_.below(65'536));
      if (chance_.one_in(2'000)) t.x_q8 = static_cast<std::int32_t>(chance_.next_u64());  // anywhere in the world
      if (t.speed != 0) t.y_q8 += t.speed;
      if (chance_.one_in(mix_.flicker)) hidden_[id] = !hidden_[id];
    }
  }

  std::vector<VisibleEntity> visible() {
    std::vector<VisibleEntity> out;
    for (const auto& [id, t] : world_) {
      if (hidden_[id]) continue;
      out.push_back({.id = {id}, .kind = t.kind, .look = t.look, .x_q8 = t.x_q8, .y_q8 = t.y_q8, .heading = t.heading, .speed = t.speed});
      if (out.size() == 56) break;
    }
    return out;
  }

  void send(bool quiet) {
    std::array<std::uint8_t, kMaxSnapshotBytes> room;
    const std::size_t room_bytes = quiet ? kMaxSnapshotBytes : mix_.least_room + chance_.below(kMaxSnapshotBytes - mix_.least_room + 1);
    last_bytes_ = encoder_.encode(++id_, tick_, {}, visible(), MutableBytes(room).first(room_bytes));
    ASSERT_LE(last_bytes_, room_bytes);
    history_[tick_] = world_;
    const auto delay = [&] { return quiet ? 1 : 1 + chance_.below(mix_.delay_ticks); };
    const bool lost = !quiet && chance_.one_in(mix_.loss);
    const std::vector<std::uint8_t> bytes(room.begin(), room.begin() + static_cast<std::ptrdiff_t>(last_bytes_));
    // The channel's word: lost by time, and perhaps acked after all ("spurious"); a lost ack leaves it at lost.
    const Tick deadline = tick_ + 4;
    fates_.insert({deadline, {id_, false}});
    if (lost) return;
    const Tick arrives = tick_ + delay();
    flying_.insert({arrives, bytes});
    if (!quiet && chance_.one_in(mix_.duplicate)) flying_.insert({tick_ + delay() + mix_.delay_ticks, bytes});
    if (quiet || !chance_.one_in(mix_.ack_loss)) fates_.insert({arrives + delay(), {id_, true}});
  }

  void receive() {
    for (; !flying_.empty() && flying_.begin()->first <= tick_; flying_.erase(flying_.begin())) read(flying_.begin()->second);
    for (; !fates_.empty() && fates_.begin()->first <= tick_; fates_.erase(fates_.begin())) {
      encoder_.fate(fates_.begin()->second.id, fates_.begin()->second.acked);
    }
  }

  void read(const std::vector<std::uint8_t>& bytes) {
    SnapshotUpdate update;
    ASSERT_TRUE(decoder_.read(bytes, tick_, update).has_value()) << mix_.name;
    if (newest_read_ > update.tick) ++late_packets;
    newest_read_ = std::max(newest_read_, update.tick);
    for (const EntityId id : update.left) {
      ASSERT_EQ(view_.erase(id.bits), 1u) << mix_.name << ": a stranger left";
      ++leaves;
    }
    for (const EntityUpdate& said : update.entities) {
      ++words;
      expect_truth(said, history_.at(update.tick).at(said.id.bits));
      EXPECT_EQ(said.entered, view_.count(said.id.bits) == 0) << mix_.name;
      enters += said.entered ? 1 : 0;
      EXPECT_LT(last_said_[said.id.bits], update.tick) << mix_.name << ": an older word after a newer one";
      last_said_[said.id.bits] = update.tick;
      view_[said.id.bits] = said;
    }
  }

  SeededChance chance_;
  const Mix& mix_;
  SnapshotEncoder encoder_;
  SnapshotDecoder decoder_;
  Tick tick_{65'000};  // the low 16 bits wrap on the way
  std::uint32_t id_ = 0;
  std::size_t last_bytes_ = 0;
  std::map<std::uint64_t, Truth> world_;
  std::map<std::uint64_t, bool> hidden_;
  std::map<Tick, std::map<std::uint64_t, Truth>> history_;
  std::multimap<Tick, std::vector<std::uint8_t>> flying_;  // by arrival
  std::multimap<Tick, Fate> fates_;
  std::map<std::uint64_t, EntityUpdate> view_;
  std::map<std::uint64_t, Tick> last_said_;
  Tick newest_read_{};
};

TEST(Snapshot_property, Every_word_is_true_and_quiet_brings_both_sides_together) {
  constexpr Mix kMixes[] = {
      {"clean", 0, 0, 0, 1, 5'000, 1'100},
      {"5 % loss", 50'000, 50'000, 10'000, 3, 5'000, 6},
      {"40 % loss, tight", 400'000, 400'000, 100'000, 4, 20'000, 6},
      {"far reordered", 100'000, 100'000, 200'000, 20, 20'000, 6},
      {"flicker at the border", 200'000, 200'000, 200'000, 12, 400'000, 6},
      {"acks never come", 100'000, 1'000'000, 0, 6, 10'000, 200},
  };
  for (const Mix& mix : kMixes) {
    std::uint64_t words = 0, late = 0, leaves = 0, enters = 0;
    for (std::uint64_t seed = 1; seed <= 4; ++seed) {
      Simulated simulated(seed, mix);
      simulated.run(800, false);
      simulated.run(60, true);
      simulated.expect_converged();
      ASSERT_FALSE(HasFailure()) << mix.name << " seed " << seed;
      words += simulated.words;
      late += simulated.late_packets;
      leaves += simulated.leaves;
      enters += simulated.enters;
    }
    // The run reached what it is about.
    EXPECT_GT(words, 4'000u) << mix.name;
    EXPECT_GT(enters, 224u) << mix.name;
    EXPECT_GT(leaves, 20u) << mix.name;
    if (mix.delay_ticks > 1) {
      EXPECT_GT(late, 100u) << mix.name;
    }
  }
}

}  // namespace
}  // namespace meridian
