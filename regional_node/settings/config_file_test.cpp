#include "regional_node/settings/config_file.hpp"

#include <gtest/gtest.h>

#include "regional_node/content/blocks_content.hpp"

namespace meridian {
namespace {

TEST(Config_file, Is_read_whole) {
  const auto text = read_config_file("config/content/blocks.yaml");
  ASSERT_TRUE(text);
  EXPECT_TRUE(text->starts_with("#"));
  EXPECT_TRUE(text->ends_with("\n"));
}

TEST(Config_file, Is_never_taken_for_empty_when_it_cannot_be_read) {
  const struct {
    const char* path;
    const char* why;
  } cases[] = {
      {"config/regions", "it is a folder; name a file in it"},
      {"config/regions/", "it is a folder; name a file in it"},
      {"config/nowhere.yaml", "check the path and that you may read it"},
      {"/dev/zero", "it is over 1 MiB"},
      {"/proc/self/mem", "check the path and that you may read it"},  // opens, but its first byte cannot be read
  };
  for (const auto& c : cases) {
    const std::string expected = std::string(c.path) + ":1:1: error: cannot read the file: " + c.why;
    const auto settings = load_region_settings(c.path);
    ASSERT_FALSE(settings) << c.path;
    EXPECT_EQ(settings.error().front().text(), expected);
    const auto blocks = load_blocks(c.path);
    ASSERT_FALSE(blocks) << c.path;
    EXPECT_EQ(blocks.error().front().text(), expected);
  }
}

}  // namespace
}  // namespace meridian
