// Where the node's log lines go: stderr; text for people when that is a terminal, one JSON object a line otherwise.
//   {"time":"2026-11-21T04:00:00.123Z","level":"info","message":"..."}
#pragma once

#include <string>

namespace meridian {

// Once, before the first line. `level`: trace, debug, info, warn or error (checked by the settings' reader).
void start_logging(const std::string& level, bool json);

}  // namespace meridian
