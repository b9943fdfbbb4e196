#include "netchannel/connection/used_tokens.hpp"

#include <gtest/gtest.h>
#include <map>

#include "base/chance.hpp"

namespace meridian {
namespace {

TokenId id_of(std::uint64_t n) {
  TokenId id{};
  for (std::size_t i = 0; i < 8; ++i) id[i] = static_cast<std::uint8_t>(n >> (8 * i));
  return id;
}

void sweep_all(UsedTokens& tokens, std::int64_t wall_ms) {
  for (int i = 0; i < 256; ++i) tokens.sweep(wall_ms);
}

TEST(Used_tokens, Holds_a_token_until_its_expiry_and_not_longer) {
  UsedTokens tokens(1, 2);
  tokens.add(id_of(1), 1'000);
  sweep_all(tokens, 999);
  EXPECT_TRUE(tokens.holds(id_of(1)));
  sweep_all(tokens, 1'000);
  EXPECT_FALSE(tokens.holds(id_of(1)));
  EXPECT_EQ(tokens.size(), 0u);
}

TEST(Used_tokens, What_was_forgotten_stays_expired_when_the_wall_clock_jumps_back) {
  UsedTokens tokens(1, 2);
  tokens.add(id_of(1), 31'000);
  EXPECT_FALSE(tokens.expired(31'000, 1'000));
  sweep_all(tokens, 3'600'000);  // an hour ahead
  EXPECT_FALSE(tokens.holds(id_of(1)));
  EXPECT_TRUE(tokens.expired(31'000, 1'000)) << "the clock is right again; the token must not be good again";
  EXPECT_FALSE(tokens.expired(31'001, 1'000)) << "and nobody else pays for it";
}

TEST(Used_tokens, Full_forgets_nobody) {
  UsedTokens tokens(1, 2);
  for (std::uint64_t n = 0; n < UsedTokens::kMax; ++n) {
    ASSERT_FALSE(tokens.full());
    tokens.add(id_of(n), 1'000 + n);
  }
  EXPECT_TRUE(tokens.full());
  for (std::uint64_t n = 0; n < UsedTokens::kMax; ++n) ASSERT_TRUE(tokens.holds(id_of(n)));
  tokens.remove(id_of(7));
  EXPECT_FALSE(tokens.full());
  EXPECT_FALSE(tokens.holds(id_of(7)));
}

TEST(Used_tokens, A_small_table_has_its_own_bound_and_is_swept_as_well) {
  UsedTokens tokens(1, 2, 64);
  for (std::uint64_t n = 0; n < 64; ++n) {
    ASSERT_FALSE(tokens.full());
    tokens.add(id_of(n), 1'000);
  }
  EXPECT_TRUE(tokens.full());
  sweep_all(tokens, 1'000);
  EXPECT_EQ(tokens.size(), 0u);
}

TEST(Used_tokens, Agrees_with_a_plain_map_through_adds_removals_and_expiry) {
  UsedTokens tokens(3, 4);
  std::map<std::uint64_t, std::uint64_t> truth;  // number -> expiry
  SeededChance chance(5);
  std::int64_t wall_ms = 0;
  for (int step = 0; step < 20'000; ++step) {
    const std::uint64_t n = chance.below(3'000);
    if (!truth.contains(n) && chance.below(4) != 0) {
      truth[n] = static_cast<std::uint64_t>(wall_ms) + 1 + chance.below(2'000);
      tokens.add(id_of(n), truth[n]);
    } else if (truth.contains(n) && chance.below(2) == 0) {
      truth.erase(n);
      tokens.remove(id_of(n));
    }
    if (step % 500 == 0) {
      wall_ms += 400;
      sweep_all(tokens, wall_ms);
      std::erase_if(truth, [&](const auto& entry) { return entry.second <= static_cast<std::uint64_t>(wall_ms); });
      for (std::uint64_t m = 0; m < 3'000; ++m) ASSERT_EQ(tokens.holds(id_of(m)), truth.contains(m)) << m << " in step " << step;
    }
    ASSERT_EQ(tokens.size(), truth.size());
  }
}

}  // namespace
}  // namespace meridian
