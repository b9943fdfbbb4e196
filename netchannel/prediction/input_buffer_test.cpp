#include "netchannel/prediction/input_buffer.hpp"

#include <algorithm>
#include <gtest/gtest.h>
#include <vector>

namespace meridian {
namespace {

constexpr std::int64_t kTickUs = 50'000;

Input going(std::uint8_t heading, std::uint8_t buttons = 0, std::uint16_t aim = 0) {
  return {.heading = heading, .gait = Gait::run, .buttons = buttons, .aim = aim};
}

// A node at its tick 1,000 (due at 0 us), fed by the test.
struct Node {
  InputBuffer buffer;
  Tick next{1'000};

  // A packet whose newest tick is `newest`; headings are the tick's low byte unless given.
  InputBuffer::Added add(std::uint64_t newest, int count, std::int64_t arrived_us, std::optional<std::uint16_t> hash = {},
                         std::vector<Input> inputs = {}) {
    InputPacket packet{
        .newest_tick_low = static_cast<std::uint16_t>(newest), .count = static_cast<std::uint8_t>(count), .inputs = {}, .own_hash16 = hash};
    for (std::uint64_t i = 0; i < packet.count; ++i)
      packet.inputs[i] = i < inputs.size() ? inputs[i] : going(static_cast<std::uint8_t>(newest - i));
    return buffer.add(packet, next, arrived_us, due_us(next), kTickUs);
  }
  TakenInput take() {
    const Tick tick = next;
    ++next;
    return buffer.take(tick);
  }
  std::optional<int> margin() {
    const auto value = buffer.take_margin();
    return value ? std::optional<int>(value->sixteenths) : std::nullopt;
  }
  static std::int64_t due_us(Tick tick) { return (tick - Tick{1'000}) * kTickUs; }
};

void expect_added(InputBuffer::Added added, int fresh, int late, int refused, const char* what) {
  EXPECT_EQ(added.fresh, fresh) << what;
  EXPECT_EQ(added.late, late) << what;
  EXPECT_EQ(added.refused, refused) << what;
}

TEST(Input_buffer, Files_each_input_under_its_tick_and_counts_copies_once) {
  Node node;
  expect_added(node.add(1'002, 3, -kTickUs), 3, 0, 0, "three in time");
  expect_added(node.add(1'003, 4, -kTickUs), 1, 0, 0, "one new, three copies");
  expect_added(node.add(1'003, 4, -kTickUs), 0, 0, 0, "the same packet again");
  for (std::uint64_t tick = 1'000; tick <= 1'003; ++tick) {
    const TakenInput taken = node.take();
    EXPECT_EQ(taken.input, going(static_cast<std::uint8_t>(tick)));
    EXPECT_FALSE(taken.substituted);
    EXPECT_FALSE(taken.moved);
  }
}

TEST(Input_buffer, The_first_copy_counts_whatever_later_ones_say) {
  Node node;
  node.add(1'000, 1, -kTickUs, {}, {going(1)});
  node.add(1'001, 2, -kTickUs, {}, {going(2), going(99)});
  EXPECT_EQ(node.take().input.heading, 1);
  EXPECT_EQ(node.take().input.heading, 2);
}

TEST(Input_buffer, The_hash_belongs_to_the_newest_tick_even_when_a_copy_of_its_input_came_first) {
  Node node;
  node.add(1'001, 2, -kTickUs, 0xBBBB);
  node.add(1'000, 1, -kTickUs, 0xAAAA);  // overtaken on the way
  EXPECT_EQ(node.take().own_hash16, 0xAAAA);
  EXPECT_EQ(node.take().own_hash16, 0xBBBB);
  EXPECT_EQ(node.take().own_hash16, std::nullopt);
}

TEST(Input_buffer, More_than_16_ticks_ahead_is_refused) {
  Node node;
  expect_added(node.add(1'016, 1, 0), 1, 0, 0, "16 ahead");
  expect_added(node.add(1'017, 1, 0), 0, 0, 1, "17 ahead");
  expect_added(node.add(1'018, 4, 0), 1, 0, 2, "18 and 17 refused, 16 a copy, 15 fresh");
  EXPECT_EQ(node.buffer.input_age(Tick{1'020}), 4);  // refused ticks were never heard
}

TEST(Input_buffer, A_missing_input_is_the_last_one_for_5_ticks_and_then_standing) {
  Node node;
  node.add(1'000, 1, 0, 0x1111, {going(77, kButtonPush, 500)});
  EXPECT_EQ(node.take().input, going(77, kButtonPush, 500));
  for (int i = 0; i < 5; ++i) {
    const TakenInput taken = node.take();
    EXPECT_EQ(taken.input, going(77)) << "repeated without its button";
    EXPECT_TRUE(taken.substituted);
    EXPECT_FALSE(taken.moved);
    EXPECT_EQ(taken.own_hash16, std::nullopt);
  }
  for (int i = 0; i < 40; ++i) {
    const TakenInput taken = node.take();
    EXPECT_EQ(taken.input, (Input{.heading = 77, .gait = Gait::stand, .buttons = 0, .aim = 0}));
    EXPECT_TRUE(taken.substituted);
  }
  node.add(node.next.value, 1, Node::due_us(node.next), {}, {going(5)});
  EXPECT_EQ(node.take().input, going(5));
  EXPECT_EQ(node.take().input, going(5)) << "the count of repeats began anew";
}

TEST(Input_buffer, Before_anything_was_heard_a_body_stands_and_nothing_is_reported) {
  Node node;
  const TakenInput taken = node.take();
  EXPECT_EQ(taken.input, Input{});
  EXPECT_TRUE(taken.substituted);
  EXPECT_EQ(node.margin(), std::nullopt);
  EXPECT_EQ(node.buffer.input_age(Tick{1'000}), 63);
}

TEST(Input_buffer, A_late_input_moves_nobody_but_its_button_moves_to_the_next_tick_once) {
  Node node;
  node.add(999, 1, -kTickUs, {}, {going(1)});  // before the first tick this buffer ran: late, without a button
  node.take();
  node.take();
  expect_added(node.add(1'001, 2, 2 * kTickUs, {}, {going(9, kButtonPush, 300), going(8)}), 0, 2, 0, "both late");
  const TakenInput taken = node.take();
  EXPECT_TRUE(taken.moved);
  EXPECT_TRUE(taken.substituted);
  EXPECT_EQ(taken.input.buttons, kButtonPush);
  EXPECT_EQ(taken.input.aim, 300);
  EXPECT_NE(taken.input.heading, 9) << "the late input's motion";
  expect_added(node.add(1'003, 3, 3 * kTickUs, {}, {going(7), going(6), going(9, kButtonPush, 300)}), 1, 1, 0,
               "its copy, a late one, a fresh one");
  const TakenInput after = node.take();
  EXPECT_FALSE(after.moved);
  EXPECT_EQ(after.input, going(7));
}

TEST(Input_buffer, Of_several_late_buttons_all_are_pressed_and_the_newest_aims) {
  Node node;
  for (int i = 0; i < 4; ++i) node.take();
  node.add(1'004, 5, 4 * kTickUs, {}, {going(1), going(2, 4, 222), going(3), going(4, 2, 111), going(5)});
  const TakenInput taken = node.take();
  EXPECT_EQ(taken.input, going(1, 6, 222));
  EXPECT_TRUE(taken.moved);
}

TEST(Input_buffer, A_late_button_joins_the_next_ticks_own_which_keeps_its_aim) {
  Node node;
  node.take();
  node.add(1'001, 2, kTickUs, {}, {going(1, 1, 111), going(2, 2, 222)});
  EXPECT_EQ(node.take().input, going(1, 3, 111));
}

TEST(Input_buffer, Beyond_15_ticks_late_everything_is_dropped_and_counted_once) {
  Node node;
  for (int i = 0; i < 30; ++i) node.take();
  expect_added(node.add(1'014, 1, 30 * kTickUs, {}, {going(1, kButtonPush)}), 0, 1, 0, "16 late");
  expect_added(node.add(1'014, 1, 30 * kTickUs, {}, {going(1, kButtonPush)}), 0, 0, 0, "again");
  EXPECT_FALSE(node.take().moved);
  expect_added(node.add(1'016, 1, 31 * kTickUs, {}, {going(1, kButtonPush)}), 0, 1, 0, "15 late");
  EXPECT_TRUE(node.take().moved);
  expect_added(node.add(1'032 + 32'767, 1, 0), 0, 0, 1, "as far ahead as 16 bits say");
  expect_added(node.add(1'032 - 32'768, 1, 0), 0, 0, 0, "as far behind: not newer than what came");
}

TEST(Input_buffer, Ages_count_from_the_newest_tick_heard) {
  Node node;
  node.add(1'003, 1, 0);
  struct Case {
    std::uint64_t tick;
    int age;
  };
  for (const Case& c : {Case{1'000, 0}, Case{1'003, 0}, Case{1'004, 1}, Case{1'065, 62}, Case{1'066, 63}, Case{2'000, 63}}) {
    EXPECT_EQ(node.buffer.input_age(Tick{c.tick}), c.age) << c.tick;
  }
}

// The margin of netcode 8.1, in 1/16 tick of 3,125 us.
TEST(Input_margin, Is_the_least_time_that_a_first_copy_came_before_its_tick) {
  Node node;
  node.add(1'000, 1, -25'000);
  node.add(1'001, 2, Node::due_us({1'001}) - 9'375);
  node.add(1'002, 3, Node::due_us({1'002}) - 40'000);
  node.take();
  EXPECT_EQ(node.margin(), 8) << "half a tick early; the later copies do not count";
  node.take();
  node.take();
  EXPECT_EQ(node.margin(), 3) << "the least of 3/16 and 12.8/16";
  EXPECT_EQ(node.margin(), std::nullopt) << "nothing consumed since";
}

TEST(Input_margin, Single_cases) {
  struct Case {
    const char* what;
    std::int64_t early_us;
    int expected;
  };
  const Case cases[] = {
      {"a tick", 50'000, 16},
      {"rounded down", 3'124, 0},
      {"exactly 1/16", 3'125, 1},
      {"read a little after it was due, but in time for its tick", -200, 0},
      {"as much as fits", 10 * kTickUs, 127},
  };
  for (const Case& c : cases) {
    Node node;
    node.add(1'000, 1, -c.early_us);
    node.take();
    EXPECT_EQ(node.margin(), c.expected) << c.what;
  }
}

TEST(Input_margin, A_lost_packet_shows_as_a_tick_less) {
  Node node;
  node.add(1'000, 1, -75'000);
  node.take();
  EXPECT_EQ(node.margin(), 24);
  node.add(1'002, 2, Node::due_us({1'002}) - 75'000);  // 1,001's own packet is lost; its copy rides one tick later
  node.take();
  EXPECT_EQ(node.margin(), 24 - 16);
  node.take();
  EXPECT_EQ(node.margin(), 24);
}

TEST(Input_margin, A_missing_input_counts_a_tick_late) {
  Node node;
  node.add(1'000, 1, -25'000);
  node.take();
  node.take();
  EXPECT_EQ(node.margin(), -16);
  node.take();
  EXPECT_EQ(node.margin(), -16);
}

TEST(Input_margin, Who_is_so_far_ahead_that_all_is_refused_hears_that_his_inputs_are_missing) {
  Node node;
  expect_added(node.add(1'050, 8, 0), 0, 0, 8, "all refused");
  node.take();
  EXPECT_EQ(node.margin(), -16);
  EXPECT_EQ(node.buffer.input_age(Tick{1'000}), 63) << "none was heard";
}

TEST(Input_margin, When_only_late_packets_came_it_is_the_least_lateness_of_their_newest_ticks) {
  Node node;
  node.add(1'000, 1, -25'000);
  node.take();
  node.margin();
  node.take();  // 1,001 missing
  node.add(1'001, 2, Node::due_us({1'001}) + 12'500);
  EXPECT_EQ(node.margin(), -4);
  node.take();  // 1,002 missing
  node.add(1'002, 3, Node::due_us({1'002}) + 1);
  EXPECT_EQ(node.margin(), -1) << "never less late than 1/16";
  node.take();
  node.take();
  node.add(1'003, 4, Node::due_us({1'003}) + 60'000);
  node.add(1'004, 5, Node::due_us({1'004}) + 20'000);
  EXPECT_EQ(node.margin(), -7) << "the least of 19.2 and 6.4, rounded to the later";
  node.take();
  node.add(1'004, 5, Node::due_us({1'004}) + 45'000);
  EXPECT_EQ(node.margin(), -16) << "only a repeat of what was heard: the input of 1,005 is missing";
  node.take();
  node.add(1'006, 6, Node::due_us({1'006}) + 10 * kTickUs);
  EXPECT_EQ(node.margin(), -127) << "clamped, and never the -128 of nothing to report";
}

TEST(Input_margin, A_packet_in_time_beside_a_late_one_leaves_the_missing_tick_to_count) {
  Node node;
  node.add(1'000, 1, -25'000);
  node.take();
  node.margin();
  node.take();
  node.add(1'001, 1, Node::due_us({1'001}) + 12'500);
  node.add(1'002, 2, Node::due_us({1'002}) - 30'000);
  EXPECT_EQ(node.margin(), -16);
  node.take();
  EXPECT_EQ(node.margin(), 9);
}

TEST(Input_margin, An_overtaken_packet_is_not_late_when_a_copy_was_in_time) {
  Node node;
  node.add(1'001, 2, -25'000);
  node.take();
  node.take();
  node.margin();
  node.add(1'001, 1, Node::due_us({1'001}) + 30'000);
  node.add(1'002, 1, Node::due_us({1'002}) - 10'000);
  node.take();
  EXPECT_EQ(node.margin(), 3);
}

}  // namespace
}  // namespace meridian
