// Always an IPv6 socket: bound to a mapped address it speaks IPv4 alone, bound to [::] both, so there is one kind of socket address here.
#include "netchannel/transport/udp_transport.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "netchannel/transport/port_holder.hpp"
#include "netchannel/transport/udp_socket.hpp"

namespace meridian {

struct UdpTransport::State {
  Descriptor fd;
  UdpCounters counters;
  OverflowCount overflow;
  bool more = false;

  std::array<std::array<std::uint8_t, kMaxDatagramBytes>, kUdpBatch> buffers;
  std::array<sockaddr_in6, kUdpBatch> in_names, out_names;
  std::array<iovec, kUdpBatch> in_parts, out_parts;
  struct alignas(cmsghdr) Control {
    std::uint8_t bytes[CMSG_SPACE(sizeof(std::uint32_t))];
  };
  std::array<Control, kUdpBatch> controls;
  std::array<mmsghdr, kUdpBatch> in_headers, out_headers;
  std::array<Datagram, kUdpBatch> datagrams;

  void note_overflow(msghdr& header);
};

namespace {

sockaddr_in6 to_system(const Address& address) {
  sockaddr_in6 name{};
  name.sin6_family = AF_INET6;
  name.sin6_port = htons(address.port);
  std::memcpy(&name.sin6_addr, address.ip.data(), address.ip.size());
  return name;
}

Address from_system(const sockaddr_in6& name) {
  Address address;
  std::memcpy(address.ip.data(), &name.sin6_addr, address.ip.size());
  address.port = ntohs(name.sin6_port);
  return address;
}

Error bind_error(const Address& bind, int error) {
  const std::string what = fmt::format("cannot bind UDP {}", bind.text());
  if (error == EADDRINUSE)
    return {what, fmt::format("port {} is held by {}", bind.port, udp_port_holder(bind.port)),
            "stop it (./dev down), or choose another port (net.udp)"};
  if (error == EADDRNOTAVAIL) return {what, "this machine does not have that address", "bind [::] or an address of this machine"};
  if (error == EACCES) return {what, "ports below 1024 need a privilege", "choose a port of 1024-65535"};
  return {what, std::strerror(error), "choose another address (net.udp)"};
}

void set_option(int fd, int level, int option, int value) { setsockopt(fd, level, option, &value, sizeof value); }

}  // namespace

std::expected<UdpTransport, Error> UdpTransport::open(const Address& bind) {
  auto state = std::make_unique<State>();
  state->fd = Descriptor(socket(AF_INET6, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  const int fd = state->fd.get();
  if (fd < 0)
    return std::unexpected(
        Error{"cannot open a UDP socket", std::strerror(errno), "check `ulimit -n`, and that IPv6 is not disabled at boot"});

  set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 0);
  set_option(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_PROBE);
  set_option(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_PROBE);
  set_option(fd, SOL_SOCKET, SO_RXQ_OVFL, 1);
  ask_for_buffers(fd);
  const sockaddr_in6 name = to_system(bind);
  if (::bind(fd, reinterpret_cast<const sockaddr*>(&name), sizeof name) != 0) return std::unexpected(bind_error(bind, errno));
  return UdpTransport(std::move(state));
}

std::span<const Datagram> UdpTransport::receive() {
  State& s = *state_;
  // The kernel overwrites lengths and flags: set up afresh for each call.
  for (std::size_t i = 0; i < kUdpBatch; ++i) {
    s.in_parts[i] = {s.buffers[i].data(), s.buffers[i].size()};
    s.in_headers[i] = {};
    msghdr& header = s.in_headers[i].msg_hdr;
    header.msg_name = &s.in_names[i];
    header.msg_namelen = sizeof s.in_names[i];
    header.msg_iov = &s.in_parts[i];
    header.msg_iovlen = 1;
    header.msg_control = s.controls[i].bytes;
    header.msg_controllen = sizeof s.controls[i].bytes;
  }
  const int got = recvmmsg(s.fd.get(), s.in_headers.data(), kUdpBatch, MSG_DONTWAIT, nullptr);
  s.more = got == static_cast<int>(kUdpBatch);
  if (got < 0) {
    if (errno != EAGAIN && errno != EINTR) ++s.counters.receive_errors[errno_index(errno)];
    return {};
  }
  ++s.counters.receive_calls;

  std::size_t kept = 0;
  for (std::size_t i = 0; i < static_cast<std::size_t>(got); ++i) {
    msghdr& header = s.in_headers[i].msg_hdr;
    s.note_overflow(header);
    if ((header.msg_flags & MSG_TRUNC) != 0) {
      ++s.counters.oversized;
      continue;
    }
    ++s.counters.datagrams_in;
    s.counters.bytes_in += s.in_headers[i].msg_len;
    s.datagrams[kept++] = {from_system(s.in_names[i]), MutableBytes(s.buffers[i]).first(s.in_headers[i].msg_len)};
  }
  return std::span(s.datagrams).first(kept);
}

void UdpTransport::State::note_overflow(msghdr& header) {
  for (cmsghdr* control = CMSG_FIRSTHDR(&header); control != nullptr; control = CMSG_NXTHDR(&header, control)) {
    if (control->cmsg_level != SOL_SOCKET || control->cmsg_type != SO_RXQ_OVFL) continue;
    std::uint32_t dropped = 0;
    std::memcpy(&dropped, CMSG_DATA(control), sizeof dropped);
    overflow.heard(dropped);
    counters.rxq_overflow = overflow.total;
  }
}

void UdpTransport::send(const DatagramBatch& batch) {
  State& s = *state_;
  for (std::size_t first = 0; first < batch.size(); first += kUdpBatch) {
    const std::size_t count = std::min(kUdpBatch, batch.size() - first);
    for (std::size_t i = 0; i < count; ++i) {
      const Bytes bytes = batch.bytes(first + i);
      s.out_names[i] = to_system(batch.to(first + i));
      s.out_parts[i] = {const_cast<std::uint8_t*>(bytes.data()), bytes.size()};  // sendmmsg only reads it
      s.out_headers[i] = {};
      msghdr& header = s.out_headers[i].msg_hdr;
      header.msg_name = &s.out_names[i];
      header.msg_namelen = sizeof s.out_names[i];
      header.msg_iov = &s.out_parts[i];
      header.msg_iovlen = 1;
    }
    send_all(s.fd.get(), std::span(s.out_headers).first(count), s.counters);
  }
}

bool UdpTransport::more() const { return state_->more; }

Address UdpTransport::local() const {
  sockaddr_in6 name{};
  socklen_t size = sizeof name;
  getsockname(state_->fd.get(), reinterpret_cast<sockaddr*>(&name), &size);
  return from_system(name);
}

int UdpTransport::receive_buffer_bytes() const { return granted_bytes(state_->fd.get(), SO_RCVBUF); }
int UdpTransport::send_buffer_bytes() const { return granted_bytes(state_->fd.get(), SO_SNDBUF); }
const UdpCounters& UdpTransport::counters() const { return state_->counters; }

UdpTransport::UdpTransport(std::unique_ptr<State> state) : state_(std::move(state)) {}
UdpTransport::UdpTransport(UdpTransport&&) noexcept = default;
UdpTransport& UdpTransport::operator=(UdpTransport&&) noexcept = default;
UdpTransport::~UdpTransport() = default;

}  // namespace meridian
