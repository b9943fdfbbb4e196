#include "world/motion/body.hpp"

#include <gtest/gtest.h>

#include "base/bits.hpp"

namespace meridian {
namespace {

constexpr BodyState kSample{
    .x_q8 = -70'000, .y_q8 = 123'456, .layer = 1, .heading = 200, .speed = 77, .push_ticks = 3, .cooldown_ticks = 9};

TEST(Own_state, Has_the_bits_in_the_documented_order) {
  const OwnStateBytes bytes = pack_own_state(kSample);
  BitReader in(bytes);
  EXPECT_EQ(in.get_signed(32), -70'000);
  EXPECT_EQ(in.get_signed(32), 123'456);
  EXPECT_EQ(in.get(2), 1u);
  EXPECT_EQ(in.get(8), 200u);
  EXPECT_EQ(in.get(8), 77u);
  EXPECT_EQ(in.get(4), 3u);
  EXPECT_EQ(in.get(8), 9u);
  EXPECT_EQ(in.get(2), 0u);
  EXPECT_EQ(in.bits_left(), 0u);
}

TEST(Own_state, Survives_the_round_trip_at_its_extremes) {
  const BodyState cases[] = {
      {},
      kSample,
      {.x_q8 = kFarthest_q8, .y_q8 = -kFarthest_q8, .layer = 2, .heading = 255, .speed = 255, .push_ticks = 15, .cooldown_ticks = 255},
      {.x_q8 = -1, .y_q8 = -kFarthest_q8, .layer = 0},
  };
  for (const BodyState& body : cases) {
    BodyState read;
    EXPECT_TRUE(unpack_own_state(pack_own_state(body), read));
    EXPECT_EQ(read, body);
  }
}

TEST(Own_state, Refuses_what_the_rule_cannot_hold) {
  const auto bent = [](auto bend) {
    BodyState body = kSample;
    OwnStateBytes bytes = pack_own_state(body);
    bend(body, bytes);
    return bytes;
  };
  const std::pair<const char*, OwnStateBytes> cases[] = {
      {"first zero bit set", bent([](BodyState&, OwnStateBytes& bytes) { bytes[11] |= 0x40; })},
      {"second zero bit set", bent([](BodyState&, OwnStateBytes& bytes) { bytes[11] |= 0x80; })},
      {"layer 3", bent([](BodyState& body, OwnStateBytes& bytes) {
         body.layer = 3;
         bytes = pack_own_state(body);
       })},
      {"x beyond the world", bent([](BodyState& body, OwnStateBytes& bytes) {
         body.x_q8 = kFarthest_q8 + 1;
         bytes = pack_own_state(body);
       })},
      {"y beyond the world", bent([](BodyState& body, OwnStateBytes& bytes) {
         body.y_q8 = INT32_MIN;
         bytes = pack_own_state(body);
       })},
  };
  for (const auto& [why, bytes] : cases) {
    BodyState read = kSample;
    read.heading = 1;
    const BodyState before = read;
    EXPECT_FALSE(unpack_own_state(bytes, read)) << why;
    EXPECT_EQ(read, before) << why;
  }
}

TEST(Own_state, Hash_differs_for_each_field_and_is_pinned) {
  const std::uint16_t plain = own_state_hash16(kSample);
  EXPECT_EQ(plain, 29'973);
  const auto with = [](auto change) {
    BodyState body = kSample;
    change(body);
    return own_state_hash16(body);
  };
  EXPECT_NE(plain, with([](BodyState& b) { ++b.x_q8; }));
  EXPECT_NE(plain, with([](BodyState& b) { ++b.y_q8; }));
  EXPECT_NE(plain, with([](BodyState& b) { ++b.layer; }));
  EXPECT_NE(plain, with([](BodyState& b) { ++b.heading; }));
  EXPECT_NE(plain, with([](BodyState& b) { ++b.speed; }));
  EXPECT_NE(plain, with([](BodyState& b) { ++b.push_ticks; }));
  EXPECT_NE(plain, with([](BodyState& b) { ++b.cooldown_ticks; }));
}

}  // namespace
}  // namespace meridian
