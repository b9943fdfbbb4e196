// HTTP/1.0, so that the server neither chunks its answer nor keeps the connection: the answer ends where the connection does.
#include "cli/http_get.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include "base/clock.hpp"
#include "netchannel/transport/udp_socket.hpp"

namespace meridian {
namespace {

Error no_answer(const Address& server, std::string why) {
  return {fmt::format("no answer from http://{}", server.text()), std::move(why), "is the node running? ./dev up starts one"};
}

// Waits until the socket is ready for `events`; false at the deadline.
bool wait_for(int fd, short events, std::int64_t deadline_us) {
  for (;;) {
    const std::int64_t left_ms = (deadline_us - system_now().mono_us + 999) / 1000;
    if (left_ms <= 0) return false;
    pollfd ready{.fd = fd, .events = events, .revents = 0};
    const int got = poll(&ready, 1, static_cast<int>(left_ms));
    if (got > 0) return true;
    if (got < 0 && errno != EINTR) return false;
  }
}

std::expected<Descriptor, std::string> connect_to(const Address& server, std::int64_t deadline_us) {
  Descriptor socket(::socket(AF_INET6, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (socket.get() < 0) return std::unexpected(std::strerror(errno));
  sockaddr_in6 name{};
  name.sin6_family = AF_INET6;
  name.sin6_port = htons(server.port);
  std::memcpy(&name.sin6_addr, server.ip.data(), server.ip.size());
  if (connect(socket.get(), reinterpret_cast<const sockaddr*>(&name), sizeof name) == 0) return socket;
  if (errno != EINPROGRESS) return std::unexpected(std::strerror(errno));
  if (!wait_for(socket.get(), POLLOUT, deadline_us)) return std::unexpected("it took too long to connect");
  int error = 0;
  socklen_t size = sizeof error;
  getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &error, &size);
  if (error != 0) return std::unexpected(std::strerror(error));
  return socket;
}

}  // namespace

std::expected<HttpAnswer, Error> http_get(const Address& server, std::string_view path, std::int64_t timeout_ms) {
  const std::int64_t deadline_us = system_now().mono_us + timeout_ms * 1000;
  const auto socket = connect_to(server, deadline_us);
  if (!socket) return std::unexpected(no_answer(server, socket.error()));

  const std::string request = fmt::format("GET {} HTTP/1.0\r\nHost: {}\r\nConnection: close\r\n\r\n", path, server.text());
  for (std::string_view left = request; !left.empty();) {
    const ssize_t sent = send(socket->get(), left.data(), left.size(), MSG_NOSIGNAL);
    const int why = sent < 0 ? errno : EPIPE;
    if (sent > 0) {
      left.remove_prefix(static_cast<std::size_t>(sent));
    } else if (why != EAGAIN || !wait_for(socket->get(), POLLOUT, deadline_us)) {
      return std::unexpected(no_answer(server, std::strerror(why)));
    }
  }

  std::string bytes;
  std::array<char, 16'384> piece;
  for (;;) {
    const ssize_t got = recv(socket->get(), piece.data(), piece.size(), 0);
    if (got == 0) break;
    if (got < 0 && errno != EAGAIN) return std::unexpected(no_answer(server, std::strerror(errno)));
    if (got < 0 && !wait_for(socket->get(), POLLIN, deadline_us))
      return std::unexpected(no_answer(server, "its answer did not end in time"));
    if (got > 0) bytes.append(piece.data(), static_cast<std::size_t>(got));
    if (bytes.size() > kMaxHttpBytes) return std::unexpected(no_answer(server, "its answer is over 1 MiB"));
  }
  auto answer = parse_http_answer(bytes);
  if (!answer) return std::unexpected(no_answer(server, answer.error()));
  return std::move(*answer);
}

std::expected<HttpAnswer, std::string> parse_http_answer(std::string_view bytes) {
  const std::size_t head_end = bytes.find("\r\n\r\n");
  if (!bytes.starts_with("HTTP/1.") || head_end == std::string_view::npos) return std::unexpected("what came is not HTTP");
  const std::size_t space = bytes.find(' ');
  HttpAnswer answer;
  if (space >= head_end || space + 4 > head_end ||
      std::from_chars(bytes.data() + space + 1, bytes.data() + space + 4, answer.status).ptr != bytes.data() + space + 4)
    return std::unexpected("its status line has no code");
  answer.body = bytes.substr(head_end + 4);

  // Cut short by a dying server: half a JSON text would be blamed on the wrong thing.
  std::string head(bytes.substr(0, head_end));
  std::transform(head.begin(), head.end(), head.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (const std::size_t at = head.find("\r\ncontent-length:"); at != std::string::npos) {
    const char* digits = head.c_str() + at + std::strlen("\r\ncontent-length:");
    while (*digits == ' ') ++digits;
    std::size_t length = 0;
    std::from_chars(digits, head.c_str() + head.size(), length);
    if (answer.body.size() < length) return std::unexpected("its answer was cut short");
  }
  return answer;
}

}  // namespace meridian
