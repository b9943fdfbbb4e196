// Each entry is read whole and checked alone; then names are compared with those above. The file's list becomes kinds only without any
// error.
#include "regional_node/content/blocks_content.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <map>

#include "regional_node/settings/config_file.hpp"
#include "regional_node/settings/yaml_reader.hpp"

namespace meridian {
namespace {

constexpr std::size_t kMaxKinds = 65'535;  // ids are 16 bits and 0 is air
constexpr std::size_t kMaxNameLength = 32;

std::optional<std::string> read_name(YamlMap& entry) {
  entry.require("name");
  auto name = entry.text("name");
  if (!name) return std::nullopt;
  const auto ok = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; };
  if (name->size() <= kMaxNameLength && std::ranges::all_of(*name, ok)) return name;
  entry.error_at("name", fmt::format("'{}.name' must be at most {} of a-z, 0-9 and _, as oak_tree", entry.path(), kMaxNameLength));
  return std::nullopt;
}

std::optional<Layer> read_layer(YamlMap& entry) {
  entry.require("layer");
  const auto text = entry.text("layer");
  if (!text) return std::nullopt;
  static const std::vector<std::string> kLayerNames = {"floor", "active", "ceiling"};
  const auto it = std::ranges::find(kLayerNames, *text);
  if (it != kLayerNames.end()) return static_cast<Layer>(it - kLayerNames.begin());
  const auto meant = did_you_mean(*text, kLayerNames);
  entry.error_at("layer", meant ? fmt::format("unknown layer '{}', did you mean '{}'?", *text, *meant)
                                : fmt::format("unknown layer '{}'; there are floor, active and ceiling", *text));
  return std::nullopt;
}

std::optional<Rgb> read_color(YamlMap& entry, std::string_view key) {
  if (const YamlNode* node = entry.find(key); node != nullptr && node->kind == YamlNode::Kind::null) {
    entry.error_at(
        key, fmt::format("'{}.{}' is empty: write the color in quotes, as \"#3f6fae\"; a bare # begins a comment", entry.path(), key));
    return std::nullopt;
  }
  const auto text = entry.text(key);
  if (!text) return std::nullopt;
  const auto digit = [](char c) { return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1; };
  bool good = text->size() == 7 && text->front() == '#';
  std::array<std::uint8_t, 3> parts{};
  for (std::size_t i = 0; good && i < 3; ++i) {
    const int high = digit((*text)[1 + 2 * i]), low = digit((*text)[2 + 2 * i]);
    good = high >= 0 && low >= 0;
    if (good) parts[i] = static_cast<std::uint8_t>(high * 16 + low);
  }
  if (good) return Rgb{parts[0], parts[1], parts[2]};
  entry.error_at(key, fmt::format("'{}.{}' must be a color as \"#3f6fae\", in quotes", entry.path(), key));
  return std::nullopt;
}

// The one code point that `text` is, when it is well-formed UTF-8 (RFC 3629).
std::optional<char32_t> only_character(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  if (text.empty()) return std::nullopt;
  const std::size_t length = byte(0) < 0x80 ? 1 : byte(0) >= 0xF0 ? 4 : byte(0) >= 0xE0 ? 3 : 2;
  if (text.size() != length) return std::nullopt;
  char32_t point = length == 1 ? byte(0) : byte(0) & (0x7Fu >> length);
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return std::nullopt;
    point = (point << 6) | (byte(i) & 0x3Fu);
  }
  constexpr std::array<char32_t, 5> kLeast = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = point >= 0xD800 && point <= 0xDFFF;
  if (point < kLeast[length] || point > 0x10FFFF || surrogate) return std::nullopt;
  return point;
}

// Invisible, combining or two columns wide on a terminal (the wide blocks of Unicode's EastAsianWidth): any of them would tear a text map.
bool one_column(char32_t point) {
  struct Range {
    char32_t first, last;
  };
  constexpr Range kNot[] = {{0, 0x1F},        {0x7F, 0xA0},     {0xAD, 0xAD},     {0x300, 0x36F},     {0x1100, 0x115F}, {0x200B, 0x200F},
                            {0x2028, 0x202F}, {0x2060, 0x206F}, {0x20D0, 0x20FF}, {0x2E80, 0xA4CF},   {0xAC00, 0xD7A3}, {0xE000, 0xFAFF},
                            {0xFE00, 0xFE6F}, {0xFEFF, 0xFF60}, {0xFFE0, 0xFFFF}, {0x1F000, 0x10FFFF}};
  return std::ranges::none_of(kNot, [&](Range r) { return point >= r.first && point <= r.last; });
}

std::optional<char32_t> read_glyph(YamlMap& entry) {
  entry.require("glyph");
  const auto text = entry.text("glyph");
  if (!text) return std::nullopt;
  const auto point = only_character(*text);
  if (point && one_column(*point)) return point;
  entry.error_at("glyph", fmt::format("'{}.glyph' must be one visible character that is one column wide", entry.path()));
  return std::nullopt;
}

// Keys that mean something in one layer only are errors in another: they would be believed and do nothing.
void check_layer_keys(YamlMap& entry, Layer layer) {
  const auto only = [&](std::string_view key, Layer where, std::string_view layer_name) {
    if (layer != where && entry.find(key) != nullptr)
      entry.error_at(key, fmt::format("'{}.{}' means something in layer {} only", entry.path(), key, layer_name));
  };
  only("solid", Layer::active, "active");
  only("walkable", Layer::floor, "floor");
  only("speed_percent", Layer::floor, "floor");
  only("background", Layer::floor, "floor");
  if (layer == Layer::floor) entry.require("background");
}

BlockKind read_kind(YamlMap& entry) {
  BlockKind kind;
  kind.name = read_name(entry).value_or("");
  const auto layer = read_layer(entry);
  kind.layer = layer.value_or(kind.layer);
  kind.solid = entry.flag("solid").value_or(false);
  kind.walkable = entry.flag("walkable").value_or(true);
  kind.speed_percent = static_cast<std::uint8_t>(entry.integer("speed_percent", 1, 200).value_or(100));
  kind.placeable = entry.flag("placeable").value_or(false);
  kind.breakable = entry.flag("breakable").value_or(false);
  kind.glyph = read_glyph(entry).value_or(U'?');
  entry.require("color");
  kind.color = read_color(entry, "color").value_or(Rgb{});
  kind.background = read_color(entry, "background").value_or(Rgb{});
  if (layer) check_layer_keys(entry, *layer);
  entry.finish();
  return kind;
}

}  // namespace

std::expected<BlockKinds, std::vector<ConfigError>> read_blocks(std::string_view yaml, const std::string& file) {
  const auto document = parse_yaml(yaml, file);
  if (!document) return std::unexpected(std::vector{document.error()});
  YamlErrors errors(file);
  YamlMap root(*document, "", errors);
  root.require("blocks");
  std::vector<BlockKind> kinds;
  std::map<std::string, int> line_of_name = {{"air", 0}};
  std::vector<YamlMap> entries = root.maps("blocks");
  if (root.find("blocks") != nullptr && entries.empty() && errors.empty())
    root.error_at("blocks", "'blocks' is empty: list at least one kind");
  if (entries.size() > kMaxKinds) root.error_at("blocks", fmt::format("more than {} kinds: ids are 16 bits", kMaxKinds));
  for (YamlMap& entry : entries) {
    kinds.push_back(read_kind(entry));
    const std::string& name = kinds.back().name;
    if (name.empty()) continue;
    const auto [first, is_new] = line_of_name.try_emplace(name, entry.line());
    if (is_new) continue;
    entry.error_at("name", name == "air" ? "the name 'air' is taken: it is kind 0"
                                         : fmt::format("the name '{}' is given twice (first in line {})", name, first->second));
  }
  root.finish();
  if (!errors.empty()) return std::unexpected(errors.take());
  return BlockKinds(std::move(kinds));
}

std::expected<BlockKinds, std::vector<ConfigError>> load_blocks(const std::string& path) {
  const auto text = read_config_file(path);
  if (!text) return std::unexpected(std::vector{text.error()});
  return read_blocks(*text, path);
}

std::expected<GeneratorKinds, std::string> generator_kinds(const BlockKinds& kinds) {
  GeneratorKinds found;
  std::string missing;
  const auto need = [&](std::string_view name, Layer layer, BlockId& id) {
    const auto known = kinds.find(name);
    if (known && kinds.of(*known).layer == layer)
      id = *known;
    else
      missing += fmt::format("{}{} (layer {})", missing.empty() ? "" : ", ", name, layer == Layer::floor ? "floor" : "active");
  };
  need("deep_water", Layer::floor, found.deep_water);
  need("water", Layer::floor, found.water);
  need("sand", Layer::floor, found.sand);
  need("grass", Layer::floor, found.grass);
  need("meadow", Layer::floor, found.meadow);
  need("dirt", Layer::floor, found.dirt);
  need("stone_floor", Layer::floor, found.stone_floor);
  need("plank_floor", Layer::floor, found.plank_floor);
  need("tree", Layer::active, found.tree);
  need("pine", Layer::active, found.pine);
  need("bush", Layer::active, found.bush);
  need("rock", Layer::active, found.rock);
  need("wall", Layer::active, found.wall);
  if (!missing.empty()) return std::unexpected("the terrain needs block kinds that the content lacks: " + missing);
  return found;
}

}  // namespace meridian
