// One function a section; each reads its keys with their ranges. Rules between keys come last and are checked only when the keys themselves
// were good.
#include "regional_node/settings/region_settings.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fmt/format.h>

#include "netchannel/transport/datagram.hpp"
#include "regional_node/settings/config_file.hpp"
#include "regional_node/settings/yaml_reader.hpp"

namespace meridian {
namespace {

constexpr std::int64_t kMaxCoordinate = 1 << 20;  // blocks from the origin: places in q8 stay well inside 32 bits
constexpr std::int64_t kMaxSideBlocks = 4096;     // 16,384 chunks of 6 KiB; a larger world is several slices
constexpr std::array<std::string_view, 5> kLogLevels = {"trace", "debug", "info", "warn", "error"};

template <typename T, typename U>
void take(T& out, const std::optional<U>& value) {
  if (value) out = static_cast<T>(*value);
}

bool is_region_name(std::string_view name) {
  const auto ok = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; };
  return !name.empty() && name.size() <= 32 && name.front() != '-' && std::ranges::all_of(name, ok);
}

void read_address(YamlMap& net, std::string_view key, std::string& out) {
  const auto text = net.text(key);
  if (!text) return;
  if (Address::parse(*text))
    out = *text;
  else
    net.error_at(key, fmt::format("'net.{}' must be an address with a port, as 127.0.0.1:7777 or \"[::]:7777\", not '{}'", key, *text));
}

void read_net(YamlMap net, RegionSettings& out) {
  read_address(net, "udp", out.udp);
  read_address(net, "http", out.http);
  take(out.max_players, net.integer("max_players", 1, 10'000));
  net.finish();
}

void read_slice(YamlMap slice, RegionSettings& out) {
  const auto axis = [&](std::string_view key, std::int32_t& first, std::int32_t& last) {
    const auto pair = slice.pair(key, -kMaxCoordinate, kMaxCoordinate - 1);
    if (!pair) return;
    const std::int64_t side = pair->second - pair->first + 1;
    if (side <= 0)
      slice.error_at(key,
                     fmt::format("'slice.{}' must be [first, last] with first before last, not [{}, {}]", key, pair->first, pair->second));
    else if (pair->first % kChunkBlocks != 0 || side % kChunkBlocks != 0)
      slice.error_at(key, fmt::format("'slice.{}' must hold whole chunks of {} blocks, as [0, 511], not [{}, {}]", key, kChunkBlocks,
                                      pair->first, pair->second));
    else if (side > kMaxSideBlocks)
      slice.error_at(key, fmt::format("'slice.{}' may be at most {} blocks long, not {}", key, kMaxSideBlocks, side));
    else {
      first = static_cast<std::int32_t>(pair->first);
      last = static_cast<std::int32_t>(pair->second);
    }
  };
  axis("x_blocks", out.min_x, out.max_x);
  axis("y_blocks", out.min_y, out.max_y);
  slice.finish();
}

void read_world(YamlMap world, RegionSettings& out, bool errors_before) {
  take(out.seed, world.unsigned_integer("seed"));
  take(out.view_blocks, world.integer("view_blocks", 16, 128));
  const auto spawn = world.pair("spawn", -kMaxCoordinate, kMaxCoordinate - 1);
  if (spawn) {
    out.spawn = {static_cast<std::int32_t>(spawn->first), static_cast<std::int32_t>(spawn->second)};
  } else if (!world.find("spawn")) {
    out.spawn = {out.min_x + (out.max_x - out.min_x + 1) / 2, out.min_y + (out.max_y - out.min_y + 1) / 2};
  }
  const bool inside = out.spawn.x >= out.min_x && out.spawn.x <= out.max_x && out.spawn.y >= out.min_y && out.spawn.y <= out.max_y;
  if (spawn && !inside && !errors_before)
    world.error_at("spawn", fmt::format("'world.spawn' [{}, {}] must be inside the slice, x {}..{}, y {}..{}", out.spawn.x, out.spawn.y,
                                        out.min_x, out.max_x, out.min_y, out.max_y));
  world.finish();
}

void read_log(YamlMap log, RegionSettings& out) {
  const auto level = log.text("level");
  if (level && std::ranges::find(kLogLevels, *level) == kLogLevels.end()) {
    const auto meant = did_you_mean(*level, {kLogLevels.begin(), kLogLevels.end()});
    log.error_at("level", fmt::format("'log.level' must be trace, debug, info, warn or error, not '{}'{}", *level,
                                      meant ? fmt::format(", did you mean '{}'?", *meant) : ""));
  } else {
    take(out.log_level, level);
  }
  log.finish();
}

void read_text(YamlMap section, std::string_view key, std::string& out) {
  take(out, section.text(key));
  section.finish();
}

void read_whole(YamlMap& root, RegionSettings& out, YamlErrors& errors) {
  root.require("region");
  if (const auto name = root.text("region")) {
    if (is_region_name(*name))
      out.region = *name;
    else
      root.error_at("region", fmt::format("'region' must be 1 to 32 of a-z, 0-9 and '-', as eu-west, not '{}'", *name));
  }
  root.require("node");
  YamlMap node = root.map("node");
  if (root.find("node")) node.require("id");
  take(out.node.value, node.integer("id", 1, kMaxNodeId));
  node.finish();

  read_net(root.map("net"), out);
  YamlMap tick = root.map("tick");
  // Movement, pushes and cooldowns are counted in ticks and the client's windows are cut for 20 Hz: another rate would be another game.
  if (const YamlNode* hz = tick.find("hz"); hz != nullptr && (hz->quoted || hz->scalar != "20"))
    tick.error_at("hz",
                  "'tick.hz' must be 20 for now: speeds and cooldowns are counted in ticks, so another rate would change the game's speed");
  tick.finish();
  read_slice(root.map("slice"), out);
  read_world(root.map("world"), out, !errors.empty());
  read_text(root.map("content"), "blocks", out.blocks);
  out.state_dir = ".state/" + out.region;
  read_text(root.map("state"), "dir", out.state_dir);
  YamlMap gate = root.map("gate");
  take(out.dev_gate, gate.flag("dev"));
  gate.finish();
  read_log(root.map("log"), out);
  root.finish();
}

}  // namespace

std::vector<std::string> region_keys() {
  return {"region",         "node.id",        "net.udp",    "net.http",    "net.max_players",   "tick.hz",
          "slice.x_blocks", "slice.y_blocks", "world.seed", "world.spawn", "world.view_blocks", "content.blocks",
          "state.dir",      "gate.dev",       "log.level"};
}

std::expected<RegionSettings, std::vector<ConfigError>> read_region_settings(std::string_view yaml, const std::string& file) {
  const auto parsed = parse_yaml(yaml, file);
  if (!parsed) return std::unexpected(std::vector{parsed.error()});
  YamlErrors errors(file);
  RegionSettings settings;
  YamlMap root(*parsed, "", errors);
  read_whole(root, settings, errors);
  if (!errors.empty()) return std::unexpected(errors.take());
  return settings;
}

std::expected<RegionSettings, std::vector<ConfigError>> load_region_settings(const std::string& path) {
  const auto text = read_config_file(path);
  if (!text) return std::unexpected(std::vector{text.error()});
  auto settings = read_region_settings(*text, path);
  if (!settings) return settings;
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  settings->blocks = (folder / settings->blocks).lexically_normal().string();
  return settings;
}

std::string print_region_settings(const RegionSettings& s) {
  const auto quoted = [](std::string_view text) {
    std::string out = "\"";
    for (const char c : text) out += c == '"' || c == '\\' ? std::string{'\\', c} : std::string(1, c);
    return out + "\"";
  };
  std::string out;
  out += fmt::format("region: {}\nnode:\n  id: {}\n", quoted(s.region), s.node.value);
  out += fmt::format("net:\n  udp: {}\n  http: {}\n  max_players: {}\n", quoted(s.udp), quoted(s.http), s.max_players);
  out += fmt::format("tick:\n  hz: {}\n", s.tick_hz);
  out += fmt::format("slice:\n  x_blocks: [{}, {}]\n  y_blocks: [{}, {}]\n", s.min_x, s.max_x, s.min_y, s.max_y);
  out += fmt::format("world:\n  seed: {}\n  spawn: [{}, {}]\n  view_blocks: {}\n", s.seed, s.spawn.x, s.spawn.y, s.view_blocks);
  out +=
      fmt::format("content:\n  blocks: {}\nstate:\n  dir: {}\n", quoted(std::filesystem::absolute(s.blocks).string()), quoted(s.state_dir));
  out += fmt::format("gate:\n  dev: {}\nlog:\n  level: {}\n", s.dev_gate, s.log_level);
  return out;
}

}  // namespace meridian
