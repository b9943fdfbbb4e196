#include "netchannel/wire/frame.hpp"

#include <array>
#include <gtest/gtest.h>
#include <vector>

#include "base/chance.hpp"
#include "netchannel/wire/control.hpp"

namespace meridian {
namespace {

using Octets = std::vector<std::uint8_t>;

struct Row {
  const char* what;
  Octets bytes;
  Frame frame;  // its bytes: `payload`
  Octets payload;
};

const Row kRows[] = {
    {"last, unreliable: one byte of head", {0x08, 0xAA}, {.lane = 0, .last = true, .id = {}, .bytes = {}}, {0xAA}},
    {"last and empty", {0x18}, {.lane = 1, .last = true, .id = {}, .bytes = {}}, {}},
    {"with length", {0x10, 0x02, 0xAA, 0xBB}, {.lane = 1, .id = {}, .bytes = {}}, {0xAA, 0xBB}},
    {"reliable, id little-endian", {0x22, 0x34, 0x12, 0x01, 0xCC}, {.lane = 2, .id = 0x1234, .bytes = {}}, {0xCC}},
    {"reliable, one after the one before", {0x20, 0x01, 0xCC}, {.lane = 2, .id = {}, .bytes = {}}, {0xCC}},
    {"fragment, last",
     {0x5E, 0x01, 0x00, 0x03, 0x07, 0xDD},
     {.lane = 5, .last = true, .fragment = true, .id = 1, .index = 3, .count = 7, .bytes = {}},
     {0xDD}},
    {"control", {0xF8, 0x04}, {.lane = 15, .last = true, .id = {}, .bytes = {}}, {0x04}},
};

TEST(Frame, Is_written_and_read_as_drawn) {
  for (const Row& row : kRows) {
    ByteReader in(row.bytes);
    const auto read = read_frame(in);
    ASSERT_TRUE(read) << row.what;
    EXPECT_TRUE(in.done()) << row.what;
    EXPECT_EQ(read->lane, row.frame.lane) << row.what;
    EXPECT_EQ(read->last, row.frame.last) << row.what;
    EXPECT_EQ(read->fragment, row.frame.fragment) << row.what;
    EXPECT_EQ(read->id, row.frame.id) << row.what;
    EXPECT_EQ(read->index, row.frame.index) << row.what;
    EXPECT_EQ(read->count, row.frame.count) << row.what;
    EXPECT_EQ(Octets(read->bytes.begin(), read->bytes.end()), row.payload) << row.what;

    if (!row.frame.last) continue;  // the writer always ends with one
    std::array<std::uint8_t, 64> room{};
    FrameWriter out(room);
    Frame frame = row.frame;
    frame.bytes = row.payload;
    out.add(frame);
    const MutableBytes written = out.finish();
    EXPECT_EQ(Octets(written.begin(), written.end()), row.bytes) << row.what;
  }
}

TEST(Frame, Refuses_a_broken_head_a_bad_length_and_every_cut) {
  const Octets rows[] = {
      {0x09, 0x00},
      {0x0B, 0x00},              // id 01 and 11
      {0x00, 0x05, 1, 2, 3, 4},  // longer than the packet
      {0x00, 0x80, 0x80, 0x01},
      {0x00, 0x81, 0x00},  // a length of three bytes; an overlong one
      {0x02},
      {0x02, 0x01},
      {0x04},
      {0x04, 0x00},
      {0x0C, 0x00},
      {0x00},
  };
  for (const Octets& row : rows) {
    ByteReader in(row);
    EXPECT_FALSE(read_frame(in));
  }
}

TEST(Frame, Many_are_read_back_in_order_whatever_their_sizes) {
  SeededChance chance(5);
  for (int round = 0; round < 500; ++round) {
    std::array<std::uint8_t, 1200> room{};
    FrameWriter out(room);
    std::vector<Frame> frames;
    std::vector<Octets> payloads;
    for (int i = 0; i < 20; ++i) {
      Frame frame{.lane = static_cast<std::uint8_t>(chance.below(16)), .fragment = chance.below(4) == 0, .id = {}, .bytes = {}};
      if (chance.below(2) == 0) frame.id = static_cast<std::uint16_t>(chance.next_u64());
      if (frame.fragment) {
        frame.count = static_cast<std::uint8_t>(2 + chance.below(60));
        frame.index = static_cast<std::uint8_t>(chance.below(frame.count));
      }
      Octets payload(chance.below(300));
      chance.fill(payload);
      if (FrameWriter::frame_bytes(frame, payload.size()) > out.left()) break;
      frame.bytes = payload;
      out.add(frame);
      frames.push_back(frame);
      payloads.push_back(std::move(payload));
    }
    ByteReader in(out.finish());
    for (std::size_t i = 0; i < frames.size(); ++i) {
      const auto read = read_frame(in);
      ASSERT_TRUE(read);
      ASSERT_EQ(read->lane, frames[i].lane);
      ASSERT_EQ(read->id, frames[i].id);
      ASSERT_EQ(read->index, frames[i].index);
      ASSERT_EQ(read->count, frames[i].count);
      ASSERT_EQ(read->last, i + 1 == frames.size());
      ASSERT_EQ(Octets(read->bytes.begin(), read->bytes.end()), payloads[i]);
    }
    ASSERT_TRUE(in.done());
  }
}

TEST(Control, Round_trips_and_skips_unknown_types) {
  const std::vector<std::pair<Control, Octets>> rows = {
      {Ping{0x01020304}, {1, 4, 3, 2, 1}},
      {Pong{0x01020304, 5}, {2, 4, 3, 2, 1, 5, 0, 0, 0}},
      {Close{Reason::bye, "so long"}, {3, 32, 's', 'o', ' ', 'l', 'o', 'n', 'g'}},
      {Close{Reason::flood, ""}, {3, 35}},
      {Close{Reason::bye, "\xC3\xA0 plus"}, {3, 32, 0xC3, 0xA0, ' ', 'p', 'l', 'u', 's'}},
      {SkippedControl{4}, {4}},
  };
  for (const auto& [control, bytes] : rows) {
    std::array<std::uint8_t, 2 + kMaxCloseText> room{};
    const Bytes written = write_control(control, room);
    EXPECT_EQ(Octets(written.begin(), written.end()), bytes);
    const auto read = read_control(bytes);
    ASSERT_TRUE(read);
    EXPECT_EQ(*read, control);
  }
  const auto unknown = read_control(Octets{99, 1, 2, 3});
  ASSERT_TRUE(unknown);
  EXPECT_EQ(*unknown, Control{SkippedControl{99}});
}

TEST(Control, Refuses_other_lengths_and_texts_that_would_reach_into_a_terminal) {
  Octets too_long(2 + kMaxCloseText + 1, 'x');
  too_long[0] = 3;
  const Octets rows[] = {{},
                         {1},
                         {1, 0, 0, 0},
                         {1, 0, 0, 0, 0, 0},
                         {2, 0, 0, 0, 0, 0, 0, 0},
                         {2, 0, 0, 0, 0, 0, 0, 0, 0, 0},
                         {3},
                         {3, 0},
                         {3, 32, 0x1B, '['},
                         {3, 32, 0xC2, 0x9B},  // the same as one C1 control
                         {3, 32, 0x9B},
                         {3, 32, 'a', 0xE2, 0x82},
                         too_long};
  for (const Octets& row : rows) EXPECT_FALSE(read_control(row)) << row.size();
}

}  // namespace
}  // namespace meridian
