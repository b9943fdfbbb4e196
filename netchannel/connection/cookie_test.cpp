#include "netchannel/connection/cookie.hpp"

#include <gtest/gtest.h>

namespace meridian {
namespace {

Now at_s(std::int64_t seconds) { return {.mono_us = seconds * 1'000'000, .wall_ms = 0}; }

TEST(Cookie, Is_good_for_sixteen_seconds_whatever_the_moment_of_its_baking) {
  SeededChance chance(1);
  CookieJar jar(chance);
  const Address peer = *Address::parse("10.0.0.1:4000");
  for (std::int64_t baked = 0; baked < 48; ++baked) {
    const auto cookie = jar.bake(at_s(baked), peer, 7);
    EXPECT_TRUE(jar.good(at_s(baked), peer, 7, cookie)) << baked;
    CookieJar later = jar;  // others bake meanwhile
    for (std::int64_t second = baked; second <= baked + 16; ++second) {
      later.bake(at_s(second), peer, 8);
      EXPECT_TRUE(later.good(at_s(second), peer, 7, cookie)) << baked << " in " << second;
    }
    later.bake(at_s(baked + 17), peer, 8);
    EXPECT_FALSE(later.good(at_s(baked + 17), peer, 7, cookie)) << baked;
    EXPECT_FALSE(later.good(at_s(baked - 1), peer, 7, cookie)) << "from the future";
  }
}

TEST(Cookie, Binds_address_port_random_and_time) {
  SeededChance chance(1);
  CookieJar jar(chance);
  const Address peer = *Address::parse("10.0.0.1:4000");
  const auto cookie = jar.bake(at_s(100), peer, 7);
  EXPECT_FALSE(jar.good(at_s(100), *Address::parse("10.0.0.2:4000"), 7, cookie));
  EXPECT_FALSE(jar.good(at_s(100), *Address::parse("10.0.0.1:4001"), 7, cookie));
  EXPECT_FALSE(jar.good(at_s(100), peer, 8, cookie));
  EXPECT_FALSE(jar.good(at_s(100), peer, 7, {cookie.value, cookie.time_s - 1}));
  for (int bit = 0; bit < 64; ++bit) EXPECT_FALSE(jar.good(at_s(100), peer, 7, {cookie.value ^ (1ull << bit), cookie.time_s}));
  CookieJar other(chance);
  other.bake(at_s(100), peer, 7);
  EXPECT_FALSE(other.good(at_s(100), peer, 7, cookie)) << "of another node";
}

}  // namespace
}  // namespace meridian
