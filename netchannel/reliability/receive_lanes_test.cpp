#include "netchannel/reliability/receive_lanes.hpp"

#include <gtest/gtest.h>

#include "base/chance.hpp"

namespace meridian {
namespace {

using Octets = std::vector<std::uint8_t>;
using Verdict = ReceiveLanes::Verdict;

struct F {  // a frame with bytes of its own
  std::uint8_t lane;
  std::optional<std::uint16_t> id;
  Octets bytes;
  std::uint8_t index = 0, count = 1;
  bool fragment = false;
};
Octets packed(const std::vector<F>& frames) {
  Octets room(4096);
  FrameWriter out(room);
  for (const F& f : frames)
    out.add({.lane = f.lane, .fragment = f.fragment, .id = f.id, .index = f.index, .count = f.count, .bytes = f.bytes});
  const std::size_t size = out.finish().size();
  room.resize(size);
  return room;
}
F fragment(std::uint8_t lane, std::uint16_t id, std::uint8_t index, std::uint8_t count, std::size_t size = kFragmentBytes) {
  return {lane, id, Octets(size, index), index, count, true};
}

struct Receiver {
  explicit Receiver(Side side) : lanes(side) {}
  ReceiveLanes lanes;
  std::vector<Delivered> messages;
  PacketNews news;
  std::uint64_t packet = 0;
  Verdict check(const std::vector<F>& frames) { return lanes.check(packed(frames)); }
  // Checks and takes; the packet's bytes stay alive until the next call.
  Reason take(const std::vector<F>& frames, std::int64_t now_us = 0) {
    bytes = packed(frames);
    messages.clear();
    news = {};
    EXPECT_EQ(lanes.check(bytes), Verdict::good);
    return lanes.take(bytes, ++packet, now_us, messages, news);
  }
  std::string firsts() const {  // the first byte of each message, as a string
    std::string out;
    for (const Delivered& m : messages) out += static_cast<char>(m.bytes[0]);
    return out;
  }
  Octets bytes;
};

struct Row {
  const char* what;
  Side to;
  std::vector<F> frames;
  Verdict verdict;
};
const Octets kPing = {1, 0, 0, 0, 0};

TEST(Receive_lanes, Judge_a_packet_whole_by_the_table_of_lanes) {
  const Row rows[] = {
      {"no frames", Side::server, {}, Verdict::good},
      {"input up", Side::server, {{0, {}, {1}}}, Verdict::good},
      {"input down", Side::client, {{0, {}, {1}}}, Verdict::malformed},
      {"snapshot up", Side::server, {{1, {}, {1}}}, Verdict::malformed},
      {"two inputs in one packet", Side::server, {{0, {}, {1}}, {0, {}, {1}}}, Verdict::malformed},
      {"an unreliable one with an id", Side::server, {{0, 1, {1}}}, Verdict::malformed},
      {"an unreliable one in fragments", Side::server, {{0, {}, {1}, 0, 2, true}}, Verdict::malformed},
      {"event up", Side::server, {{4, 0, {1}}}, Verdict::malformed},
      {"chunk up", Side::server, {{5, 0, {1}}}, Verdict::malformed},
      {"a lane that is closed", Side::client, {{6, {}, {1}}}, Verdict::malformed},
      {"a lane of the game's", Side::client, {{9, {}, {1}}}, Verdict::malformed},
      {"reliable without an id", Side::server, {{2, {}, {1}}}, Verdict::malformed},
      {"reliable, then one after it", Side::server, {{2, 0, {1}}, {2, {}, {1}}}, Verdict::good},
      {"one after an id of another lane", Side::server, {{2, 0, {1}}, {3, {}, {1}}}, Verdict::malformed},
      {"the 64th action ahead", Side::server, {{2, 63, {1}}}, Verdict::good},
      {"the 65th", Side::server, {{2, 64, {1}}}, Verdict::flood},
      {"an id just below the first", Side::server, {{2, 0xFFFF, {1}}}, Verdict::flood},
      {"flood beside a bad frame", Side::server, {{2, 64, {1}}, {4, 0, {1}}}, Verdict::malformed},
      {"control with an id", Side::server, {{15, 1, kPing}}, Verdict::malformed},
      {"control empty", Side::server, {{15, {}, {}}}, Verdict::malformed},
      {"control unknown", Side::server, {{15, {}, {77, 1}}}, Verdict::good},
      {"a bad frame behind good ones", Side::server, {{0, {}, {1}}, {2, 0, {1}}, {15, {}, {1}}}, Verdict::malformed},
      {"whole, as large as can be", Side::server, {{7, 0, Octets(kFragmentBytes)}}, Verdict::good},
      {"whole, larger", Side::server, {{7, 0, Octets(kFragmentBytes + 1)}}, Verdict::malformed},
      {"first fragment", Side::server, {fragment(7, 0, 0, 4)}, Verdict::good},
      {"one fragment of one", Side::server, {fragment(7, 0, 0, 1)}, Verdict::malformed},
      {"count 0", Side::server, {fragment(7, 0, 0, 0)}, Verdict::malformed},
      {"five up", Side::server, {fragment(7, 0, 0, 5)}, Verdict::malformed},
      {"64 down", Side::client, {fragment(5, 0, 0, 64)}, Verdict::good},
      {"65 down", Side::client, {fragment(5, 0, 0, 65)}, Verdict::malformed},
      {"index = count", Side::server, {fragment(7, 0, 4, 4)}, Verdict::malformed},
      {"a short one that is not the last", Side::server, {fragment(7, 0, 0, 4, kFragmentBytes - 1)}, Verdict::malformed},
      {"a last one that is empty", Side::server, {fragment(7, 0, 3, 4, 0)}, Verdict::malformed},
      {"a last one that is too large", Side::server, {fragment(7, 0, 3, 4, kFragmentBytes + 1)}, Verdict::malformed},
      {"counts that differ in one packet", Side::server, {fragment(7, 0, 3, 4, 5), fragment(7, 0, 2, 3, 5)}, Verdict::malformed},
      {"a fragment and a whole of one id", Side::server, {fragment(7, 0, 3, 4, 5), {7, 0, {1}}}, Verdict::malformed},
  };
  for (const Row& row : rows) {
    Receiver receiver(row.to);
    EXPECT_EQ(receiver.check(row.frames), row.verdict) << row.what;
    EXPECT_EQ(receiver.lanes.held_bytes(), 0u) << row.what;
  }
  EXPECT_EQ(ReceiveLanes(Side::server).check(Octets{0x23}), Verdict::malformed);
}

TEST(Receive_lanes, An_ordered_lane_waits_for_its_hole_and_an_unordered_one_does_not) {
  Receiver client(Side::client);
  EXPECT_EQ(client.take({{2, 1, {'b'}}, {4, 1, {'x'}}, {2, 2, {'c'}}}), Reason::none);
  EXPECT_EQ(client.firsts(), "x");
  EXPECT_GT(client.lanes.held_bytes(), 0u);
  EXPECT_EQ(client.take({{2, 1, {'b'}}, {4, 1, {'x'}}}), Reason::none);
  EXPECT_EQ(client.firsts(), "") << "repeats";
  EXPECT_EQ(client.take({{2, 4, {'e'}}, {2, 0, {'a'}}, {4, 0, {'y'}}}), Reason::none);
  EXPECT_EQ(client.firsts(), "abcy");
  EXPECT_EQ(client.take({{2, 3, {'d'}}}), Reason::none);
  EXPECT_EQ(client.firsts(), "de");
  EXPECT_EQ(client.lanes.held_bytes(), 0u);
}

TEST(Receive_lanes, A_sequenced_lane_drops_the_older_and_the_snapshot_lane_does_not) {
  Receiver server(Side::server);
  server.packet = 10;
  (void)server.take({{0, {}, {'n'}}});
  EXPECT_EQ(server.firsts(), "n");
  server.packet = 8;
  (void)server.take({{0, {}, {'o'}}});
  EXPECT_EQ(server.firsts(), "");
  EXPECT_TRUE(server.news.eliciting);

  Receiver client(Side::client);
  client.packet = 10;
  (void)client.take({{1, {}, {'n'}}});
  client.packet = 8;
  (void)client.take({{1, {}, {'o'}}});
  EXPECT_EQ(client.firsts(), "o") << "its ack says that it was read";
}

TEST(Receive_lanes, Fragments_come_in_any_order_and_repeated) {
  Receiver client(Side::client);
  for (const std::uint8_t index : {2, 0, 2, 3, 0}) {
    EXPECT_EQ(client.take({fragment(5, 7, index, 5, kFragmentBytes)}), Reason::none);
    EXPECT_TRUE(client.messages.empty());
    EXPECT_TRUE(client.news.bulk);
  }
  EXPECT_EQ(client.check({fragment(5, 7, 1, 4)}), Verdict::malformed) << "another count than before";
  EXPECT_EQ(client.take({fragment(5, 7, 4, 5, 3)}), Reason::none);
  EXPECT_EQ(client.take({fragment(5, 7, 1, 5)}), Reason::none);
  ASSERT_EQ(client.messages.size(), 1u);
  ASSERT_EQ(client.messages[0].bytes.size(), 4 * kFragmentBytes + 3);
  for (std::size_t i = 0; i < client.messages[0].bytes.size(); ++i) ASSERT_EQ(client.messages[0].bytes[i], i / kFragmentBytes);
  EXPECT_EQ(client.take({fragment(5, 7, 1, 5)}), Reason::none);
  EXPECT_TRUE(client.messages.empty());
  EXPECT_EQ(client.lanes.held_bytes(), 0u);
}

TEST(Receive_lanes, Two_fragments_of_one_packet_make_a_message) {
  Receiver client(Side::client);
  EXPECT_EQ(client.take({fragment(5, 0, 1, 2, 9), fragment(5, 0, 0, 2)}), Reason::none);
  ASSERT_EQ(client.messages.size(), 1u);
  EXPECT_EQ(client.messages[0].bytes.size(), kFragmentBytes + 9);
}

TEST(Receive_lanes, A_server_holds_16_kB_and_not_a_byte_more) {
  Receiver server(Side::server);
  std::uint16_t id = 0;
  for (; id < 3; ++id) EXPECT_EQ(server.take({fragment(7, id, 0, 4)}), Reason::none);
  EXPECT_EQ(server.lanes.held_bytes(), 3 * 4 * kFragmentBytes);
  EXPECT_EQ(server.take({fragment(7, id, 0, 4)}), Reason::reassembly) << "a fragment claims the room of its whole message";
  EXPECT_EQ(server.lanes.held_bytes(), 3 * 4 * kFragmentBytes);
}

TEST(Receive_lanes, Ten_seconds_without_a_new_fragment_are_noticed_and_waiting_in_line_is_not) {
  Receiver server(Side::server);
  (void)server.take({fragment(7, 0, 0, 3)}, 1'000'000);
  (void)server.take({{7, 1, {'w'}}}, 1'000'000);
  (void)server.take({fragment(7, 0, 1, 3)}, 5'000'000);
  (void)server.take({fragment(7, 0, 1, 3)}, 9'000'000);  // a repeat is no progress
  EXPECT_FALSE(server.lanes.stuck(14'999'999));
  EXPECT_TRUE(server.lanes.stuck(15'000'000));
  (void)server.take({fragment(7, 0, 2, 3, 1)}, 15'000'000);
  ASSERT_EQ(server.messages.size(), 2u);
  EXPECT_FALSE(server.lanes.stuck(99'000'000));
  (void)server.take({{7, 3, {'w'}}}, 15'000'000);
  EXPECT_FALSE(server.lanes.stuck(99'000'000));
}

TEST(Receive_lanes, Tell_which_packets_ask_for_an_ack) {
  Receiver server(Side::server);
  (void)server.take({});
  EXPECT_FALSE(server.news.eliciting);
  (void)server.take({{15, {}, {2, 0, 0, 0, 0, 0, 0, 0, 0}}, {15, {}, {3, 32}}, {15, {}, {4}}});
  EXPECT_FALSE(server.news.eliciting);
  EXPECT_TRUE(server.news.pong);
  ASSERT_TRUE(server.news.close);
  EXPECT_EQ(server.news.close->reason, Reason::bye);
  (void)server.take({{15, {}, kPing}});
  EXPECT_TRUE(server.news.eliciting);
  EXPECT_TRUE(server.news.ping);
  (void)server.take({{0, {}, {1}}});
  EXPECT_TRUE(server.news.eliciting);
  EXPECT_FALSE(server.news.bulk);
}

// The store against plain vectors: nothing moves under anybody, the bound holds, nothing leaks.
TEST(Held_messages, Keep_their_bytes_while_others_come_and_go) {
  SeededChance chance(9);
  HeldMessages held(20'000);
  struct Message {
    std::uint32_t handle;
    Octets bytes;
    std::size_t reserved;
    std::uint8_t count, next;
  };
  std::vector<Message> alive;
  std::size_t used = 0, refused = 0;
  for (int i = 0; i < 50'000; ++i) {
    if (chance.below(2) == 0) {
      Octets bytes(1 + chance.below(chance.below(4) == 0 ? 4'000 : 100));
      chance.fill(bytes);
      const std::uint8_t count = fragment_count(bytes.size());
      const std::size_t reserved = held_size(bytes.size());
      const auto handle = held.begin(count, bytes.size(), 0);
      ASSERT_EQ(handle.has_value(), used + reserved <= 20'000);
      if (!handle) {
        ++refused;
        continue;
      }
      used += reserved;
      alive.push_back({*handle, bytes, reserved, count, 0});
    } else if (!alive.empty()) {
      const std::size_t at = chance.below(alive.size());
      Message& m = alive[at];
      if (m.next < m.count) {
        const bool whole =
            held.add(m.handle, m.next, Bytes(m.bytes).subspan(fragment_offset(m.next), fragment_size(m.bytes.size(), m.next)), 0);
        ASSERT_EQ(whole, ++m.next == m.count);
        continue;
      }
      const Bytes out = held.whole(m.handle);
      ASSERT_EQ(Octets(out.begin(), out.end()), m.bytes);
      held.drop(m.handle);
      used -= m.reserved;
      alive.erase(alive.begin() + static_cast<std::ptrdiff_t>(at));
    }
    ASSERT_EQ(held.used_bytes(), used);
  }
  EXPECT_GT(refused, 100u);
}

TEST(Held_messages, Empty_ones_that_come_and_go_leave_nothing_behind) {
  HeldMessages held(20'000);
  const auto stays = held.begin(2, 0, 0);  // else the store would be emptied with each
  ASSERT_TRUE(stays);
  for (int i = 0; i < 100'000; ++i) {
    const auto empty = held.begin(1, 0, 0);
    ASSERT_TRUE(empty);
    ASSERT_TRUE(held.add(*empty, 0, {}, 0));
    ASSERT_TRUE(held.whole(*empty).empty());
    held.drop(*empty);
  }
  EXPECT_LE(held.places(), 1'024u);
  EXPECT_EQ(held.used_bytes(), 2 * kFragmentBytes);
}

}  // namespace
}  // namespace meridian
