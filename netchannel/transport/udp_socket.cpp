#include "netchannel/transport/udp_socket.hpp"

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

std::size_t errno_index(int error) {
  return error > 0 && static_cast<std::size_t>(error) < kErrnoCount ? static_cast<std::size_t>(error) : 0;
}

}  // namespace meridian
