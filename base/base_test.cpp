#include <array>
#include <gtest/gtest.h>
#include <thread>
#include <vector>

#include "base/bits.hpp"
#include "base/bytes.hpp"
#include "base/chance.hpp"
#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/ids.hpp"
#include "base/siphash.hpp"
#include "base/spsc_queue.hpp"
#include "base/stamp.hpp"
#include "base/tick.hpp"

namespace meridian {
namespace {

TEST(Ids, An_entity_id_keeps_its_issuer_and_its_counter) {
  const EntityId id = EntityId::make(NodeId{1023}, (std::uint64_t{1} << 54) - 1);
  EXPECT_EQ(id.issuer().value, 1023);
  EXPECT_EQ(id.counter(), (std::uint64_t{1} << 54) - 1);
  EXPECT_EQ(EntityId::make(NodeId{1}, 7).counter(), 7u);
}

TEST(Stamp, Orders_by_time_then_counter_then_node) {
  EXPECT_LT(Stamp::make(10, 4095, NodeId{1023}), Stamp::make(11, 0, NodeId{1}));
  EXPECT_LT(Stamp::make(10, 1, NodeId{1023}), Stamp::make(10, 2, NodeId{1}));
  EXPECT_LT(Stamp::make(10, 1, NodeId{1}), Stamp::make(10, 1, NodeId{2}));
  const Stamp stamp = Stamp::make((std::uint64_t{1} << 42) - 1, 77, NodeId{5});
  EXPECT_EQ(stamp.ms_since_2024(), (std::uint64_t{1} << 42) - 1);
  EXPECT_EQ(stamp.counter(), 77);
  EXPECT_EQ(stamp.node().value, 5);
}

TEST(Tick, The_nearest_tick_with_these_low_bits_is_found_on_both_sides) {
  EXPECT_EQ(nearest_tick(Tick{0x1FFFF}, 0x0002).value, 0x20002u);
  EXPECT_EQ(nearest_tick(Tick{0x20002}, 0xFFFF).value, 0x1FFFFu);
  EXPECT_EQ(nearest_tick(Tick{100}, 100).value, 100u);
  EXPECT_EQ(Tick{3} - Tick{5}, -2);
}

TEST(Bytes, What_is_written_is_read_and_the_end_latches) {
  std::array<std::uint8_t, 32> room{};
  ByteWriter out(room);
  out.u8(1);
  out.u16(0x0203);
  out.u32(0x04050607);
  out.u64(0x08090A0B0C0D0E0Full);
  out.u16_be(0x1112);
  out.varint2(127);
  out.varint2(128);
  out.varint2(16'383);
  EXPECT_FALSE(out.full());
  EXPECT_EQ(room[1], 0x03);  // little-endian
  ByteReader in(out.written());
  EXPECT_EQ(in.u8(), 1);
  EXPECT_EQ(in.u16(), 0x0203);
  EXPECT_EQ(in.u32(), 0x04050607u);
  EXPECT_EQ(in.u64(), 0x08090A0B0C0D0E0Full);
  EXPECT_EQ(in.u16_be(), 0x1112);
  EXPECT_EQ(in.varint2(), 127);
  EXPECT_EQ(in.varint2(), 128);
  EXPECT_EQ(in.varint2(), 16'383);
  EXPECT_TRUE(in.done());
  EXPECT_EQ(in.u8(), 0);
  EXPECT_TRUE(in.failed());
  ByteWriter small(MutableBytes(room).first(3));
  small.u32(1);
  EXPECT_TRUE(small.full());
  EXPECT_EQ(small.size(), 0u);
}

TEST(Bytes, An_overlong_or_endless_varint_fails) {
  for (const std::vector<std::uint8_t>& bad : {std::vector<std::uint8_t>{0x80, 0x00}, {0x80, 0x80}, {0xFF}}) {
    ByteReader in(bad);
    in.varint2();
    EXPECT_TRUE(in.failed());
  }
}

TEST(Bits, Random_widths_round_trip) {
  SeededChance chance(1);
  for (int run = 0; run < 200; ++run) {
    std::array<std::uint8_t, 600> room;
    room.fill(0xAA);
    BitWriter out(room);
    std::vector<std::pair<std::uint64_t, unsigned>> wrote;
    for (int i = 0; i < 60; ++i) {
      const auto bits = static_cast<unsigned>(chance.below(65));
      const std::uint64_t value = bits == 64 ? chance.next_u64() : chance.next_u64() & ((std::uint64_t{1} << bits) - 1);
      out.put(value, bits);
      wrote.emplace_back(value, bits);
    }
    ASSERT_FALSE(out.full());
    BitReader in(out.written());
    for (const auto& [value, bits] : wrote) ASSERT_EQ(in.get(bits), value);
    EXPECT_FALSE(in.failed());
    EXPECT_LT(in.bits_left(), 8u);
  }
}

TEST(Bits, Rewind_drops_a_record_and_leaves_no_trace_of_it) {
  std::array<std::uint8_t, 2> room{};
  BitWriter out(room);
  out.put(0b101, 3);
  const std::size_t mark = out.bit_count();
  out.put(0x1FFF, 13);
  EXPECT_FALSE(out.full());
  out.put(1, 1);
  EXPECT_TRUE(out.full());
  out.rewind(mark);
  out.put(0, 5);
  EXPECT_EQ(out.size_bytes(), 1u);
  EXPECT_EQ(room[0], 0b101);
  BitReader in(out.written());
  EXPECT_EQ(in.get(3), 0b101u);
  in.get(6);
  EXPECT_TRUE(in.failed());
}

TEST(Bits, Signed_values_keep_their_sign) {
  std::array<std::uint8_t, 16> room{};
  BitWriter out(room);
  out.put_signed(-1, 5);
  out.put_signed(-16, 5);
  out.put_signed(15, 5);
  BitReader in(out.written());
  EXPECT_EQ(in.get_signed(5), -1);
  EXPECT_EQ(in.get_signed(5), -16);
  EXPECT_EQ(in.get_signed(5), 15);
}

TEST(SipHash, Gives_the_reference_vectors) {
  // Key 00..0f, inputs 00..(n-1): the first, ninth and last rows of vectors_sip64 in the authors' reference.
  std::array<std::uint8_t, 64> input{};
  for (std::size_t i = 0; i < input.size(); ++i) input[i] = static_cast<std::uint8_t>(i);
  const std::uint64_t key0 = 0x0706050403020100u, key1 = 0x0f0e0d0c0b0a0908u;
  EXPECT_EQ(siphash24(Bytes(input).first(0), key0, key1), 0x726fdb47dd0e0e31u);
  EXPECT_EQ(siphash24(Bytes(input).first(8), key0, key1), 0x93f5f5799a932462u);
  EXPECT_EQ(siphash24(Bytes(input).first(15), key0, key1), 0xa129ca6149be45e5u);
}

TEST(Chance, The_same_seed_gives_the_same_stream_and_below_stays_below) {
  SeededChance a(42), b(42);
  for (int i = 0; i < 100; ++i) ASSERT_EQ(a.next_u64(), b.next_u64());
  bool seen[7] = {};
  for (int i = 0; i < 1000; ++i) {
    const std::uint64_t n = a.below(7);
    ASSERT_LT(n, 7u);
    seen[n] = true;
  }
  for (bool s : seen) EXPECT_TRUE(s);
}

TEST(Clock, The_monotonic_reading_never_goes_back) {
  const Now first = system_now();
  const Now second = system_now();
  EXPECT_GE(second.mono_us, first.mono_us);
  EXPECT_GT(first.wall_ms, 1'700'000'000'000);
}

TEST(SpscQueue, Keeps_order_between_two_threads_and_refuses_when_full) {
  SpscQueue<int> queue(4);
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(queue.push(int{i}));
  EXPECT_FALSE(queue.push(9));
  int value = 0;
  for (int i = 0; i < 4; ++i) {
    ASSERT_TRUE(queue.pop(value));
    EXPECT_EQ(value, i);
  }
  EXPECT_FALSE(queue.pop(value));

  std::thread producer([&] {
    for (int i = 0; i < 20'000;)
      if (queue.push(int{i})) ++i;
  });
  int out_of_order = 0;
  for (int expected = 0; expected < 20'000;)
    if (queue.pop(value)) out_of_order += value != expected++ ? 1 : 0;
  producer.join();
  EXPECT_EQ(out_of_order, 0);
}

TEST(Error, Reads_as_one_line) {
  EXPECT_EQ((Error{"cannot bind UDP :7777", "held by pid 812", "Run ./dev down"}).text(),
            "cannot bind UDP :7777: held by pid 812. Run ./dev down");
  EXPECT_EQ((Error{"no answer", "refused", "is it running?"}).text(), "no answer: refused. Is it running?")
      << "a sentence begins with a capital";
  EXPECT_EQ((Error{"no port", "", "net.udp names it"}).text(), "no port. net.udp names it") << "a name stays as it is";
  EXPECT_EQ((Error{"no world", "", "./dev up"}).text(), "no world. ./dev up");
}

TEST(AssertDeathTest, Prints_what_and_where_and_ends_the_process) {
  EXPECT_DEATH(MRD_ASSERT(1 + 1 == 3), "assertion failed: 1 \\+ 1 == 3 .*base_test.cpp");
}

}  // namespace
}  // namespace meridian
