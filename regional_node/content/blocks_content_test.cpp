#include "regional_node/content/blocks_content.hpp"

#include <fmt/format.h>
#include <fstream>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace meridian {
namespace {

constexpr const char* kBlocks = "config/content/blocks.yaml";
const std::string kGrass = "  - {name: grass, layer: floor, glyph: \",\", color: \"#6fae54\", background: \"#3f7a33\"}\n";

std::string errors_of(const std::string& yaml) {
  const auto read = read_blocks(yaml, "b.yaml");
  std::string all;
  if (!read) {
    for (const ConfigError& error : read.error()) all += fmt::format("{}:{} {}\n", error.line, error.column, error.what);
  }
  return all;
}

// A list that begins with a good entry in line 2; the case's text follows from line 3 on.
std::string after_grass(std::string_view text) { return "blocks:\n" + kGrass + std::string(text); }

TEST(Blocks_content, Locates_every_error) {
  struct Case {
    std::string yaml, errors;
  };
  const Case cases[] = {
      {"", "1:1 missing key 'blocks'\n"},
      {"blocks: []\n", "1:9 'blocks' is empty: list at least one kind\n"},
      {"blocks: 3\n", "1:9 'blocks' must be a list, not '3'\n"},
      {"block:\n" + kGrass, "1:1 missing key 'blocks'\n1:1 unknown key 'block', did you mean 'blocks'?\n"},
      {"blocks: [\n", "2:1 not YAML: end of sequence flow not found\n"},
      {after_grass("  - rock\n"),
       "3:5 'blocks[1]' must hold keys, not a single value\n3:5 missing key 'blocks[1].name'\n3:5 missing key 'blocks[1].layer'\n"
       "3:5 missing key 'blocks[1].glyph'\n3:5 missing key 'blocks[1].color'\n"},
      {after_grass("  - {name: rock, layer: active, solid: yes, glyph: \"^\", color: \"#b3aea9\"}\n"),
       "3:40 'blocks[1].solid' must be true or false, not 'yes'\n"},
      {after_grass("  - {name: rock, layer: active, sollid: true, glyph: \"^\", color: \"#b3aea9\"}\n"),
       "3:33 unknown key 'sollid', did you mean 'solid'?\n"},
      {after_grass("  - {name: Rock, layer: active, glyph: \"^\", color: \"#b3aea9\"}\n"),
       "3:12 'blocks[1].name' must be at most 32 of a-z, 0-9 and _, as oak_tree\n"},
      {after_grass("  - {name: air, layer: active, glyph: \"^\", color: \"#b3aea9\"}\n"), "3:12 the name 'air' is taken: it is kind 0\n"},
      {after_grass(kGrass), "3:12 the name 'grass' is given twice (first in line 2)\n"},
      {after_grass("  - {name: rock, layer: activ, glyph: \"^\", color: \"#b3aea9\"}\n"),
       "3:25 unknown layer 'activ', did you mean 'active'?\n"},
      {after_grass("  - {name: rock, layer: cellar, glyph: \"^\", color: \"#b3aea9\"}\n"),
       "3:25 unknown layer 'cellar'; there are floor, active and ceiling\n"},
      {after_grass("  - {name: ice, layer: floor, speed_percent: 201, glyph: \"-\", color: \"#b3aea9\", background: \"#b3aea9\"}\n"),
       "3:46 'blocks[1].speed_percent' must be a whole number from 1 to 200, not '201'\n"},
      {after_grass("  - {name: ice, layer: floor, speed_percent: 0, glyph: \"-\", color: \"#b3aea9\", background: \"#b3aea9\"}\n"),
       "3:46 'blocks[1].speed_percent' must be a whole number from 1 to 200, not '0'\n"},
      {after_grass("  - {name: ice, layer: floor, glyph: \"-\", color: \"#b3aea9\"}\n"), "3:5 missing key 'blocks[1].background'\n"},
      {after_grass("  - {name: ice, layer: floor, solid: true, glyph: \"-\", color: \"#b3aea9\", background: \"#b3aea9\"}\n"),
       "3:38 'blocks[1].solid' means something in layer active only\n"},
      {after_grass("  - {name: rock, layer: active, walkable: false, glyph: \"^\", color: \"#b3aea9\"}\n"),
       "3:43 'blocks[1].walkable' means something in layer floor only\n"},
      {after_grass("  - name: rock\n    layer: active\n    glyph: \"##\"\n    color: \"#b3aea9\"\n"),
       "5:12 'blocks[1].glyph' must be one visible character that is one column wide\n"},
      {after_grass("  - {name: rock, layer: active, glyph: \"岩\", color: \"#b3aea9\"}\n"),
       "3:40 'blocks[1].glyph' must be one visible character that is one column wide\n"},
      {after_grass("  - {name: rock, layer: active, glyph: \"^\", color: b3aea9}\n"),
       "3:52 'blocks[1].color' must be a color as \"#3f6fae\", in quotes\n"},
      {after_grass("  - name: rock\n    layer: active\n    glyph: \"^\"\n    color: #b3aea9\n"),  // a comment to YAML: the classic
       "6:5 'blocks[1].color' is empty: write the color in quotes, as \"#3f6fae\"; a bare # begins a comment\n"},
      {after_grass(
           "  - {name: a, layer: actve, glyph: \"^\", color: red}\n  - {name: b, layer: active, glpyh: \"^\", color: \"#b3aea9\"}\n"),
       "3:22 unknown layer 'actve', did you mean 'active'?\n3:48 'blocks[1].color' must be a color as \"#3f6fae\", in quotes\n"
       "4:5 missing key 'blocks[2].glyph'\n4:30 unknown key 'glpyh', did you mean 'glyph'?\n"},
  };
  for (const Case& c : cases) EXPECT_EQ(errors_of(c.yaml), c.errors) << c.yaml;
}

TEST(Blocks_content, Reads_what_an_entry_says_and_defaults_for_the_rest) {
  const auto kinds = read_blocks(
      after_grass("  - {name: hedge, layer: active, solid: true, placeable: true, breakable: true, glyph: \"♣\", color: \"#0aff10\"}\n"),
      "b.yaml");
  ASSERT_TRUE(kinds);
  ASSERT_EQ(kinds->size(), 3u);
  const BlockKind grass{
      .name = "grass", .layer = Layer::floor, .glyph = U',', .color = {0x6F, 0xAE, 0x54}, .background = {0x3F, 0x7A, 0x33}};
  EXPECT_EQ(kinds->of(BlockId{1}), grass);
  const BlockKind hedge{.name = "hedge",
                        .layer = Layer::active,
                        .solid = true,
                        .placeable = true,
                        .breakable = true,
                        .glyph = U'♣',
                        .color = {0x0A, 0xFF, 0x10},
                        .background = {}};
  EXPECT_EQ(kinds->of(BlockId{2}), hedge);
}

TEST(Blocks_content, Our_own_file_has_what_the_terrain_needs_and_what_people_build) {
  const auto kinds = load_blocks(kBlocks);
  ASSERT_TRUE(kinds) << kinds.error().front().text();
  const auto found = generator_kinds(*kinds);
  ASSERT_TRUE(found) << found.error();
  EXPECT_FALSE(kinds->walkable(found->deep_water));
  EXPECT_TRUE(kinds->walkable(found->water));
  EXPECT_TRUE(kinds->solid(found->tree) && kinds->solid(found->pine) && kinds->solid(found->rock) && kinds->solid(found->wall));
  EXPECT_FALSE(kinds->solid(found->bush));
  for (const char* name : {"plank_wall", "stone_wall", "lantern"}) {
    const auto id = kinds->find(name);
    ASSERT_TRUE(id) << name;
    EXPECT_TRUE(kinds->of(*id).placeable && kinds->of(*id).breakable) << name;
  }
}

TEST(Blocks_content, Says_which_kinds_the_terrain_lacks) {
  const auto kinds = read_blocks(after_grass("  - {name: sand, layer: active, glyph: \".\", color: \"#b3aea9\"}\n"), "b.yaml");
  ASSERT_TRUE(kinds);
  const auto found = generator_kinds(*kinds);
  ASSERT_FALSE(found);
  EXPECT_EQ(
      found.error(),
      "the terrain needs block kinds that the content lacks: deep_water (layer floor), water (layer floor), sand (layer floor), meadow "
      "(layer floor), dirt (layer floor), stone_floor (layer floor), plank_floor (layer floor), tree (layer active), pine (layer "
      "active), bush (layer active), rock (layer active), wall (layer active)");
}

TEST(Blocks_content, Says_that_a_missing_file_cannot_be_read) {
  const auto kinds = load_blocks("config/content/nowhere.yaml");
  ASSERT_FALSE(kinds);
  EXPECT_EQ(kinds.error().front().text(),
            "config/content/nowhere.yaml:1:1: error: cannot read the file: check the path and that you may read it");
}

TEST(Blocks_content, The_schema_names_the_same_keys) {
  std::ifstream in("config/schemas/blocks.v1.json");
  const auto schema = nlohmann::json::parse(in);
  std::string entry = "  - {name: x, layer: floor";
  for (const auto& [key, value] : schema.at("properties").at("blocks").at("items").at("properties").items()) {
    if (key != "name" && key != "layer") entry += ", " + key + ": 1";
  }
  EXPECT_EQ(errors_of("blocks:\n" + entry + "}\n").find("unknown key"), std::string::npos) << "the reader knows each key of the schema";
  const std::string told = errors_of(after_grass("  - {zzzzzzzzzzzz: 1}\n"));
  const std::size_t list = told.find("known here: ");
  ASSERT_NE(list, std::string::npos) << told;
  for (const char* key :
       {"name", "layer", "solid", "walkable", "speed_percent", "placeable", "breakable", "glyph", "color", "background"}) {
    EXPECT_NE(told.find(key, list), std::string::npos) << key;
    EXPECT_TRUE(schema.at("properties").at("blocks").at("items").at("properties").contains(key)) << key;
  }
}

}  // namespace
}  // namespace meridian
