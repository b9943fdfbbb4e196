// One plain HTTP GET to a numeric address, blocking, with one deadline over all of it. For `meridian status`; nothing else of HTTP is here.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "netchannel/transport/datagram.hpp"

namespace meridian {

inline constexpr std::size_t kMaxHttpBytes = 1 << 20;  // of head and body: a status is some kB

struct HttpAnswer {
  int status = 0;
  std::string body;
};
// Error: nobody answered in time, or what came was no HTTP.
std::expected<HttpAnswer, Error> http_get(const Address& server, std::string_view path, std::int64_t timeout_ms);

// The whole of what a server sent before it closed. Error: why it is no answer.
std::expected<HttpAnswer, std::string> parse_http_answer(std::string_view bytes);

}  // namespace meridian
