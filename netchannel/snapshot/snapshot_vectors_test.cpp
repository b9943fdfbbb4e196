// The six snapshots of docs/protocol.md. The fields beside the hex are read by a second reader, written from the page's drawing and nothing
// else, so that page and codec cannot drift apart together.
#include <gtest/gtest.h>

#include "base/bits.hpp"
#include "netchannel/snapshot/snapshot_codec.hpp"
#include "netchannel/testing/protocol_vectors.hpp"

namespace meridian {
namespace {

struct Said {
  unsigned slot = 0;
  std::int32_t x_q8 = 0, y_q8 = 0;
  unsigned heading = 0, speed = 0;
};
struct Dump {
  std::string text;
  std::vector<Said> records;
  std::size_t leaves = 0;
};

std::int64_t sign(std::uint64_t value, unsigned bits) {
  return static_cast<std::int64_t>(value) - (value >> (bits - 1) != 0 ? std::int64_t{1} << bits : 0);
}

void dump_head(BitReader& in, Dump& out) {
  const auto tick = in.get(16);
  const bool match = in.get_bool(), full = in.get_bool();
  EXPECT_EQ(in.get(6), 0u);
  const auto input_age = in.get(6), cause_age = in.get(6);
  out.text += fmt::format("  tick {}  own_match {}  own_full {}  input age {}  cause age {}  margin {}\n", tick, match ? 1 : 0,
                          full ? 1 : 0, input_age, cause_age, sign(in.get(8), 8));
  if (!full) return;
  const auto x = sign(in.get(32), 32), y = sign(in.get(32), 32);
  const auto layer = in.get(2), heading = in.get(8), speed = in.get(8), push = in.get(4), cooldown = in.get(8);
  EXPECT_EQ(in.get(2), 0u);
  out.text += fmt::format("  own x {}  y {}  layer {}  heading {}  speed {}  push ticks {}  cooldown ticks {}\n", x, y, layer, heading,
                          speed, push, cooldown);
}

void dump_leaves(BitReader& in, Dump& out) {
  out.text += "  leaves:";
  for (std::uint64_t count = 15; count == 15;) {
    count = in.get(4);
    for (std::uint64_t i = 0; i < count; ++i, ++out.leaves) out.text += fmt::format(" slot {}", in.get(8));
  }
  out.text += out.leaves == 0 ? " none\n" : "\n";
}

void dump_record(BitReader& in, unsigned& next_slot, std::int64_t anchor_x, std::int64_t anchor_y, unsigned width, Dump& out) {
  unsigned gap = 0;
  if (in.get_bool()) gap = in.get_bool() ? static_cast<unsigned>(in.get(6)) : static_cast<unsigned>(in.get(2)) + 1;
  Said said{.slot = next_slot + gap};
  next_slot = said.slot + 1;
  const bool identity = in.get_bool();
  out.text += fmt::format("  slot {}  generation {}", said.slot, in.get(2));
  if (identity) {
    const auto id = in.get(64), kind = in.get(6), appearance = in.get(16);
    out.text += fmt::format("  id {:#x}  kind {}  appearance {}", id, kind, appearance);
  }
  said.x_q8 = static_cast<std::int32_t>((anchor_x + static_cast<std::int64_t>(in.get(width))) * 16);
  said.y_q8 = static_cast<std::int32_t>((anchor_y + static_cast<std::int64_t>(in.get(width))) * 16);
  said.heading = static_cast<unsigned>(in.get_bool() ? in.get(3) * 32 : in.get(8));
  const auto code = in.get(2);
  said.speed = code == 0 ? 0 : code == 1 ? 51 : code == 2 ? 77 : static_cast<unsigned>(in.get(8));
  out.text += fmt::format("  x {}  y {}  heading {}  speed {}\n", said.x_q8, said.y_q8, said.heading, said.speed);
  out.records.push_back(said);
}

Dump dump(Bytes packet) {
  Dump out;
  BitReader in(packet);
  dump_head(in, out);
  dump_leaves(in, out);
  if (in.bits_left() > 7) {
    const auto x = sign(in.get(28), 28), y = sign(in.get(28), 28);
    const auto width = static_cast<unsigned>(in.get(5));
    out.text += fmt::format("  anchor x {}  y {}  width {}\n", x, y, width);
    for (unsigned next_slot = 0; in.bits_left() > 7;) dump_record(in, next_slot, x, y, width, out);
  }
  EXPECT_EQ(in.get(static_cast<unsigned>(in.bits_left())), 0u);
  EXPECT_FALSE(in.failed());
  return out;
}

struct Step {
  const char* what;
  SnapshotHead head;
  std::vector<VisibleEntity> nearest;
  std::uint32_t acks;  // the packet whose ack comes before this one is written; 0 = none
};

std::vector<Step> steps() {
  VisibleEntity walker{
      .id = {0x0040'0000'0000'0007}, .kind = EntityKind::player, .look = {3}, .x_q8 = 25'600, .y_q8 = -12'800, .heading = 64, .speed = 51};
  VisibleEntity runner{.id = {0x0040'0000'0000'0009},
                       .kind = EntityKind::player,
                       .look = {1'200},
                       .x_q8 = 27'011,
                       .y_q8 = -13'000,
                       .heading = 13,
                       .speed = 77};
  const VisibleEntity stander{.id = {0x0080'0000'0000'0001},
                              .kind = EntityKind::monster,
                              .look = {40'000},
                              .x_q8 = 24'000,
                              .y_q8 = -12'000,
                              .heading = 200,
                              .speed = 0};
  const BodyState own{.x_q8 = 25'700, .y_q8 = -12'900, .layer = 1, .heading = 96, .speed = 64, .push_ticks = 3, .cooldown_ticks = 9};
  const VisibleEntity walker1 = walker, runner1 = runner;
  walker.y_q8 += 51;
  runner.x_q8 += 73;
  runner.y_q8 += 24;
  const VisibleEntity walker2 = walker, runner2 = runner;
  walker.y_q8 += 51;
  walker.speed = 64;  // no gait has it: pushed
  runner.x_q8 += 73;
  runner.y_q8 += 24;
  return {
      {"entered the world: own state, nobody in view", {.own_full = own, .margin_sixteenths = -128}, {}, 0},
      {"two come into view", {.input_age = 0, .cause_age = 1, .margin_sixteenths = 9}, {walker1, runner1}, 0},
      {"they go on, nothing acked yet: who they are is said again",
       {.own_match = true, .input_age = 0, .cause_age = 2, .margin_sixteenths = -16},
       {walker2, runner2},
       0},
      {"snapshot 3 is acked: plain records",
       {.own_match = true, .input_age = 1, .cause_age = 3, .margin_sixteenths = 7},
       {walker, runner},
       3},
      {"slot 0 leaves, one comes", {.own_match = true, .input_age = 0, .cause_age = 63, .margin_sixteenths = 8}, {runner, stander}, 0},
      {"said again, nothing acked since",
       {.own_match = true, .input_age = 0, .cause_age = 63, .margin_sixteenths = 8},
       {runner, stander},
       0},
  };
}

TEST(Snapshot_vectors, Are_the_ones_of_the_protocol_page_and_two_readers_agree) {
  SnapshotEncoder encoder;
  SnapshotDecoder decoder;
  Tick tick{70'000};
  std::uint32_t id = 0;
  std::string block = "```\n";
  for (const Step& step : steps()) {
    if (step.acks != 0) encoder.fate(step.acks, true);
    std::array<std::uint8_t, kMaxSnapshotBytes> room;
    const Bytes packet = Bytes(room).first(encoder.encode(++id, tick, step.head, step.nearest, room));
    const Dump read = dump(packet);
    SnapshotUpdate update;
    ASSERT_TRUE(decoder.read(packet, tick, update).has_value());
    ASSERT_EQ(update.entities.size(), read.records.size());
    for (std::size_t i = 0; i < read.records.size(); ++i) {
      EXPECT_EQ(update.entities[i].x_q8, read.records[i].x_q8);
      EXPECT_EQ(update.entities[i].y_q8, read.records[i].y_q8);
      EXPECT_EQ(update.entities[i].heading, read.records[i].heading);
      EXPECT_EQ(update.entities[i].speed, read.records[i].speed);
    }
    block += fmt::format("snapshot {}: {} ({} B, tick {})\n{}{}", id, step.what, packet.size(), tick.value, hex_lines(packet), read.text);
    ++tick;
  }
  expect_vectors("snapshots", block + "```\n");
}

}  // namespace
}  // namespace meridian
