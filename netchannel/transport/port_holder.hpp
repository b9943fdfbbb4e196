// Which process holds a port, for an error message that a person can act on. Reads /proc; slow (every process's descriptors), for
// failures only.
#pragma once

#include <cstdint>
#include <string>

namespace meridian {

// "pid 812 (meridian-node)", or "another process" where this user may not see it. Of several, the one with the lowest pid.
std::string udp_port_holder(std::uint16_t port);
// The same of a port that is listened on; empty when none is.
std::string tcp_port_holder(std::uint16_t port);

}  // namespace meridian
