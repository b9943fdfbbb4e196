// config/content/blocks.yaml -> BlockKinds, checked with file:line:column. Node and clients (play, bots) read the same file; the rules hash
// tells when theirs differ.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "regional_node/settings/region_settings.hpp"
#include "world/chunk/block_kinds.hpp"
#include "world/chunk/generator.hpp"

namespace meridian {

std::expected<BlockKinds, std::vector<ConfigError>> read_blocks(std::string_view yaml, const std::string& file);
std::expected<BlockKinds, std::vector<ConfigError>> load_blocks(const std::string& path);
// The kinds that the generator needs, or which one the content lacks.
std::expected<GeneratorKinds, std::string> generator_kinds(const BlockKinds& kinds);

}  // namespace meridian
