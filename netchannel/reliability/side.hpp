// Which end of a session this is. The server's packets go down, the client's up.
#pragma once

#include <cstdint>

namespace meridian {

enum class Side : std::uint8_t { client, server };

}  // namespace meridian
