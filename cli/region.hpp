// What a client on this machine needs of a region: its settings, its content, and tickets from the development gate. Until there is a gate
// that answers over the network, a player reads the same files as the node.
#pragma once

#include <expected>
#include <functional>
#include <string>

#include "base/error.hpp"
#include "netchannel/crypto/connect_token.hpp"
#include "regional_node/settings/region_settings.hpp"
#include "world/chunk/block_kinds.hpp"

namespace meridian {

inline constexpr const char* kDefaultConfig = "config/regions/eu-west.yaml";

struct Region {
  RegionSettings settings;
  BlockKinds kinds;
};
// Every error of the files in one text, a line each.
// `state_dir` stands in for the config's own; empty = the config's.
std::expected<RegionSettings, Error> load_settings(const std::string& config, const std::string& state_dir = "");
std::expected<Region, Error> load_region(const std::string& config, const std::string& state_dir = "");

// A fresh ticket for `name` at every call. `udp` stands in for the node's own address where the way leads over a relay; empty = the node's
// own.
std::function<std::expected<Ticket, Error>()> dev_tickets(const RegionSettings& settings, std::string name, std::string udp);

// For options that take a numeric address: empty when it is one, else what is wrong with it.
std::string address_problem(const std::string& text);

}  // namespace meridian
