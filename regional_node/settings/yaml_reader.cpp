// yaml-cpp is used as a stream of events, not through its own tree: events carry the place of keys too, and an alias is refused before it
// can expand.
#include "regional_node/settings/yaml_reader.hpp"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sstream>
#include <tuple>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

namespace meridian {
namespace {

constexpr std::size_t kMaxFileBytes = 1 << 20;
constexpr std::size_t kMaxDepth = 32;
constexpr std::size_t kMaxKeys = 1000;    // in one map: each is compared with those before it
constexpr std::size_t kMaxErrors = 1000;  // nobody reads more of one file

struct Refused {
  int line, column;
  std::string what;
};

// Builds the tree. Stays inside this file with its exceptions: the library's border.
class Builder final : public YAML::EventHandler {
 public:
  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override { put(make(mark, YamlNode::Kind::null, anchor)); }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override { refuse(mark, "aliases (*name) are not allowed: write the value again"); }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, const std::string& value) override {
    if (!tag.empty() && tag != "?" && tag != "!") refuse(mark, "tags (!name) are not allowed");
    YamlNode node = make(mark, YamlNode::Kind::scalar, anchor);
    node.scalar = value;
    node.quoted = tag == "!";
    if (!node.quoted && (value.empty() || value == "~" || value == "null")) node.kind = YamlNode::Kind::null;
    put(std::move(node));
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, YamlNode::Kind::list);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, YamlNode::Kind::map);
  }
  void OnMapEnd() override { close(); }

  YamlNode take() { return std::move(root_); }

 private:
  struct Level {
    YamlNode node;
    bool key_next = true;
  };

  [[noreturn]] static void refuse(const YAML::Mark& mark, std::string what) {
    throw Refused{mark.line + 1, mark.column + 1, std::move(what)};
  }

  static YamlNode make(const YAML::Mark& mark, YamlNode::Kind kind, YAML::anchor_t anchor) {
    if (anchor != 0) refuse(mark, "anchors (&name) are not allowed");
    YamlNode node;
    node.kind = kind;
    node.line = mark.line + 1;
    node.column = mark.column + 1;
    return node;
  }
  void open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, YamlNode::Kind kind) {
    if (!tag.empty() && tag != "?" && tag != "!") refuse(mark, "tags (!name) are not allowed");
    if (levels_.size() >= kMaxDepth) refuse(mark, fmt::format("nested deeper than {} levels", kMaxDepth));
    if (!levels_.empty() && levels_.back().node.kind == YamlNode::Kind::map && levels_.back().key_next)
      refuse(mark, "a key must be a word");
    levels_.push_back({make(mark, kind, anchor), true});
  }
  void close() {
    YamlNode node = std::move(levels_.back().node);
    levels_.pop_back();
    put(std::move(node));
  }
  void put(YamlNode node) {
    if (levels_.empty()) {
      root_ = std::move(node);
      return;
    }
    Level& level = levels_.back();
    if (level.node.kind == YamlNode::Kind::list) {
      level.node.items.push_back(std::move(node));
    } else if (level.key_next) {
      add_key(level, std::move(node));
    } else {
      YamlNode::Entry& entry = level.node.entries.back();
      if (node.kind == YamlNode::Kind::null) {  // the library places nothing where the next thing begins; people look for it at its key
        node.line = entry.line;
        node.column = entry.column;
      }
      entry.value = std::move(node);
      level.key_next = true;
    }
  }
  static void add_key(Level& level, YamlNode node) {
    if (level.node.entries.size() >= kMaxKeys) throw Refused{node.line, node.column, fmt::format("more than {} keys in one map", kMaxKeys)};
    const auto same = std::ranges::find(level.node.entries, node.scalar, &YamlNode::Entry::key);
    if (same != level.node.entries.end())
      throw Refused{node.line, node.column, fmt::format("key '{}' is given twice (first in line {})", node.scalar, same->line)};
    level.node.entries.push_back({std::move(node.scalar), node.line, node.column, {}});
    level.key_next = false;
  }

  std::vector<Level> levels_;
  YamlNode root_;
};

const char* kind_in_words(const YamlNode& node) {
  switch (node.kind) {
    case YamlNode::Kind::null: return "nothing";
    case YamlNode::Kind::scalar: return "a single value";
    case YamlNode::Kind::list: return "a list";
    case YamlNode::Kind::map: return "keys";
  }
  return "";
}

std::string shown(const YamlNode& node) {
  if (node.kind != YamlNode::Kind::scalar) return kind_in_words(node);
  const std::string cut = node.scalar.size() > 40 ? node.scalar.substr(0, 40) + "..." : node.scalar;
  return node.quoted ? fmt::format("the text \"{}\"", cut) : fmt::format("'{}'", cut);
}

template <typename T>
std::optional<T> parse_number(const YamlNode& node) {
  if (node.kind != YamlNode::Kind::scalar || node.quoted) return std::nullopt;
  T value{};
  const char* end = node.scalar.data() + node.scalar.size();
  const auto [stopped, error] = std::from_chars(node.scalar.data(), end, value);
  if (error != std::errc{} || stopped != end) return std::nullopt;
  return value;
}

std::size_t edit_distance(std::string_view a, std::string_view b) {  // Levenshtein, one row
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t above = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, diagonal + (a[i - 1] != b[j - 1])});
      diagonal = above;
    }
  }
  return row[b.size()];
}

bool letters_left_out(std::string_view shorter, std::string_view longer) {
  if (shorter.size() < 2) return false;
  std::size_t at = 0;
  for (const char c : longer)
    if (at < shorter.size() && shorter[at] == c) ++at;
  return at == shorter.size();
}

// The parser's own words for a tab in the indentation ("illegal map value", some characters later) help nobody.
std::optional<ConfigError> tab_in_indentation(std::string_view text, const std::string& file) {
  int line = 1, column = 1;
  bool indentation = true;
  for (const char c : text) {
    if (c == '\t' && indentation) return ConfigError{file, line, column, "a tab in the indentation: indent with spaces"};
    indentation = c == '\n' || (indentation && c == ' ');
    column = c == '\n' ? 1 : column + 1;
    line += c == '\n' ? 1 : 0;
  }
  return std::nullopt;
}

}  // namespace

std::string ConfigError::text() const { return fmt::format("{}:{}:{}: error: {}", file, line, column, what); }

std::expected<YamlNode, ConfigError> parse_yaml(std::string_view text, const std::string& file) {
  if (text.size() > kMaxFileBytes)
    return std::unexpected(ConfigError{file, 1, 1, fmt::format("the file is larger than {} bytes", kMaxFileBytes)});
  if (auto tab = tab_in_indentation(text, file)) return std::unexpected(*tab);
  try {
    std::istringstream in{std::string(text)};
    YAML::Parser parser(in);
    Builder builder;
    parser.HandleNextDocument(builder);
    YamlNode root = builder.take();
    Builder second;
    if (parser.HandleNextDocument(second)) {
      const YamlNode more = second.take();
      return std::unexpected(ConfigError{file, more.line, more.column, "a second document: one file holds one"});
    }
    if (root.kind == YamlNode::Kind::null) root.kind = YamlNode::Kind::map;
    return root;
  } catch (const Refused& refused) {
    return std::unexpected(ConfigError{file, refused.line, refused.column, refused.what});
  } catch (const YAML::Exception& error) {
    return std::unexpected(
        ConfigError{file, std::max(error.mark.line, 0) + 1, std::max(error.mark.column, 0) + 1, "not YAML: " + error.msg});
  }
}

void YamlErrors::add(int line, int column, std::string what) {
  if (errors_.size() >= kMaxErrors) return;
  // Kept in order as they come, errors of one place in the order of their checks: libstdc++ 12's stable_sort does not pass clang's
  // warnings.
  const auto place = [](const ConfigError& error) { return std::tuple(error.line, error.column); };
  const auto after = std::ranges::upper_bound(errors_, std::tuple(line, column), {}, place);
  errors_.insert(after, {file_, line, column, std::move(what)});
}

YamlMap::YamlMap(const YamlNode& node, std::string path, YamlErrors& errors) : node_(&node), path_(std::move(path)), errors_(&errors) {
  if (node.kind == YamlNode::Kind::map || node.kind == YamlNode::Kind::null) return;
  const std::string name = path_.empty() ? std::string("the file") : "'" + path_ + "'";
  errors_->add(node.line, node.column, fmt::format("{} must hold keys, not {}", name, kind_in_words(node)));
}

const YamlNode* YamlMap::find(std::string_view key) {
  if (std::ranges::find(known_, key) == known_.end()) known_.emplace_back(key);
  const auto entry = std::ranges::find(node_->entries, key, &YamlNode::Entry::key);
  return entry == node_->entries.end() ? nullptr : &entry->value;
}

std::optional<std::int64_t> yaml_integer(const YamlNode& node, std::string_view what, std::int64_t min, std::int64_t max,
                                         YamlErrors& errors) {
  const auto value = parse_number<std::int64_t>(node);
  if (value && *value >= min && *value <= max) return value;
  errors.add(node.line, node.column, fmt::format("'{}' must be a whole number from {} to {}, not {}", what, min, max, shown(node)));
  return std::nullopt;
}

std::optional<std::int64_t> YamlMap::integer(std::string_view key, std::int64_t min, std::int64_t max) {
  const YamlNode* node = find(key);
  return node ? yaml_integer(*node, full(key), min, max, *errors_) : std::nullopt;
}

std::optional<std::uint64_t> YamlMap::unsigned_integer(std::string_view key) {
  const YamlNode* node = find(key);
  if (!node) return std::nullopt;
  const auto value = parse_number<std::uint64_t>(*node);
  if (!value)
    errors_->add(node->line, node->column,
                 fmt::format("'{}' must be a whole number from 0 to 18446744073709551615, not {}", full(key), shown(*node)));
  return value;
}

std::optional<bool> YamlMap::flag(std::string_view key) {
  const YamlNode* node = find(key);
  if (!node) return std::nullopt;
  if (node->kind == YamlNode::Kind::scalar && !node->quoted && (node->scalar == "true" || node->scalar == "false"))
    return node->scalar == "true";
  errors_->add(node->line, node->column, fmt::format("'{}' must be true or false, not {}", full(key), shown(*node)));
  return std::nullopt;
}

std::optional<std::string> YamlMap::text(std::string_view key) {
  const YamlNode* node = find(key);
  if (!node) return std::nullopt;
  const auto control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; };
  if (node->kind == YamlNode::Kind::scalar && std::ranges::any_of(node->scalar, control)) {
    errors_->add(node->line, node->column, fmt::format("'{}' must be one line of text without control characters", full(key)));
    return std::nullopt;
  }
  if (node->kind == YamlNode::Kind::scalar && !node->scalar.empty()) return node->scalar;
  errors_->add(node->line, node->column,
               fmt::format("'{}' must be text, not {}", full(key), node->kind == YamlNode::Kind::scalar ? "empty" : shown(*node)));
  return std::nullopt;
}

std::optional<YamlMap::Pair> YamlMap::pair(std::string_view key, std::int64_t min, std::int64_t max) {
  const YamlNode* node = find(key);
  if (!node) return std::nullopt;
  if (node->kind != YamlNode::Kind::list || node->items.size() != 2) {
    const std::string got = node->kind == YamlNode::Kind::list ? fmt::format("a list of {}", node->items.size()) : shown(*node);
    errors_->add(node->line, node->column, fmt::format("'{}' must be two whole numbers, as [0, 511], not {}", full(key), got));
    return std::nullopt;
  }
  const auto first = yaml_integer(node->items[0], full(key), min, max, *errors_);
  const auto second = yaml_integer(node->items[1], full(key), min, max, *errors_);
  if (!first || !second) return std::nullopt;
  return Pair{*first, *second, node->line, node->column};
}

YamlMap YamlMap::map(std::string_view key) {
  static const YamlNode kEmpty{.kind = YamlNode::Kind::map, .scalar = {}, .items = {}, .entries = {}};
  const YamlNode* node = find(key);
  return YamlMap(node ? *node : kEmpty, full(key), *errors_);
}

std::vector<YamlMap> YamlMap::maps(std::string_view key) {
  std::vector<YamlMap> out;
  const YamlNode* node = find(key);
  if (!node || node->kind == YamlNode::Kind::null) return out;
  if (node->kind != YamlNode::Kind::list) {
    errors_->add(node->line, node->column, fmt::format("'{}' must be a list, not {}", full(key), shown(*node)));
    return out;
  }
  for (std::size_t i = 0; i < node->items.size(); ++i) out.emplace_back(node->items[i], fmt::format("{}[{}]", full(key), i), *errors_);
  return out;
}

void YamlMap::require(std::string_view key) {
  const YamlNode* node = find(key);
  if (!node) errors_->add(node_->line, node_->column, fmt::format("missing key '{}'", full(key)));
}

void YamlMap::finish() {
  for (const YamlNode::Entry& entry : node_->entries) {
    if (std::ranges::find(known_, entry.key) != known_.end()) continue;
    const auto meant = did_you_mean(entry.key, known_);
    errors_->add(entry.line, entry.column,
                 meant ? fmt::format("unknown key '{}', did you mean '{}'?", entry.key, *meant)
                       : fmt::format("unknown key '{}'; known here: {}", entry.key, fmt::join(known_, ", ")));
  }
}

void YamlMap::error_at(std::string_view key, std::string what) {
  const YamlNode* node = find(key);
  errors_->add(node ? node->line : node_->line, node ? node->column : node_->column, std::move(what));
}

std::optional<std::string> did_you_mean(std::string_view word, const std::vector<std::string>& known) {
  std::optional<std::string> best;
  std::size_t best_distance = 0;
  for (const std::string& candidate : known) {
    const std::size_t distance = edit_distance(word.substr(0, 64), candidate);
    const bool some_right = distance < std::max(word.size(), candidate.size());
    const bool near = (distance <= std::max<std::size_t>(2, word.size() / 3) && some_right) || letters_left_out(candidate, word) ||
                      letters_left_out(word, candidate);
    if (near && (!best || distance < best_distance)) {
      best = candidate;
      best_distance = distance;
    }
  }
  return best;
}

}  // namespace meridian
