#include "netchannel/wire/messages.hpp"

#include <algorithm>
#include <functional>
#include <gtest/gtest.h>
#include <string>
#include <zstd.h>

#include "netchannel/testing/protocol_vectors.hpp"

namespace meridian {
namespace {

using Message = std::vector<std::uint8_t>;
Message copy(Bytes bytes) { return {bytes.begin(), bytes.end()}; }
Message joined(Bytes head, Bytes tail) {
  Message out(head.size() + tail.size());
  std::copy(head.begin(), head.end(), out.begin());
  std::copy(tail.begin(), tail.end(), out.begin() + static_cast<std::ptrdiff_t>(head.size()));
  return out;
}

constexpr BlockPlace kPlace{MapId{7}, {-5, 8'388'607}, Layer::ceiling};

// One good message of every type, its reader, and how its bytes must look.
struct Sample {
  const char* what;
  Message bytes;
  std::function<std::expected<void, WireError>(Bytes)> read;
};

template <typename Read>
auto verdict_of(Read read) {
  return [read](Bytes bytes) -> std::expected<void, WireError> {
    const auto out = read(bytes);
    if (!out) return std::unexpected(out.error());
    return {};
  };
}

std::vector<Sample> samples() {
  std::array<std::uint8_t, 1100> room;
  const auto action = [&](const Action& m) { return copy(write_action(m, room)); };
  const auto event = [&](const Event& m) { return copy(write_event(m, room)); };
  const auto system = [&](const SystemDown& m) { return copy(write_system_down(m, room)); };
  BlockDelta delta{.serial = 9, .n = 64, .cells = {{1023, Layer::ceiling, {65'535}}, {0, Layer::floor, {1}}, {512, Layer::active, {0}}}};
  Chunk chunk;
  chunk.cells[1][17] = {300};
  return {
      {"place", action(PlaceBlock{1, kPlace, {12}}), verdict_of(read_action)},
      {"break", action(BreakBlock{65'535, kPlace}), verdict_of(read_action)},
      {"result", copy(write_action_result({3, Refusal::link_dead}, room)), verdict_of(read_action_result)},
      {"delta", event(delta), verdict_of(read_event)},
      {"forget", event(ForgetChunk{-262'144, 262'143, 65'535}), verdict_of(read_event)},
      {"push", event(PushResult{40'000, Refusal::nobody_in_reach}), verdict_of(read_event)},
      {"info", system(WorldInfo{EntityId{5}, MapId{0}, 20, 0x1122334455667788, false, 8}), verdict_of(read_system_down)},
      {"ask", copy(write_ask_chunk({-1, 2, 3}, room)), verdict_of(read_ask_chunk)},
      {"chunk", write_chunk({-3, 4, 5}, chunk),
       [](Bytes bytes) {
         ReadChunk out;
         return read_chunk(bytes, out);
       }},
  };
}

TEST(Messages, Layouts_are_the_ones_drawn_in_the_protocol_page) {
  std::array<std::uint8_t, 64> room;
  EXPECT_EQ(copy(write_action(PlaceBlock{0x0201, kPlace, {0x0403}}, room)),
            (Message{1, 0x01, 0x02, 7, 0, 0xFB, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F, 0x00, 2, 0x03, 0x04}));
  EXPECT_EQ(copy(write_action_result({0x0201, Refusal::occupied}, room)), (Message{1, 0x01, 0x02, 3}));
  // 10 + 2 + 16 bits from bit 0 on: 0x3FF | 2 << 10 | 0x1234 << 12.
  EXPECT_EQ(copy(write_event(BlockDelta{0x0201, 5, {{1023, Layer::ceiling, {0x1234}}}}, room)),
            (Message{1, 0x01, 0x02, 5, 1, 0xFF, 0x4B, 0x23, 0x01}));
  EXPECT_EQ(copy(write_ask_chunk({-1, 2, 0x0304}, room)), (Message{1, 0xFF, 0xFF, 0xFF, 0xFF, 2, 0, 0, 0, 0x04, 0x03}));
}

TEST(Messages, What_is_written_is_read_back) {
  std::array<std::uint8_t, 1100> room;
  const auto place = std::get<PlaceBlock>(read_action(write_action(PlaceBlock{1, kPlace, {12}}, room)).value());
  EXPECT_EQ(place.id, 1);
  EXPECT_EQ(place.place, kPlace);
  EXPECT_EQ(place.block.value, 12);
  EXPECT_EQ(std::get<BreakBlock>(read_action(write_action(BreakBlock{65'535, kPlace}, room)).value()).place, kPlace);

  const auto forget = std::get<ForgetChunk>(read_event(write_event(ForgetChunk{-262'144, 262'143, 9}, room)).value());
  EXPECT_EQ(forget.x, -262'144);
  EXPECT_EQ(forget.y, 262'143);
  EXPECT_EQ(forget.serial, 9);
  const auto push = std::get<PushResult>(read_event(write_event(PushResult{40'000, Refusal::cooling_down}, room)).value());
  EXPECT_EQ(push.tick_low, 40'000);
  EXPECT_EQ(push.refusal, Refusal::cooling_down);

  const WorldInfo info{EntityId{~std::uint64_t{0}}, MapId{3}, 20, 0x1122334455667788, true, 255};
  const auto read = std::get<WorldInfo>(read_system_down(write_system_down(info, room)).value());
  EXPECT_EQ(read.self, info.self);
  EXPECT_EQ(read.map, info.map);
  EXPECT_EQ(read.tick_hz, 20);
  EXPECT_EQ(read.rules_hash, info.rules_hash);
  EXPECT_TRUE(read.durable);
  EXPECT_EQ(read.view_blocks_div8, 255);
  const auto notice = std::get<Notice>(read_system_down(write_system_down(Notice{1, "the node stops: à bientôt 🌊"}, room)).value());
  EXPECT_EQ(notice.kind, 1);
  EXPECT_EQ(notice.text, "the node stops: à bientôt 🌊");
}

TEST(Messages, A_delta_of_255_cells_fits_the_promised_room) {
  BlockDelta delta{.serial = 1, .n = 1, .cells = {}};
  for (std::uint16_t i = 0; i < 255; ++i) {
    delta.cells.push_back({static_cast<std::uint16_t>(i * 4), static_cast<Layer>(i % 3), {static_cast<std::uint16_t>(i * 257)}});
  }
  std::array<std::uint8_t, 1100> room;
  const auto read = std::get<BlockDelta>(read_event(write_event(delta, room)).value());
  ASSERT_EQ(read.cells.size(), 255u);
  for (std::size_t i = 0; i < read.cells.size(); ++i) {
    EXPECT_EQ(read.cells[i].cell, delta.cells[i].cell);
    EXPECT_EQ(read.cells[i].layer, delta.cells[i].layer);
    EXPECT_EQ(read.cells[i].block, delta.cells[i].block);
  }
}

TEST(Messages, Every_message_is_refused_when_cut_or_followed_by_a_byte) {
  for (const Sample& sample : samples()) {
    EXPECT_TRUE(sample.read(sample.bytes).has_value()) << sample.what;
    for (std::size_t size = 0; size < sample.bytes.size(); ++size) {
      EXPECT_FALSE(sample.read(Bytes(sample.bytes).first(size)).has_value()) << sample.what << " cut to " << size;
    }
    const auto refused = sample.read(joined(sample.bytes, Message(1)));
    ASSERT_FALSE(refused.has_value()) << sample.what;
    EXPECT_EQ(refused.error(), WireError::trailing) << sample.what;
    Message other_type = sample.bytes;
    other_type[0] = 77;
    EXPECT_FALSE(sample.read(other_type).has_value()) << sample.what;
  }
}

TEST(Messages, A_field_outside_its_range_is_refused) {
  struct Case {
    const char* what;
    const char* message;  // the sample to spoil
    std::size_t at;
    Message bytes;
  };
  const Case cases[] = {
      {"action id 0", "place", 1, {0, 0}},
      {"layer 3", "place", 13, {3}},
      {"x of -2^23 - 1 blocks", "place", 5, {0xFF, 0xFF, 0x7F, 0xFF}},
      {"y of 2^23 blocks", "break", 9, {0, 0, 0x80, 0}},
      {"refusal 12", "result", 3, {12}},
      {"result for id 0", "result", 1, {0, 0}},
      {"delta 0", "delta", 3, {0}},
      {"delta 65", "delta", 3, {65}},
      {"layer 3 in a delta", "delta", 6, {0x0F}},  // bits 10, 11 of the first cell
      {"bits behind the last cell", "delta", 15, {0x10}},
      {"chunk x of 2^18", "forget", 1, {0, 0, 4, 0}},
      {"chunk y of -2^18 - 1", "forget", 5, {0xFF, 0xFF, 0xFB, 0xFF}},
      {"push refusal 12", "push", 3, {12}},
      {"entity 0", "info", 1, {0, 0, 0, 0, 0, 0, 0, 0}},
      {"0 ticks a second", "info", 11, {0, 0}},
      {"121 ticks a second", "info", 11, {121, 0}},
      {"durable 2", "info", 21, {2}},
      {"no view", "info", 22, {0}},
      {"asked chunk x of 2^18", "ask", 1, {0, 0, 4, 0}},
      {"chunk x of i32's least", "chunk", 1, {0, 0, 0, 0x80}},
  };
  const std::vector<Sample> good = samples();
  for (const Case& c : cases) {
    for (const Sample& sample : good) {
      if (std::string(sample.what) != c.message) continue;
      Message spoiled = sample.bytes;
      std::copy(c.bytes.begin(), c.bytes.end(), spoiled.begin() + static_cast<std::ptrdiff_t>(c.at));
      const auto refused = sample.read(spoiled);
      ASSERT_FALSE(refused.has_value()) << c.what;
      EXPECT_EQ(refused.error(), WireError::out_of_range) << c.what;
    }
  }
  EXPECT_FALSE(read_event(Message{1, 0, 0, 1, 0}).has_value()) << "a delta of no cells";
}

TEST(Messages, A_notice_that_a_terminal_could_choke_on_is_refused) {
  struct Case {
    const char* what;
    std::string text;
    bool good;
  };
  const Case cases[] = {
      {"empty", "", true},
      {"200 bytes", std::string(200, 'a'), true},
      {"201 bytes", std::string(201, 'a'), false},
      {"two, three and four bytes", "é\u20AC\U0001F30A", true},
      {"greatest code point", "\xF4\x8F\xBF\xBF", true},
      {"past the greatest", "\xF4\x90\x80\x80", false},
      {"escape", "\x1B[2J", false},
      {"newline", "a\nb", false},
      {"delete", "\x7F", false},
      {"C1 control", "\xC2\x9B", false},
      {"no-break space", "\xC2\xA0", true},
      {"overlong slash", "\xC0\xAF", false},
      {"overlong in three", "\xE0\x80\xAF", false},
      {"overlong in four", "\xF0\x80\x80\xAF", false},
      {"surrogate", "\xED\xA0\x80", false},
      {"tail without head", "\x80", false},
      {"head without tail", "a\xE2\x82", false},
      {"F5", "\xF5\x80\x80\x80", false},
  };
  for (const Case& c : cases) {
    const Message head{2, 0};
    const Message message = joined(head, Bytes(reinterpret_cast<const std::uint8_t*>(c.text.data()), c.text.size()));
    EXPECT_EQ(read_system_down(message).has_value(), c.good) << c.what;
  }
  EXPECT_FALSE(read_system_down(Message{2, 2, 'a'}).has_value()) << "kind 2";
}

TEST(Messages, Every_refusal_has_words_of_its_own) {
  for (int a = 0; a <= static_cast<int>(kLastRefusal); ++a) {
    for (int b = 0; b < a; ++b) EXPECT_STRNE(text(static_cast<Refusal>(a)), text(static_cast<Refusal>(b)));
  }
}

TEST(Messages, Vectors_are_the_ones_of_the_protocol_page) {
  std::array<std::uint8_t, 1100> room;
  const BlockDelta delta{
      .serial = 9, .n = 64, .cells = {{1023, Layer::ceiling, {65'535}}, {0, Layer::floor, {1}}, {512, Layer::active, {0}}}};
  const std::pair<const char*, Message> vectors[] = {
      {"lane 2 up, place block: id 1, map 7, x -5, y 8388607, layer 2, block 12", copy(write_action(PlaceBlock{1, kPlace, {12}}, room))},
      {"lane 2 up, break block: id 65535, map 7, x -5, y 8388607, layer 2", copy(write_action(BreakBlock{65'535, kPlace}, room))},
      {"lane 2 down, result: id 3, refusal 11", copy(write_action_result({3, Refusal::link_dead}, room))},
      {"lane 4, block delta: serial 9, n 64: cell 1023 layer 2 block 65535; cell 0 layer 0 block 1; cell 512 layer 1 block 0",
       copy(write_event(delta, room))},
      {"lane 4, forget chunk: x -262144, y 262143, serial 65535", copy(write_event(ForgetChunk{-262'144, 262'143, 65'535}, room))},
      {"lane 4, push result: tick 40000, refusal 10", copy(write_event(PushResult{40'000, Refusal::nobody_in_reach}, room))},
      {"lane 7 down, world info: entity 5, map 0, 20 ticks a second, rules hash 0x1122334455667788, not durable, view 64 blocks",
       copy(write_system_down(WorldInfo{EntityId{5}, MapId{0}, 20, 0x1122334455667788, false, 8}, room))},
      {"lane 7 down, notice: the node stops, \"see you\"", copy(write_system_down(Notice{1, "see you"}, room))},
      {"lane 7 up, ask for a chunk: x -1, y 2, serial 3", copy(write_ask_chunk({-1, 2, 3}, room))},
  };
  std::string block = "```\n";
  for (const auto& [fields, bytes] : vectors) block += std::string(fields) + "\n" + hex_lines(bytes);
  expect_vectors("messages", block + "```\n");
}

Message with_head(Bytes frame) {
  const Message head{1, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0};
  return joined(head, frame);
}
Message frame_of(const Message& raw, bool says_size = true) {
  Message out(ZSTD_compressBound(raw.size()));
  ZSTD_CCtx* context = ZSTD_createCCtx();
  ZSTD_CCtx_setParameter(context, ZSTD_c_contentSizeFlag, says_size ? 1 : 0);
  out.resize(ZSTD_compress2(context, out.data(), out.size(), raw.data(), raw.size()));
  ZSTD_freeCCtx(context);
  return out;
}

TEST(Chunk_message, Carries_every_cell) {
  Chunk chunk;
  for (std::size_t layer = 0; layer < kLayers; ++layer) {
    for (std::size_t cell = 0; cell < kCellsPerLayer; ++cell) {
      chunk.cells[layer][cell].value = static_cast<std::uint16_t>((layer * 40'503 + cell * 2'654'435'761u) >> 3);
    }
  }
  ReadChunk read;
  ASSERT_TRUE(read_chunk(write_chunk({-262'144, 262'143, 65'535}, chunk), read).has_value());
  EXPECT_EQ(read.head.x, -262'144);
  EXPECT_EQ(read.head.y, 262'143);
  EXPECT_EQ(read.head.serial, 65'535);
  EXPECT_EQ(read.cells, chunk.cells);
}

TEST(Chunk_message, Any_size_but_6144_bytes_is_refused_and_changes_nothing) {
  struct Case {
    const char* what;
    Message message;
    WireError error;
  };
  const Message skippable{0x50, 0x2A, 0x4D, 0x18, 0, 0, 0, 0};  // an empty frame
  const Message two = joined(frame_of(Message(6144, 7)), skippable);
  Message broken = frame_of(Message(6144, 7));
  broken.back() ^= 0xFF;
  broken[broken.size() / 2] ^= 0xFF;
  Message lying = frame_of(Message(6144 + 256, 7));  // header byte 5-6: content size - 256
  ASSERT_EQ(lying[5] | (lying[6] << 8), 6144);
  lying[5] = (6144 - 256) & 0xFF;
  lying[6] = (6144 - 256) >> 8;
  const Case cases[] = {
      {"no frame", with_head({}), WireError::out_of_range},
      {"not zstd", with_head(Message(40, 0xAA)), WireError::out_of_range},
      {"6,143 bytes", with_head(frame_of(Message(6143, 7))), WireError::out_of_range},
      {"6,145 bytes", with_head(frame_of(Message(6145, 7))), WireError::out_of_range},
      {"a bomb: 100 MB in 10 kB", with_head(frame_of(Message(100'000'000, 0))), WireError::out_of_range},
      {"size not said", with_head(frame_of(Message(6144, 7), false)), WireError::out_of_range},
      {"says 6,144, holds 6,400", with_head(lying), WireError::malformed},
      {"a second frame", with_head(two), WireError::trailing},
      {"broken inside", with_head(broken), WireError::malformed},
      {"longer than any encoder's", with_head(Message(8000, 0)), WireError::out_of_range},
  };
  for (const Case& c : cases) {
    ReadChunk read{};
    read.head.serial = 99;
    const auto refused = read_chunk(c.message, read);
    ASSERT_FALSE(refused.has_value()) << c.what;
    EXPECT_EQ(refused.error(), c.error) << c.what;
    EXPECT_EQ(read.head.serial, 99) << c.what;
    EXPECT_EQ(read.cells, ReadChunk{}.cells) << c.what;
  }
}

}  // namespace
}  // namespace meridian
