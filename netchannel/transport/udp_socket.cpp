#include "netchannel/transport/udp_socket.hpp"

#include <cerrno>
#include <sys/socket.h>
#include <unistd.h>

#include "netchannel/transport/udp_transport.hpp"

namespace meridian {
namespace {

void ask(int fd, int option, int force_option) {
  setsockopt(fd, SOL_SOCKET, option, &kUdpBufferBytes, sizeof kUdpBufferBytes);
  if (granted_bytes(fd, option) < kUdpBufferBytes) setsockopt(fd, SOL_SOCKET, force_option, &kUdpBufferBytes, sizeof kUdpBufferBytes);
}

}  // namespace

Descriptor::~Descriptor() {
  if (fd_ >= 0) close(fd_);
}

void ask_for_buffers(int fd) {
  ask(fd, SO_RCVBUF, SO_RCVBUFFORCE);
  ask(fd, SO_SNDBUF, SO_SNDBUFFORCE);
}

int granted_bytes(int fd, int option) {
  int doubled = 0;
  socklen_t size = sizeof doubled;
  getsockopt(fd, SOL_SOCKET, option, &doubled, &size);
  return doubled / 2;
}

void send_all(int fd, std::span<mmsghdr> headers, UdpCounters& counters) {
  while (!headers.empty()) {
    const int sent = sendmmsg(fd, headers.data(), static_cast<unsigned>(headers.size()), MSG_DONTWAIT);
    if (sent >= 0) {
      ++counters.send_calls;
      counters.datagrams_out += static_cast<std::uint64_t>(sent);
      for (int i = 0; i < sent; ++i) counters.bytes_out += headers[static_cast<std::size_t>(i)].msg_len;
      headers = headers.subspan(static_cast<std::size_t>(sent));
      continue;
    }
    const int error = errno;  // about the first of them alone
    if (error == EINTR) continue;
    if (error == EAGAIN) {
      counters.send_would_block += headers.size();
      return;
    }
    ++counters.send_errors[errno_index(error)];
    headers = headers.subspan(1);
  }
}

std::size_t errno_index(int error) {
  return error > 0 && static_cast<std::size_t>(error) < kErrnoCount ? static_cast<std::size_t>(error) : 0;
}

}  // namespace meridian
