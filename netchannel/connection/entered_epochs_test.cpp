#include "netchannel/connection/entered_epochs.hpp"

#include <gtest/gtest.h>

namespace meridian {
namespace {

TEST(Entered_epochs, Keep_the_greatest_until_its_token_is_forgotten) {
  EnteredEpochs epochs;
  EXPECT_FALSE(epochs.newest(7));
  epochs.enter(7, 20, 5'000);
  epochs.enter(7, 10, 4'000);
  EXPECT_EQ(epochs.newest(7), 20u);
  EXPECT_FALSE(epochs.newest(8));
  epochs.sweep(4'999);
  EXPECT_EQ(epochs.newest(7), 20u);
  epochs.sweep(5'000);
  EXPECT_FALSE(epochs.newest(7));
}

TEST(Entered_epochs, Are_full_at_60000_and_all_forgotten_in_256_sweeps) {
  EnteredEpochs epochs;
  for (std::uint64_t i = 0; i < UsedTokens::kMax; ++i) {
    EXPECT_FALSE(epochs.full());
    epochs.enter(~i, 1, i % 2 == 0 ? 1'000 : 2'000);
  }
  EXPECT_TRUE(epochs.full());
  for (int i = 0; i < 256; ++i) epochs.sweep(1'000);
  for (std::uint64_t i = 0; i < UsedTokens::kMax; ++i) ASSERT_EQ(epochs.newest(~i).has_value(), i % 2 == 1) << i;
  EXPECT_FALSE(epochs.full());
}

TEST(Entered_epochs, Keep_the_pace_when_a_crowd_comes_in_the_middle_of_a_round) {
  EnteredEpochs epochs;
  for (std::uint64_t i = 1; i <= 10; ++i) epochs.enter(i, 1, 9'000);
  epochs.sweep(0);
  for (std::uint64_t i = 11; i <= 30'000; ++i) epochs.enter(i, 1, 1'000);
  for (int i = 0; i < 256; ++i) epochs.sweep(1'000);
  for (std::uint64_t i = 11; i <= 30'000; ++i) ASSERT_FALSE(epochs.newest(i)) << i;
}

}  // namespace
}  // namespace meridian
