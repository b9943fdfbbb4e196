// The text of a configuration file. What cannot be read is an error and never an empty file.
#pragma once

#include <expected>
#include <string>

#include "regional_node/settings/region_settings.hpp"

namespace meridian {

std::expected<std::string, ConfigError> read_config_file(const std::string& path);

}  // namespace meridian
