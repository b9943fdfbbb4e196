#include "netchannel/snapshot/snapshot_codec.hpp"

#include <algorithm>
#include <array>
#include <gtest/gtest.h>
#include <string>

#include "netchannel/snapshot/snapshot_form1.hpp"

namespace meridian {
namespace {

using Packet = std::vector<std::uint8_t>;

VisibleEntity entity(std::uint64_t id, std::int32_t x_q8 = 1600, std::int32_t y_q8 = -3200) {
  return {.id = {id}, .kind = EntityKind::player, .look = {7}, .x_q8 = x_q8, .y_q8 = y_q8, .heading = 64, .speed = 0};
}

// A viewer's two ends, with every packet in the test's hands.
struct Link {
  SnapshotEncoder encoder;
  SnapshotDecoder decoder;
  Tick tick{1'000};
  std::uint32_t id = 0;

  // The packet of the next tick; its id is `id`.
  Packet send(const std::vector<VisibleEntity>& nearest, std::size_t room_bytes = kMaxSnapshotBytes, const SnapshotHead& head = {}) {
    ++tick;
    ++id;
    Packet room(room_bytes, 0xEE);
    room.resize(encoder.encode(id, tick, head, nearest, room));
    return room;
  }
  Packet send_acked(const std::vector<VisibleEntity>& nearest) {
    const Packet packet = send(nearest);
    read(packet);
    encoder.fate(id, true);
    return packet;
  }
  SnapshotUpdate read(const Packet& packet) {
    SnapshotUpdate update;
    const auto done = decoder.read(packet, tick, update);
    EXPECT_TRUE(done.has_value());
    return update;
  }
};

std::vector<std::uint64_t> ids(const SnapshotUpdate& update) {
  std::vector<std::uint64_t> out;
  for (const EntityUpdate& e : update.entities) out.push_back(e.id.bits);
  return out;
}
std::vector<std::uint64_t> left(const SnapshotUpdate& update) {
  std::vector<std::uint64_t> out;
  for (const EntityId id : update.left) out.push_back(id.bits);
  return out;
}
using Ids = std::vector<std::uint64_t>;

TEST(Snapshot, The_head_arrives_as_it_was_given) {
  Link link;
  SnapshotHead head{.own_match = true, .own_full = {}, .input_age = 3, .cause_age = 62, .margin_sixteenths = -128};
  SnapshotUpdate update = link.read(link.send({}, kMaxSnapshotBytes, head));
  EXPECT_EQ(update.tick, link.tick);
  EXPECT_EQ(update.head.tick_low, link.tick.value);
  EXPECT_TRUE(update.head.own_match);
  EXPECT_FALSE(update.head.own_full.has_value());
  EXPECT_EQ(update.head.input_age, 3);
  EXPECT_EQ(update.head.cause_age, 62);
  EXPECT_EQ(update.head.margin_sixteenths, -128);

  head = {
      .own_full = BodyState{.x_q8 = -77, .y_q8 = 1 << 30, .layer = 1, .heading = 200, .speed = 64, .push_ticks = 3, .cooldown_ticks = 10},
      .margin_sixteenths = 127};
  update = link.read(link.send({}, kMaxSnapshotBytes, head));
  EXPECT_EQ(update.head.own_full, head.own_full);
  EXPECT_FALSE(update.head.own_match);
  EXPECT_EQ(update.head.margin_sixteenths, 127);
}

TEST(Snapshot, Says_who_where_and_how_on_the_grid_of_a_sixteenth) {
  struct Case {
    std::int32_t q8, read_q8;
  };
  const Case cases[] = {{0, 0}, {7, 0}, {8, 16}, {-8, 0}, {-9, -16}, {160, 160}, {INT32_MIN, INT32_MIN}, {INT32_MAX, INT32_MAX - 15}};
  for (const Case& c : cases) {
    Link link;
    VisibleEntity e = entity(0xFFFF'0000'1234'5678, c.q8, 4096);
    e.kind = EntityKind::item;
    e.look.appearance = 65'535;
    const SnapshotUpdate update = link.read(link.send({e}));
    ASSERT_EQ(update.entities.size(), 1u);
    const EntityUpdate& read = update.entities[0];
    EXPECT_EQ(read.id, e.id);
    EXPECT_EQ(read.kind, EntityKind::item);
    EXPECT_EQ(read.look, e.look);
    EXPECT_TRUE(read.entered);
    EXPECT_EQ(read.x_q8, c.read_q8) << c.q8;
    EXPECT_EQ(read.y_q8, 4096);
  }
}

TEST(Snapshot, Every_heading_and_speed_survives) {
  Link link;
  for (int value = 0; value < 256; ++value) {
    VisibleEntity a = entity(1), b = entity(2);
    a.heading = b.speed = static_cast<std::uint8_t>(value);
    a.x_q8 += 16 * value;  // always something to say
    const SnapshotUpdate update = link.read(link.send({a, b}));
    ASSERT_EQ(update.entities.size(), 2u);
    EXPECT_EQ(update.entities[0].heading, value);
    EXPECT_EQ(update.entities[1].speed, value);
  }
}

TEST(Snapshot, Entities_at_both_ends_of_the_world_share_a_packet) {
  Link link;
  const SnapshotUpdate update = link.read(link.send({entity(1, INT32_MIN, INT32_MAX), entity(2, INT32_MAX, INT32_MIN)}));
  ASSERT_EQ(update.entities.size(), 2u);
  EXPECT_EQ(update.entities[0].x_q8, INT32_MIN);
  EXPECT_EQ(update.entities[1].y_q8, INT32_MIN);
}

TEST(Snapshot, What_stands_costs_nothing_once_it_is_acked) {
  Link link;
  const std::size_t empty = link.send({}).size();
  EXPECT_EQ(empty, 6u);
  const std::vector<VisibleEntity> two = {entity(1), entity(2)};
  EXPECT_GT(link.send(two).size(), empty);
  EXPECT_GT(link.send(two).size(), empty) << "nothing acked yet";
  link.encoder.fate(link.id, true);
  EXPECT_EQ(link.send(two).size(), empty);
}

TEST(Snapshot, The_identity_rides_until_a_packet_with_it_is_acked) {
  Link link;
  VisibleEntity e = entity(1);
  const Packet with = link.send({e});
  e.x_q8 += 100;
  EXPECT_EQ(link.send({e}).size(), with.size());
  link.encoder.fate(link.id, false);
  e.x_q8 += 100;
  EXPECT_EQ(link.read(link.send({e})).entities.size(), 1u);
  link.encoder.fate(link.id, true);
  e.x_q8 += 100;
  const Packet without = link.send({e});
  EXPECT_LE(without.size() + 10, with.size());
  EXPECT_EQ(link.read(without).entities[0].x_q8, (e.x_q8 + 8) / 16 * 16);

  e.look.appearance = 9;  // a new look is a new identity part, not a new entity
  const SnapshotUpdate update = link.read(link.send({e}));
  EXPECT_EQ(update.entities[0].look.appearance, 9);
  EXPECT_FALSE(update.entities[0].entered);
  EXPECT_EQ(link.send({e}).size(), with.size());
}

TEST(Snapshot, What_an_acked_packet_said_of_an_older_place_confirms_nothing) {
  Link link;
  VisibleEntity e = entity(1);
  link.send_acked({e});
  const std::int32_t home = e.x_q8;
  e.x_q8 += 160;
  link.send({e});
  const std::uint32_t away = link.id;
  e.x_q8 = home;  // back where an acked packet had it, but the viewer may have read `away` since
  link.send({e});
  link.encoder.fate(away, true);
  EXPECT_EQ(link.read(link.send({e})).entities.size(), 1u);
}

TEST(Snapshot, An_older_packet_does_not_overwrite_what_a_newer_one_said) {
  Link link;
  VisibleEntity e = entity(1, 0);
  link.send_acked({e});
  e.x_q8 = 160;
  const Packet older = link.send({e});
  e.x_q8 = 320;
  e.look.appearance = 8;
  EXPECT_EQ(link.read(link.send({e})).entities[0].x_q8, 320);
  const SnapshotUpdate late = link.read(older);
  EXPECT_EQ(late.tick, link.tick - 1);
  EXPECT_TRUE(late.entities.empty());
}

TEST(Snapshot, A_leave_repeats_until_a_packet_holding_it_is_acked) {
  Link link;
  link.send_acked({entity(1), entity(2)});
  const Packet lost = link.send({entity(2)});
  EXPECT_EQ(lost.size(), 7u);
  link.encoder.fate(link.id, false);
  const Packet told = link.send({entity(2)});
  EXPECT_EQ(left(link.read(told)), Ids{1});
  EXPECT_TRUE(left(link.read(link.send({entity(2)}))).empty()) << "said again, already known";
  link.encoder.fate(link.id, true);
  EXPECT_EQ(link.send({entity(2)}).size(), 6u);
}

TEST(Snapshot, A_slot_goes_to_nobody_else_before_its_leave_is_acked) {
  Link link;
  std::vector<VisibleEntity> crowd;
  for (std::uint64_t i = 1; i <= kMaxSlots; ++i) crowd.push_back(entity(i));
  link.send_acked(crowd);
  link.send_acked(crowd);
  std::vector<VisibleEntity> others;
  for (std::uint64_t i = 101; i <= 100 + kMaxSlots; ++i) others.push_back(entity(i));
  const SnapshotUpdate leaving = link.read(link.send(others));
  EXPECT_EQ(leaving.left.size(), kMaxSlots);
  EXPECT_TRUE(leaving.entities.empty());
  link.encoder.fate(link.id, true);
  link.send(others);
  EXPECT_GT(link.read(link.send(others)).entities.size(), 40u) << "as many as 1,100 B hold";
}

TEST(Snapshot, Of_a_longer_list_the_nearest_64_are_told) {
  Link link;
  std::vector<VisibleEntity> crowd;
  for (std::uint64_t i = 1; i <= 80; ++i) crowd.push_back(entity(i));
  link.send_acked(crowd);
  link.send_acked(crowd);
  std::ranges::rotate(crowd, crowd.begin() + 16);  // 1 to 16 are the farthest now
  EXPECT_EQ(link.read(link.send(crowd)).left.size(), 16u);
  link.encoder.fate(link.id, true);
  EXPECT_EQ(link.read(link.send(crowd)).entities.size(), 16u);
}

TEST(Snapshot, A_late_enter_after_the_leave_brings_nobody_back) {
  Link link;
  const Packet enter = link.send({entity(1)});
  const Packet leave = link.send({});
  EXPECT_TRUE(link.read(leave).left.empty()) << "never heard of, nobody left";
  EXPECT_TRUE(link.read(enter).entities.empty());
  // Its slot's next tenant is not mistaken for it.
  link.encoder.fate(link.id, true);
  EXPECT_EQ(ids(link.read(link.send({entity(2)}))), Ids{2});
  EXPECT_TRUE(link.read(enter).entities.empty());
}

TEST(Snapshot, A_late_record_of_a_slots_last_tenant_is_not_given_to_the_present_one) {
  Link link;
  link.send_acked({entity(1)});
  const Packet late = link.send({entity(1, 9'600)});  // a plain record: only slot and place
  link.send_acked({});                                // the leave
  link.send_acked({entity(2, 160)});
  const SnapshotUpdate update = link.read(late);
  EXPECT_TRUE(update.entities.empty());
  EXPECT_TRUE(update.left.empty());
  EXPECT_EQ(link.read(link.send({entity(2, 320)})).entities[0].x_q8, 320);
}

TEST(Snapshot, Who_comes_back_before_the_leave_is_confirmed_is_told_from_the_start) {
  struct Case {
    const char* what;
    bool leave_arrives, late;
  };
  for (const Case& c :
       {Case{"leave lost", false, false}, Case{"leave read", true, false}, Case{"leave read after the return", true, true}}) {
    Link link;
    link.send_acked({entity(1)});
    const Packet leave = link.send({});
    if (c.leave_arrives && !c.late) {
      EXPECT_EQ(left(link.read(leave)), Ids{1}) << c.what;
    }
    const SnapshotUpdate back = link.read(link.send({entity(1, 800)}));
    ASSERT_EQ(ids(back), Ids{1}) << c.what;
    EXPECT_EQ(back.entities[0].entered, c.leave_arrives && !c.late) << c.what;
    EXPECT_EQ(back.entities[0].x_q8, 800);
    if (c.late) {
      EXPECT_TRUE(left(link.read(leave)).empty()) << c.what;
    }
    link.encoder.fate(link.id, true);
    EXPECT_EQ(ids(link.read(link.send({entity(1, 960)}))), Ids{1}) << c.what;
  }
}

TEST(Snapshot, An_old_leaves_ack_does_not_confirm_a_new_leave) {
  Link link;
  link.send_acked({entity(1)});
  link.send({});
  const std::uint32_t first_leave = link.id;
  link.send({entity(1)});
  const Packet second = link.send({});
  link.encoder.fate(first_leave, true);
  EXPECT_EQ(link.send({}).size(), second.size()) << "still being said";
}

TEST(Snapshot, More_than_fifteen_leave_at_once) {
  for (const std::size_t count : {14u, 15u, 16u, 30u, 31u, 64u}) {
    Link link;
    std::vector<VisibleEntity> crowd;
    for (std::uint64_t i = 1; i <= count; ++i) crowd.push_back(entity(i));
    link.send_acked(crowd);
    link.send_acked(crowd);
    EXPECT_EQ(link.read(link.send({})).left.size(), count);
  }
}

TEST(Snapshot, Never_writes_more_than_its_room_and_nothing_where_the_head_does_not_fit) {
  const SnapshotHead full{.own_full = BodyState{}};
  std::vector<VisibleEntity> crowd;
  for (std::uint64_t i = 1; i <= 60; ++i) crowd.push_back(entity(i, static_cast<std::int32_t>(i * 977)));
  for (std::size_t room = 0; room <= 300; ++room) {
    for (const bool own : {false, true}) {
      Link link;
      std::vector<VisibleEntity> half(crowd.begin(), crowd.begin() + 30);
      link.send_acked(half);
      const Packet packet = link.send(std::vector<VisibleEntity>(crowd.begin() + 15, crowd.end()), room, own ? full : SnapshotHead{});
      EXPECT_LE(packet.size(), room);
      EXPECT_EQ(packet.empty(), room < (own ? 18u : 6u)) << room;
      if (!packet.empty()) link.read(packet);
    }
  }
}

TEST(Snapshot, In_little_room_the_nearest_come_oftenest_and_nobody_waits_for_ever) {
  Link link;
  constexpr int kCount = 48, kTicks = 600;
  std::array<int, kCount + 1> told{}, last{}, longest{};
  for (int t = 1; t <= kTicks; ++t) {
    std::vector<VisibleEntity> crowd;
    for (std::uint64_t i = 1; i <= kCount; ++i) crowd.push_back(entity(i, static_cast<std::int32_t>(i * 256), t * 77));
    const SnapshotUpdate update = link.read(link.send(crowd, 60));
    link.encoder.fate(link.id, true);
    for (const EntityUpdate& e : update.entities) {
      ++told[e.id.bits];
      longest[e.id.bits] = std::max(longest[e.id.bits], t - last[e.id.bits]);
      last[e.id.bits] = t;
    }
  }
  // 60 B hold 9 records: ranks 1-16 weigh 16, 17-32 weigh 8, the rest 4. Longest wait = sum of weights / (least weight x records).
  for (std::uint64_t i = 1; i <= kCount; ++i) EXPECT_LE(longest[i], (16 * 16 + 16 * 8 + 16 * 4) / (4 * 9) + 16) << i;
  EXPECT_GT(told[1], 3 * told[kCount]);
  EXPECT_GT(told[20], 3 * told[kCount] / 2);
}

TEST(Snapshot, A_record_too_great_for_the_room_lets_a_smaller_one_pass) {
  Link link;
  link.send_acked({entity(2)});
  const SnapshotUpdate update = link.read(link.send({entity(1), entity(2, 3200)}, 20));  // 1 is nearer, but its identity needs 11 B more
  EXPECT_EQ(ids(update), Ids{2});
}

TEST(Snapshot, Four_returns_unheard_do_not_confuse_a_late_packet_of_one_of_them) {
  Link link;
  link.send_acked({entity(1, 0)});
  std::vector<Packet> stays;
  for (int i = 1; i <= 4; ++i) {
    link.send({});
    stays.push_back(link.send({entity(1, i * 160)}));
  }
  EXPECT_EQ(link.read(stays[3]).entities[0].x_q8, 640);  // under the same two bits as the first stay
  for (const int i : {1, 0, 2}) EXPECT_TRUE(link.read(stays[static_cast<std::size_t>(i)]).entities.empty()) << i;
  EXPECT_EQ(link.read(link.send({entity(1, 800)})).entities[0].x_q8, 800);
}

// ---- refusals

struct Bits {
  Packet bytes = Packet(kMaxSnapshotBytes);
  BitWriter out{bytes};
  Bits& put(std::uint64_t value, unsigned bits) {
    out.put(value, bits);
    return *this;
  }
  // tick, then nothing to report; no leaves unless the case says otherwise.
  static Bits head(std::uint16_t tick, std::uint8_t flags = 0) {
    Bits b;
    b.put(tick, 16).put(flags, 8).put(0, 6).put(63, 6).put(0, 8);
    return b;
  }
  Bits& anchor(unsigned width = 0) { return put(0, 28).put(0, 28).put(width, 5); }
  Bits& identity(std::uint64_t id, unsigned generation = 1, unsigned kind = 1) {
    return put(1, 1).put(generation, 2).put(id, 64).put(kind, 6).put(7, 16);
  }
  Bits& standing() { return put(1, 4).put(0, 2); }
  Packet done() {
    Packet cut(out.written().begin(), out.written().end());
    return cut;
  }
};

struct RefusalCase {
  const char* what;
  Packet packet;
  WireError error;
};

std::vector<RefusalCase> refusal_cases() {
  const auto head = [](std::uint8_t flags = 0) { return Bits::head(1'010, flags); };
  Packet wide(kMaxSnapshotBytes + 1);
  std::ranges::copy(head().put(0, 4).done(), wide.begin());
  const Packet enter = head().put(0, 4).anchor().put(0, 1).identity(5).standing().done();
  return {
      {"nothing", {}, WireError::truncated},
      {"half a head", Packet(5), WireError::truncated},
      {"flag far", head(4).put(0, 4).done(), WireError::out_of_range},
      {"a flag nobody knows", head(128).put(0, 4).done(), WireError::out_of_range},
      {"own state cut off", head(2).put(0, 4).done(), WireError::truncated},
      {"own state on layer 3", head(2).put(0, 64).put(3, 32).put(0, 4).done(), WireError::out_of_range},
      {"leaves cut off", head().put(2, 4).put(5, 8).done(), WireError::truncated},
      {"leave of slot 64", head().put(1, 4).put(64, 8).done(), WireError::out_of_range},
      {"leaves not rising", head().put(2, 4).put(5, 8).put(5, 8).done(), WireError::out_of_range},
      {"anchor cut off", head().put(0, 4).put(1, 28).done(), WireError::truncated},
      {"an anchor for nothing", head().put(0, 4).anchor().done(), WireError::malformed},
      {"width 29", head().put(0, 4).put(0, 56).put(29, 5).put(0, 1).identity(5).put(0, 58).standing().done(), WireError::out_of_range},
      {"record cut off", Packet(enter.begin(), enter.end() - 2), WireError::truncated},
      {"two bytes behind: a record of a slot that nobody introduced",
       [&] {
         Packet p = enter;
         p.resize(p.size() + 2);
         return p;
       }(),
       WireError::malformed},
      {"fill bits set", head().put(0, 4).anchor().put(0, 1).identity(5).standing().put(1, 1).done(), WireError::out_of_range},
      {"slot 64", head().put(0, 4).anchor().put(0b11111111, 8).identity(5).standing().put(0, 1).identity(6).standing().done(),
       WireError::out_of_range},
      {"entity 0", head().put(0, 4).anchor().put(0, 1).identity(0).standing().done(), WireError::out_of_range},
      {"kind 0", head().put(0, 4).anchor().put(0, 1).identity(5, 1, 0).standing().done(), WireError::out_of_range},
      {"kind 4", head().put(0, 4).anchor().put(0, 1).identity(5, 1, 4).standing().done(), WireError::out_of_range},
      {"x beyond the world", head().put(0, 4).put((1 << 27) - 1, 28).put(0, 28).put(1, 5).put(0, 1).identity(5).put(1, 2).standing().done(),
       WireError::out_of_range},
      {"a slot that nobody introduced", head().put(0, 4).anchor().put(0b0101, 4).put(0, 1).put(0, 2).standing().done(),
       WireError::malformed},
      {"another generation than the one introduced", head().put(0, 4).anchor().put(0, 1).put(0, 1).put(2, 2).standing().done(),
       WireError::malformed},
      {"a slot that leaves and speaks", head().put(1, 4).put(0, 8).anchor().put(0, 1).put(0, 1).put(1, 2).standing().done(),
       WireError::malformed},
      {"an entity that is in another slot", head().put(0, 4).anchor().put(0b0001, 4).identity(99).standing().done(), WireError::malformed},
      {"an entity in two slots of the packet",
       head().put(0, 4).anchor().put(0b0001, 4).identity(5).standing().put(0, 1).identity(5).standing().done(), WireError::malformed},
      {"longer than any snapshot", wide, WireError::out_of_range},
  };
}

TEST(Snapshot, What_is_refused_changes_nothing) {
  for (const RefusalCase& c : refusal_cases()) {
    SnapshotDecoder decoder;
    SnapshotUpdate update;
    // Entity 99 stands in slot 0, generation 1, since tick 1,000.
    ASSERT_TRUE(
        decoder.read(Bits::head(1'000).put(0, 4).anchor().put(0, 1).identity(99).standing().done(), Tick{1'000}, update).has_value());
    update = {};
    update.left.push_back({4711});
    const auto refused = decoder.read(c.packet, Tick{1'000}, update);
    ASSERT_FALSE(refused.has_value()) << c.what;
    EXPECT_EQ(refused.error(), c.error) << c.what;
    EXPECT_EQ(left(update), Ids{4711}) << c.what;
    EXPECT_TRUE(update.entities.empty()) << c.what;
    // 99 is still where it was, and slot 1 still free.
    const Packet next =
        Bits::head(1'005).put(0, 4).anchor().put(0, 1).put(0, 1).put(1, 2).standing().put(0, 1).identity(5).standing().done();
    ASSERT_TRUE(decoder.read(next, Tick{1'000}, update).has_value()) << c.what;
    EXPECT_EQ(ids(update), (Ids{99, 5})) << c.what;
    EXPECT_FALSE(update.entities[0].entered) << c.what;
    EXPECT_TRUE(update.entities[1].entered) << c.what;
  }
}

TEST(Snapshot, A_new_tenant_ends_the_stay_of_one_whose_leave_never_came) {
  SnapshotDecoder decoder;
  SnapshotUpdate update;
  ASSERT_TRUE(decoder.read(Bits::head(1'000).put(0, 4).anchor().put(0, 1).identity(99).standing().done(), Tick{1'000}, update).has_value());
  ASSERT_TRUE(
      decoder.read(Bits::head(1'001).put(0, 4).anchor().put(0, 1).identity(5, 2).standing().done(), Tick{1'000}, update).has_value());
  EXPECT_EQ(left(update), Ids{99});
  EXPECT_EQ(ids(update), Ids{5});
  EXPECT_TRUE(update.entities[0].entered);
}

TEST(Snapshot, Ticks_are_told_by_their_low_bits_across_the_wrap) {
  SnapshotDecoder decoder;
  SnapshotUpdate update;
  ASSERT_TRUE(decoder.read(Bits::head(0xFFFF).put(0, 4).done(), Tick{0x2'0001}, update).has_value());
  EXPECT_EQ(update.tick, Tick{0x1'FFFF});
  ASSERT_TRUE(decoder.read(Bits::head(3).put(0, 4).done(), Tick{0x1'FFFF}, update).has_value());
  EXPECT_EQ(update.tick, Tick{0x2'0003});
}

}  // namespace
}  // namespace meridian
