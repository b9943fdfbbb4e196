#include "netchannel/transport/shared_udp_socket.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fmt/format.h>
#include <netinet/in.h>
#include <optional>
#include <sys/socket.h>
#include <vector>

#include "netchannel/transport/udp_socket.hpp"

namespace meridian {
namespace {

constexpr std::uint32_t kFirstLineIp = 0x7F010001;  // 127.1.0.1

Address mapped(std::uint32_t ip, std::uint16_t port) {
  Address address{.ip = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF}, .port = port};
  for (std::size_t i = 0; i < 4; ++i) address.ip[12 + i] = static_cast<std::uint8_t>(ip >> (24 - 8 * i));
  return address;
}

std::uint32_t ip_of(const Address& address) {
  std::uint32_t ip = 0;
  for (std::size_t i = 0; i < 4; ++i) ip = (ip << 8) | address.ip[12 + i];
  return ip;
}

}  // namespace

struct SharedUdpSocket::State {
  class Line final : public Transport {
   public:
    State* socket = nullptr;
    std::uint32_t index = 0;
    std::vector<Datagram> inbox;  // of the last receive()
    std::size_t read = 0;

    std::span<const Datagram> receive() override {
      const std::size_t count = std::min(kUdpBatch, inbox.size() - read);
      const auto batch = std::span<const Datagram>(inbox).subspan(read, count);
      read += count;
      return batch;
    }
    void send(const DatagramBatch& batch) override {
      for (std::size_t i = 0; i < batch.size(); ++i) {
        socket->out.add(batch.to(i), batch.bytes(i));
        socket->out_lines.push_back(index);
      }
    }
  };
  struct alignas(cmsghdr) Control {
    std::uint8_t bytes[CMSG_SPACE(sizeof(in_pktinfo)) + CMSG_SPACE(sizeof(std::uint32_t))];
  };

  Descriptor fd;
  std::uint16_t port = 0;
  UdpCounters counters;
  OverflowCount overflow;
  std::uint64_t foreign = 0;
  std::vector<Line> lines;
  std::vector<std::uint32_t> lines_with_mail;
  DatagramBatch out;
  std::vector<std::uint32_t> out_lines;  // who sent out's entry of the same number

  std::vector<std::array<std::uint8_t, kMaxDatagramBytes>> arena;
  std::array<sockaddr_in, kUdpBatch> names;
  std::array<iovec, kUdpBatch> parts;
  std::array<Control, kUdpBatch> controls;
  std::array<mmsghdr, kUdpBatch> headers;

  void prepare(std::size_t i, std::uint8_t* bytes, std::size_t size, std::size_t control_bytes) {
    parts[i] = {bytes, size};
    headers[i] = {};
    headers[i].msg_hdr = {.msg_name = &names[i],
                          .msg_namelen = sizeof names[i],
                          .msg_iov = &parts[i],
                          .msg_iovlen = 1,
                          .msg_control = controls[i].bytes,
                          .msg_controllen = control_bytes,
                          .msg_flags = 0};
  }
  std::optional<std::uint32_t> line_of(msghdr& header);
  void deliver(std::size_t i, std::array<std::uint8_t, kMaxDatagramBytes>& bytes);
};

std::expected<SharedUdpSocket, Error> SharedUdpSocket::open(std::size_t lines, std::size_t arena_datagrams) {
  MRD_ASSERT(lines >= 1 && lines <= kMaxSharedLines && arena_datagrams % kUdpBatch == 0);
  auto state = std::make_unique<State>();
  state->fd = Descriptor(socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  const int fd = state->fd.get();
  const auto set = [fd](int level, int option, int value) { return setsockopt(fd, level, option, &value, sizeof value) == 0; };
  sockaddr_in name{};
  name.sin_family = AF_INET;
  socklen_t size = sizeof name;
  if (fd < 0 || !set(IPPROTO_IP, IP_PKTINFO, 1) || bind(fd, reinterpret_cast<const sockaddr*>(&name), size) != 0 ||
      getsockname(fd, reinterpret_cast<sockaddr*>(&name), &size) != 0)
    return std::unexpected(Error{"cannot open the shared UDP socket", std::strerror(errno), "check `ulimit -n`, or run without --light"});
  set(IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_PROBE);
  set(SOL_SOCKET, SO_RXQ_OVFL, 1);
  ask_for_buffers(fd);

  state->port = ntohs(name.sin_port);
  state->arena.resize(arena_datagrams);
  state->lines.resize(lines);
  for (std::size_t i = 0; i < lines; ++i) {
    state->lines[i].socket = state.get();
    state->lines[i].index = static_cast<std::uint32_t>(i);
  }
  return SharedUdpSocket(std::move(state));
}

bool SharedUdpSocket::receive() {
  State& s = *state_;
  for (const std::uint32_t line : s.lines_with_mail) {
    s.lines[line].inbox.clear();
    s.lines[line].read = 0;
  }
  s.lines_with_mail.clear();

  for (std::size_t first = 0; first < s.arena.size(); first += kUdpBatch) {
    for (std::size_t i = 0; i < kUdpBatch; ++i) s.prepare(i, s.arena[first + i].data(), kMaxDatagramBytes, sizeof s.controls[i].bytes);
    const int got = recvmmsg(s.fd.get(), s.headers.data(), kUdpBatch, MSG_DONTWAIT, nullptr);
    if (got < 0) {
      if (errno != EAGAIN && errno != EINTR) ++s.counters.receive_errors[errno_index(errno)];
      return false;
    }
    ++s.counters.receive_calls;
    for (std::size_t i = 0; i < static_cast<std::size_t>(got); ++i) s.deliver(i, s.arena[first + i]);
    if (static_cast<std::size_t>(got) < kUdpBatch) return false;
  }
  return true;
}

void SharedUdpSocket::State::deliver(std::size_t i, std::array<std::uint8_t, kMaxDatagramBytes>& bytes) {
  msghdr& header = headers[i].msg_hdr;
  const std::optional<std::uint32_t> line = line_of(header);
  if ((header.msg_flags & MSG_TRUNC) != 0) {
    ++counters.oversized;
    return;
  }
  if (!line) {
    ++foreign;
    return;
  }
  ++counters.datagrams_in;
  counters.bytes_in += headers[i].msg_len;
  if (lines[*line].inbox.empty()) lines_with_mail.push_back(*line);
  lines[*line].inbox.push_back(
      {mapped(ntohl(names[i].sin_addr.s_addr), ntohs(names[i].sin_port)), MutableBytes(bytes).first(headers[i].msg_len)});
}

// The line whose address the datagram was sent to; also takes note of the kernel's count of drops.
std::optional<std::uint32_t> SharedUdpSocket::State::line_of(msghdr& header) {
  std::optional<std::uint32_t> line;
  for (cmsghdr* control = CMSG_FIRSTHDR(&header); control != nullptr; control = CMSG_NXTHDR(&header, control)) {
    if (control->cmsg_level == IPPROTO_IP && control->cmsg_type == IP_PKTINFO) {
      in_pktinfo info;
      std::memcpy(&info, CMSG_DATA(control), sizeof info);
      const std::uint32_t index = ntohl(info.ipi_addr.s_addr) - kFirstLineIp;  // wraps far out of range for an address below
      if (index < lines.size()) line = index;
    } else if (control->cmsg_level == SOL_SOCKET && control->cmsg_type == SO_RXQ_OVFL) {
      std::uint32_t dropped = 0;
      std::memcpy(&dropped, CMSG_DATA(control), sizeof dropped);
      overflow.heard(dropped);
      counters.rxq_overflow = overflow.total;
    }
  }
  return line;
}

void SharedUdpSocket::send() {
  State& s = *state_;
  for (std::size_t first = 0; first < s.out.size(); first += kUdpBatch) {
    const std::size_t count = std::min(kUdpBatch, s.out.size() - first);
    for (std::size_t i = 0; i < count; ++i) {
      const Bytes bytes = s.out.bytes(first + i);
      const Address& to = s.out.to(first + i);
      s.names[i] = {};
      s.names[i].sin_family = AF_INET;
      s.names[i].sin_port = htons(to.port);
      s.names[i].sin_addr.s_addr = htonl(ip_of(to));
      s.prepare(i, const_cast<std::uint8_t*>(bytes.data()), bytes.size(), CMSG_SPACE(sizeof(in_pktinfo)));

      cmsghdr* control = CMSG_FIRSTHDR(&s.headers[i].msg_hdr);
      *control = {.cmsg_len = CMSG_LEN(sizeof(in_pktinfo)), .cmsg_level = IPPROTO_IP, .cmsg_type = IP_PKTINFO};
      in_pktinfo info{};
      info.ipi_spec_dst.s_addr = htonl(kFirstLineIp + s.out_lines[first + i]);
      std::memcpy(CMSG_DATA(control), &info, sizeof info);
    }
    send_all(s.fd.get(), std::span(s.headers).first(count), s.counters);
  }
  s.out.clear();
  s.out_lines.clear();
}

Transport& SharedUdpSocket::line(std::size_t i) { return state_->lines.at(i); }
Address SharedUdpSocket::local(std::size_t i) const { return mapped(kFirstLineIp + static_cast<std::uint32_t>(i), state_->port); }
const UdpCounters& SharedUdpSocket::counters() const { return state_->counters; }
std::uint64_t SharedUdpSocket::foreign() const { return state_->foreign; }

SharedUdpSocket::SharedUdpSocket(std::unique_ptr<State> state) : state_(std::move(state)) {}
SharedUdpSocket::SharedUdpSocket(SharedUdpSocket&&) noexcept = default;
SharedUdpSocket& SharedUdpSocket::operator=(SharedUdpSocket&&) noexcept = default;
SharedUdpSocket::~SharedUdpSocket() = default;

}  // namespace meridian
