#include "regional_node/settings/yaml_reader.hpp"

#include <gtest/gtest.h>

namespace meridian {
namespace {

std::string first_parse_error(std::string_view text) {
  const auto parsed = parse_yaml(text, "f");
  return parsed ? "" : parsed.error().text();
}

TEST(Yaml_parser, Refuses_what_it_does_not_speak_and_says_where) {
  const struct {
    const char* text;
    const char* error;
  } cases[] = {
      {"a: 1\na: 2\n", "f:2:1: error: key 'a' is given twice (first in line 1)"},
      {"a: &x 1\n", "f:1:4: error: anchors (&name) are not allowed"},
      {"a: !!str 1\n", "f:1:4: error: tags (!name) are not allowed"},
      {"a: 1\n---\nb: 2\n", "f:3:1: error: a second document: one file holds one"},
      {"? [a]\n: 1\n", "f:1:3: error: a key must be a word"},
      {"a: [1, 2\n", "f:2:1: error: not YAML: end of sequence flow not found"},
  };
  for (const auto& c : cases) EXPECT_EQ(first_parse_error(c.text), c.error) << c.text;
}

TEST(Yaml_parser, Bounds_depth_and_size) {
  EXPECT_NE(first_parse_error(std::string(40, '[') + std::string(40, ']')).find("nested deeper than 32 levels"), std::string::npos);
  EXPECT_NE(first_parse_error(std::string((1 << 20) + 1, '#')).find("larger than"), std::string::npos);
}

TEST(Yaml_parser, Places_a_missing_value_at_its_key) {
  const auto root = parse_yaml("a:\n  b:\n\n  c: 1\n", "f");
  ASSERT_TRUE(root);
  const YamlNode& b = root->entries[0].value.entries[0].value;
  EXPECT_EQ(b.kind, YamlNode::Kind::null);
  EXPECT_EQ(b.line, 2);
  EXPECT_EQ(b.column, 3);
}

TEST(Yaml_parser, Bounds_the_keys_of_a_map_and_the_errors_of_a_file) {
  std::string keys, list = "blocks:\n";
  for (int i = 0; i < 1001; ++i) {
    keys += "k" + std::to_string(i) + ": 1\n";
    list += "  - {a: 1, b: 2}\n";
  }
  EXPECT_EQ(first_parse_error(keys), "f:1001:1: error: more than 1000 keys in one map");
  const auto root = parse_yaml(list, "f");
  ASSERT_TRUE(root);
  YamlErrors errors("f");
  YamlMap map(*root, "", errors);
  for (YamlMap& entry : map.maps("blocks")) entry.finish();
  EXPECT_EQ(errors.take().size(), 1000u);
}

TEST(Yaml_map, Reads_values_of_each_kind) {
  const auto root = parse_yaml(
      "n: -3\nbig: 18446744073709551615\nyes: true\nword: some text\npair: [1, 2]\nin:\n  x: 1\nlist:\n  - k: 1\n  - k: 2\n", "f");
  ASSERT_TRUE(root);
  YamlErrors errors("f");
  YamlMap map(*root, "", errors);
  EXPECT_EQ(map.integer("n", -5, 5), -3);
  EXPECT_EQ(map.unsigned_integer("big"), 18446744073709551615u);
  EXPECT_EQ(map.flag("yes"), true);
  EXPECT_EQ(map.text("word"), "some text");
  ASSERT_TRUE(map.pair("pair", 0, 9));
  EXPECT_EQ(map.pair("pair", 0, 9)->second, 2);
  EXPECT_EQ(map.map("in").integer("x", 0, 9), 1);
  auto list = map.maps("list");
  ASSERT_EQ(list.size(), 2u);
  EXPECT_EQ(list[1].integer("k", 0, 9), 2);
  EXPECT_EQ(map.integer("absent", 0, 9), std::nullopt);
  map.finish();
  EXPECT_TRUE(errors.empty());
}

TEST(Yaml_map, Reports_every_wrong_value_with_its_place_in_the_order_of_the_file) {
  const auto root = parse_yaml("n: 99\nq: \"5\"\nflag: yes\nin: 3\npair: [1]\nlist: 1\ntypo_n: 1\nzzz: 1\n", "f");
  ASSERT_TRUE(root);
  YamlErrors errors("f");
  YamlMap map(*root, "", errors);
  map.integer("typo_m", 0, 9);
  map.maps("list");
  map.pair("pair", 0, 9);
  map.map("in");
  map.flag("flag");
  map.integer("q", 0, 9);
  map.integer("n", 0, 9);
  map.require("gone");
  map.finish();
  std::string all;
  for (const ConfigError& error : errors.take()) all += error.text() + "\n";
  EXPECT_EQ(all,
            "f:1:1: error: missing key 'gone'\n"
            "f:1:4: error: 'n' must be a whole number from 0 to 9, not '99'\n"
            "f:2:4: error: 'q' must be a whole number from 0 to 9, not the text \"5\"\n"
            "f:3:7: error: 'flag' must be true or false, not 'yes'\n"
            "f:4:5: error: 'in' must hold keys, not a single value\n"
            "f:5:7: error: 'pair' must be two whole numbers, as [0, 511], not a list of 1\n"
            "f:6:7: error: 'list' must be a list, not '1'\n"
            "f:7:1: error: unknown key 'typo_n', did you mean 'typo_m'?\n"
            "f:8:1: error: unknown key 'zzz'; known here: typo_m, list, pair, in, flag, q, n, gone\n");
}

TEST(Did_you_mean, Finds_the_near_word_and_no_far_one) {
  const std::vector<std::string> known = {"tick_hz", "hz", "max_players", "udp"};
  EXPECT_EQ(did_you_mean("tick_hertz", known), "tick_hz");
  EXPECT_EQ(did_you_mean("hertz", known), "hz");
  EXPECT_EQ(did_you_mean("max_player", known), "max_players");
  EXPECT_EQ(did_you_mean("upd", known), "udp");
  EXPECT_EQ(did_you_mean("x", known), std::nullopt);
  EXPECT_EQ(did_you_mean("colour", known), std::nullopt);
}

}  // namespace
}  // namespace meridian
