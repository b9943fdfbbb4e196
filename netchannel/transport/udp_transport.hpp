// The UDP socket of a node or a client: one unconnected, non-blocking socket, read and written in batches of 64 (recvmmsg, sendmmsg).
//
//   auto udp = UdpTransport::open(Address::parse("[::]:7777").value());   // port 0 = the system chooses; see local()
//   do handle(udp->receive()); while (udp->more());                       // every 10 ms and just before each tick
//
// Bound to [::] it serves IPv4 too; IPv4 peers then show as ::ffff:a.b.c.d, which is how `Address` holds IPv4 anyway. Nothing is allocated
// after open(). What the system does not take (EAGAIN), any other refusal by errno, datagrams longer than ours can be, and what overflowed
// the kernel's queue is counted and gone. Path MTU discovery is set to PROBE: packets carry "don't fragment" and ICMP, which anybody can
// forge, is not believed (`netcode.md` 5). For one thread at a time.
#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <span>

#include "base/error.hpp"
#include "netchannel/transport/transport.hpp"

namespace meridian {

inline constexpr std::size_t kUdpBatch = 64;
inline constexpr int kUdpBufferBytes =
    8 << 20;  // asked of the kernel: 100,000 packets/s x ~768 B fill Debian's default 208 kB in 3 ms, this in 100 ms
inline constexpr std::size_t kErrnoCount = 134;  // Linux: EHWPOISON = 133 is the last; [0] holds any number past it

struct UdpCounters {
  std::uint64_t datagrams_in = 0, bytes_in = 0, datagrams_out = 0, bytes_out = 0;
  std::uint64_t receive_calls = 0, send_calls = 0;  // system calls that moved something
  std::uint64_t send_would_block = 0;               // datagrams dropped because the socket's buffer was full
  std::uint64_t oversized = 0;                      // received, longer than kMaxDatagramBytes: dropped
  std::uint64_t rxq_overflow = 0;                   // dropped by the kernel since open: our queue was full (SO_RXQ_OVFL)
  std::uint64_t send_errors[kErrnoCount] = {};      // datagrams, by errno, without EAGAIN
  std::uint64_t receive_errors[kErrnoCount] = {};   // calls, by errno, without EAGAIN
};

class UdpTransport final : public Transport {
 public:
  // A port in use: the error names the process that holds it, where this user may see that.
  static std::expected<UdpTransport, Error> open(const Address& bind);
  UdpTransport(UdpTransport&&) noexcept;
  UdpTransport& operator=(UdpTransport&&) noexcept;
  ~UdpTransport() override;

  std::span<const Datagram> receive() override;
  void send(const DatagramBatch& batch) override;
  // Whether the last receive() filled a whole batch, so that more may wait. Its size does not tell: what is dropped takes up a place too.
  bool more() const;

  Address local() const;             // with the port that the system chose
  int receive_buffer_bytes() const;  // what the kernel granted of kUdpBufferBytes
  int send_buffer_bytes() const;
  const UdpCounters& counters() const;

 private:
  struct State;
  explicit UdpTransport(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace meridian
