// Reading YAML for people who mistype: a small tree with the place of every key and value, and readers that check ranges, collect every
// error and offer the nearest known key. Parsing is strict: one document, no anchors, aliases or tags, no key twice, at most 1 MiB, 32
// levels and 1,000 keys a map; the first 1,000 errors are kept.
//
//   auto document = parse_yaml(text, file);                      // or one located error
//   YamlErrors errors(file);
//   YamlMap root(*document, "", errors);
//   root.map("net").integer("max_players", 1, 10'000)            // nullopt: absent, or wrong and reported
//   root.finish();                                               // reports keys that nobody asked for
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "regional_node/settings/region_settings.hpp"

namespace meridian {

struct YamlNode {
  enum class Kind : std::uint8_t { null, scalar, list, map };
  struct Entry;
  Kind kind = Kind::null;
  int line = 1, column = 1;  // from 1
  std::string scalar;
  bool quoted = false;          // "20" is text, 20 a number
  std::vector<YamlNode> items;  // list
  std::vector<Entry> entries;   // map, in the file's order
};
struct YamlNode::Entry {
  std::string key;
  int line = 1, column = 1;
  YamlNode value;
};

// An empty file is an empty map.
std::expected<YamlNode, ConfigError> parse_yaml(std::string_view text, const std::string& file);

class YamlErrors {
 public:
  explicit YamlErrors(std::string file) : file_(std::move(file)) {}
  void add(int line, int column, std::string what);
  bool empty() const { return errors_.empty(); }
  // By place in the file.
  std::vector<ConfigError> take() { return std::move(errors_); }

 private:
  std::string file_;
  std::vector<ConfigError> errors_;
};

// The keys of one map. `path` is its name in the file ("net", "" for the whole), for messages. Every key that is asked for counts as known.
// Keeps references to `node` and `errors`.
class YamlMap {
 public:
  YamlMap(const YamlNode& node, std::string path, YamlErrors& errors);

  // The value of a key, of any kind; nullptr when it is absent.
  const YamlNode* find(std::string_view key);
  std::optional<std::int64_t> integer(std::string_view key, std::int64_t min, std::int64_t max);
  std::optional<std::uint64_t> unsigned_integer(std::string_view key);  // the whole range of 64 bits
  std::optional<bool> flag(std::string_view key);
  std::optional<std::string> text(std::string_view key);  // not empty
  // [first, second], each within min..max.
  struct Pair {
    std::int64_t first, second;
    int line, column;
  };
  std::optional<Pair> pair(std::string_view key, std::int64_t min, std::int64_t max);
  YamlMap map(std::string_view key);                // an empty one when absent
  std::vector<YamlMap> maps(std::string_view key);  // a list of maps, empty when absent

  void require(std::string_view key);  // reports the key when it is absent
  // Reports the keys nobody asked for. Once, at the end.
  void finish();

  void error_at(std::string_view key, std::string what);  // at the key's value; at the map when the key is absent
  int line() const { return node_->line; }
  int column() const { return node_->column; }
  const std::string& path() const { return path_; }

 private:
  std::string full(std::string_view key) const { return path_.empty() ? std::string(key) : path_ + "." + std::string(key); }

  const YamlNode* node_;
  std::string path_;
  YamlErrors* errors_;
  std::vector<std::string> known_;
};

// One value: a whole number in the range, or a reported error naming it `what`.
std::optional<std::int64_t> yaml_integer(const YamlNode& node, std::string_view what, std::int64_t min, std::int64_t max,
                                         YamlErrors& errors);

// The known word that a misspelt one probably means: two letters or a third of them wrong, or some left out. nullopt: none is near.
std::optional<std::string> did_you_mean(std::string_view word, const std::vector<std::string>& known);

}  // namespace meridian
