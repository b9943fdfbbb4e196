// The world as a region's settings and content make it, before anybody has built in it.
#pragma once

#include <optional>
#include <string>

#include "regional_node/settings/region_settings.hpp"
#include "world/chunk/generator.hpp"
#include "world/world.hpp"

namespace meridian {

// The whole slice.
World make_terrain(const RegionSettings& settings, const BlockKinds& kinds, const GeneratorKinds& of_generator);

// Why nobody could enter at world.spawn, and what to do; nullopt where there is ground. Makes no more terrain than that takes.
std::optional<std::string> spawn_problem(const RegionSettings& settings, const BlockKinds& kinds, const GeneratorKinds& of_generator);

}  // namespace meridian
