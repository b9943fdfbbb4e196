#include "netchannel/wire/reason.hpp"

#include <gtest/gtest.h>
#include <set>
#include <string>

#include "netchannel/wire/wire_error.hpp"

namespace meridian {
namespace {

TEST(Reason, Every_number_has_a_name_of_its_own_and_a_sentence) {
  std::set<std::string_view> names;
  int known = 0;
  for (int number = 0; number < 256; ++number) {
    const Reason reason = static_cast<Reason>(number);
    EXPECT_FALSE(text(reason).empty());
    EXPECT_EQ(text(reason).back(), '.');
    if (name(reason) == "unknown") continue;
    ++known;
    EXPECT_TRUE(names.insert(name(reason)).second) << name(reason);
  }
  EXPECT_EQ(known, 1 + 11 + 9 + 2);
  EXPECT_EQ(name(static_cast<Reason>(200)), "unknown");
}

TEST(Wire_error, Every_number_has_a_name_of_its_own) {
  std::set<std::string> names;
  for (int number = 0; number <= static_cast<int>(WireError::malformed); ++number) names.insert(name(static_cast<WireError>(number)));
  EXPECT_EQ(names.size(), 8u);
  EXPECT_FALSE(names.contains("unknown"));
  EXPECT_STREQ(name(static_cast<WireError>(200)), "unknown");
}

}  // namespace
}  // namespace meridian
