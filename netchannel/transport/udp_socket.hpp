// What UdpTransport and SharedUdpSocket both need of a socket: a descriptor that closes itself, buffers, options, errno counting.
#pragma once

#include <cstdint>
#include <span>
#include <sys/socket.h>
#include <utility>

#include "base/error.hpp"
#include "netchannel/transport/datagram.hpp"

namespace meridian {

struct UdpCounters;

class Descriptor {
 public:
  explicit Descriptor(int fd = -1) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Descriptor();
  int get() const { return fd_; }

 private:
  int fd_;
};

// Asks for kUdpBufferBytes both ways: by SO_xxxBUF, which the system's limit caps, then by SO_xxxBUFFORCE, which root may exceed.
void ask_for_buffers(int fd);
// SO_RCVBUF or SO_SNDBUF as usable bytes: the kernel reports twice of what it granted, the other half is its own bookkeeping.
int granted_bytes(int fd, int option);
// Sums up the kernel's 32-bit count of dropped datagrams, which wraps.
struct OverflowCount {
  std::uint32_t last = 0;
  std::uint64_t total = 0;
  void heard(std::uint32_t kernel) {
    total += static_cast<std::uint32_t>(kernel - last);
    last = kernel;
  }
};
// sendmmsg until each was taken or refused; what finds the socket's buffer full is dropped. Counts all of it.
void send_all(int fd, std::span<mmsghdr> headers, UdpCounters& counters);
// Index into an errno table of kErrnoCount entries.
std::size_t errno_index(int error);

}  // namespace meridian
