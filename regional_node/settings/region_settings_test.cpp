#include "regional_node/settings/region_settings.hpp"

#include <algorithm>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <sstream>

namespace meridian {
namespace {

std::string read_file(const std::filesystem::path& path) {
  std::ifstream in(path);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

void leaves(const nlohmann::json& schema, const std::string& prefix, std::vector<std::string>& out) {
  for (const auto& [key, value] : schema.at("properties").items()) {
    const std::string full = prefix.empty() ? key : prefix + "." + key;
    if (value.contains("properties"))
      leaves(value, full, out);
    else
      out.push_back(full);
  }
}

TEST(Region_settings, Locate_the_first_error_of_every_broken_file) {
  std::size_t cases = 0;
  for (const auto& entry : std::filesystem::directory_iterator("e2e/config_cases")) {
    if (entry.path().extension() != ".yaml") continue;
    const std::string file = entry.path().string();
    const std::string text = read_file(file);
    const std::string_view mark = "# expect: ";
    ASSERT_TRUE(text.starts_with(mark)) << file;
    const std::string expected = text.substr(mark.size(), text.find('\n') - mark.size());
    const auto read = load_region_settings(file);
    ASSERT_FALSE(read) << file << " was accepted";
    const ConfigError& first = read.error().front();
    EXPECT_EQ(fmt::format("{}:{}: {}", first.line, first.column, first.what), expected) << file;
    EXPECT_EQ(first.file, file);
    ++cases;
  }
  EXPECT_GE(cases, 25u);
}

TEST(Region_settings, Report_all_errors_of_a_file_at_once) {
  const auto read = read_region_settings("region: X!\nnode: {id: 0}\nnet: {upd: 1}\ntick: {hz: 5}\n", "f");
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().size(), 4u);
}

TEST(Region_settings, Take_defaults_for_what_is_not_said) {
  const auto read = read_region_settings("region: eu-west\nnode: {id: 7}\nslice: {x_blocks: [64, 191], y_blocks: [-64, -1]}\n", "f");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->node.value, 7);
  EXPECT_EQ(read->tick_hz, 20);
  EXPECT_EQ(read->udp, "[::]:7777");
  EXPECT_EQ(read->state_dir, ".state/eu-west");
  EXPECT_EQ(read->spawn, (BlockCoord{128, -32})) << "the slice's middle";
  EXPECT_FALSE(read->dev_gate);
}

TEST(Region_settings, Resolve_paths_against_the_file_and_the_project) {
  const auto loaded = load_region_settings("config/regions/eu-west.yaml");
  ASSERT_TRUE(loaded) << loaded.error().front().text();
  EXPECT_EQ(loaded->region, "eu-west");
  EXPECT_EQ(loaded->blocks, "config/content/blocks.yaml");
  EXPECT_EQ(loaded->state_dir, ".state/eu-west");
  EXPECT_TRUE(loaded->dev_gate);
}

TEST(Region_settings, Say_that_a_missing_file_cannot_be_read) {
  const auto loaded = load_region_settings("config/regions/nowhere.yaml");
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().front().text(),
            "config/regions/nowhere.yaml:1:1: error: cannot read the file: check the path and that you may read it");
}

TEST(Region_settings, Printed_read_back_the_same) {
  const auto first = read_region_settings(
      "region: a-1\nnode: {id: 9}\nnet: {udp: '127.0.0.1:1', http: '[::1]:2', max_players: 3}\ntick: {hz: 20}\nslice: {x_blocks: [-32, "
      "31]}\n"
      "world: {seed: 18446744073709551615, spawn: [-5, 7], view_blocks: 100}\ncontent: {blocks: 'it''s: \"#here\\'}\nstate: {dir: "
      "/tmp/x}\ngate: {dev: true}\nlog: "
      "{level: warn}\n",
      "f");
  ASSERT_TRUE(first) << first.error().front().text();
  const std::string printed = print_region_settings(*first);
  const auto second = read_region_settings(printed, "printed");
  ASSERT_TRUE(second) << second.error().front().text() << "\n" << printed;
  EXPECT_EQ(print_region_settings(*second), printed);
  EXPECT_EQ(second->blocks, std::filesystem::current_path() / "it's: \"#here\\");
  EXPECT_EQ(second->seed, 18446744073709551615u);
  EXPECT_EQ(second->min_x, -32);
}

TEST(Region_settings, Printed_load_the_same_from_another_folder) {
  const auto first = load_region_settings("config/regions/eu-west.yaml");
  ASSERT_TRUE(first);
  const std::string printed = print_region_settings(*first);
  const std::string path = ::testing::TempDir() + "printed_region.yaml";
  std::ofstream(path) << printed;
  const auto second = load_region_settings(path);
  ASSERT_TRUE(second) << second.error().front().text();
  EXPECT_EQ(print_region_settings(*second), printed);
  EXPECT_TRUE(std::filesystem::equivalent(first->blocks, second->blocks)) << second->blocks;
  std::filesystem::remove(path);
}

TEST(Region_schema, Names_exactly_the_keys_that_the_reader_knows) {
  std::vector<std::string> in_schema, in_reader = region_keys();
  leaves(nlohmann::json::parse(read_file("config/schemas/region.v1.json")), "", in_schema);
  std::ranges::sort(in_schema);
  std::ranges::sort(in_reader);
  EXPECT_EQ(in_schema, in_reader);
}

// region_keys() is a list beside the reader; this shows that each of its keys is read, and that the reader asks for no other.
TEST(Region_schema, Keys_are_those_that_the_reader_asks_for) {
  std::string none_known = "region: r\nnode: {id: 1, zz: 1}\nzz: 1\n";
  for (const char* section : {"net", "tick", "slice", "world", "content", "state", "gate", "log"})
    none_known += fmt::format("{}: {{zzzzzzzzzzzz: 1}}\n", section);
  const auto read = read_region_settings(none_known, "f");
  ASSERT_FALSE(read);
  std::vector<std::string> asked;
  for (const ConfigError& error : read.error()) {
    const std::size_t at = error.what.find("known here: ");
    ASSERT_NE(at, std::string::npos) << error.what;
    std::istringstream keys(error.what.substr(at + 12));
    std::string section;
    std::istringstream lines(none_known);
    for (int i = 0; i < error.line; ++i) std::getline(lines, section);
    section = section.starts_with("zz") ? "" : section.substr(0, section.find(':')) + ".";
    for (std::string key; std::getline(keys, key, ',');) {
      const std::string full = section + key.substr(key.find_first_not_of(' '));
      static const std::vector<std::string> kSections = {"node", "net", "tick", "slice", "world", "content", "state", "gate", "log"};
      if (std::ranges::find(kSections, full) == kSections.end()) asked.push_back(full);
    }
  }
  std::vector<std::string> listed = region_keys();
  std::ranges::sort(asked);
  std::ranges::sort(listed);
  EXPECT_EQ(asked, listed);
}

}  // namespace
}  // namespace meridian
