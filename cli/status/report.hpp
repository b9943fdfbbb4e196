// What a node says of itself at /v1/status, for a person: the verdict first, then a short table. Pure.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

namespace meridian {

struct StatusReport {
  bool well = false;  // the verdict is "ok"
  std::uint32_t players = 0;
  std::string text;  // lines of at most 80 columns
};
// Error: why this is no status of a node.
std::expected<StatusReport, std::string> read_status(std::string_view json);

}  // namespace meridian
