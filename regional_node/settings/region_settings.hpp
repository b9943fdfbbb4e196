// A region's YAML (config/regions/NAME.yaml), checked whole before anything starts: every error with file:line:column and, for a misspelt
// key, the nearest known one. A bad file changes nothing.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.hpp"
#include "world/chunk/coords.hpp"

namespace meridian {

struct ConfigError {
  std::string file;
  int line = 0, column = 0;  // from 1
  std::string what;          // "unknown key 'tick_hertz', did you mean 'tick_hz'?"
  std::string text() const;  // "file:line:col: error: what"
};

struct RegionSettings {
  std::string region;                                           // region: eu-west
  NodeId node;                                                  // node.id: 1-1023, from YAML until there is a registry
  std::string udp = "[::]:7777";                                // net.udp
  std::string http = "127.0.0.1:8080";                          // net.http
  std::uint16_t max_players = 1000;                             // net.max_players, 1-10000
  std::uint16_t tick_hz = 20;                                   // tick.hz: no other yet, since the rules count in ticks
  std::uint64_t seed = 1;                                       // world.seed
  std::int32_t min_x = 0, min_y = 0, max_x = 511, max_y = 511;  // slice.x_blocks, slice.y_blocks: [first, last], whole chunks
  BlockCoord spawn{256, 256};                                   // world.spawn: [x, y], inside the slice
  std::uint16_t view_blocks = 64;                               // world.view_blocks, 16-128
  // Paths as written by read_region_settings; as usable from here by load_region_settings.
  std::string blocks = "../content/blocks.yaml";  // content.blocks: relative to the file's folder
  std::string state_dir;                          // state.dir: relative to the working folder; ".state/REGION" unless said
  bool dev_gate = false;                          // gate.dev
  std::string log_level = "info";                 // log.level
};

// Every key that a region's YAML may have, as "net.udp"; the schema (config/schemas/region.v1.json) is tested against it.
std::vector<std::string> region_keys();

std::expected<RegionSettings, std::vector<ConfigError>> read_region_settings(std::string_view yaml, const std::string& file);
std::expected<RegionSettings, std::vector<ConfigError>> load_region_settings(const std::string& path);
// The settings in force as YAML, for --print-config. Loading that file gives the same settings, in whatever folder it lies: content.blocks
// is made absolute.
std::string print_region_settings(const RegionSettings& settings);

}  // namespace meridian
