// What one small message costs the server: 200 clients, 500 messages of 100 B a second each way, read by the 10 ms clock. Ours is
// UdpTransport and a Channel a client (seal, window, acks, loss, lanes); the baseline is a bare recvmmsg/sendmmsg loop that opens and seals
// packets of the same sizes with the same AEAD and nothing else. Clients are sockets of their own and are not counted, so the cost is what
// the server's calls take of this thread.
//
// What would make the figure a lie: counting the clients' work; clients on one socket (the kernel would find the same one again and again);
// packets of other sizes than the baseline's; messages that never arrive. The kernel delivers over loopback inside the sender's call, so a
// part of either cost is the receiver's: it is the same for both. Every message's content is compared at its receiver, before and while
// time is taken.
#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cstring>
#include <fmt/format.h>
#include <memory>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

#include "bench/benches.hpp"
#include "netchannel/reliability/channel.hpp"
#include "netchannel/transport/udp_transport.hpp"
#include "netchannel/wire/packet_header.hpp"

namespace meridian {
namespace {

constexpr std::size_t kClients = 200;
constexpr int kMessagesAPoll = 5;  // 500/s on the 10 ms clock
constexpr std::size_t kPayload = 100;
constexpr std::size_t kBatch = 64;
constexpr std::size_t kUpBytes = kPayload + 22, kDownBytes = kPayload + 20;
constexpr std::size_t kMessagesARound = 2 * kClients * kMessagesAPoll;

SessionKeys keys_of(std::size_t client, Suite suite) {
  SessionKeys keys;
  keys.suite = suite;
  SeededChance chance(client);
  chance.fill(keys.up.key.bytes);
  chance.fill(keys.down.key.bytes);
  chance.fill(keys.up.iv);
  chance.fill(keys.down.iv);
  return keys;
}

struct Socket {
  Socket() : fd(socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) {
    sockaddr_in name{};
    name.sin_family = AF_INET;
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int buffer = 4 << 20;
    setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &buffer, sizeof buffer);
    if (fd < 0 || bind(fd, reinterpret_cast<const sockaddr*>(&name), sizeof name) != 0) std::abort();
  }
  ~Socket() { close(fd); }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  sockaddr_in name() const {
    sockaddr_in out{};
    socklen_t size = sizeof out;
    getsockname(fd, reinterpret_cast<sockaddr*>(&out), &size);
    return out;
  }
  int fd;
};

// The clients' sockets and what is the same for both servers.
struct Players {
  std::vector<std::unique_ptr<Socket>> sockets;
  sockaddr_in server{};
  std::array<std::uint8_t, kPayload> payload{};
  std::array<std::uint8_t, kMaxDatagramBytes> room{};
  std::size_t arrived_up = 0, arrived_down = 0, wrong = 0;

  Players() {
    for (std::size_t i = 0; i < kClients; ++i) sockets.push_back(std::make_unique<Socket>());
    for (std::size_t i = 0; i < kPayload; ++i) payload[i] = static_cast<std::uint8_t>(i * 7);
  }
  void send(std::size_t client, Bytes bytes) {
    if (sendto(sockets[client]->fd, bytes.data(), bytes.size(), 0, reinterpret_cast<const sockaddr*>(&server), sizeof server) < 0) ++wrong;
  }
  MutableBytes receive(std::size_t client) {
    const ssize_t got = recv(sockets[client]->fd, room.data(), room.size(), 0);
    return got < 0 ? MutableBytes() : MutableBytes(room).first(static_cast<std::size_t>(got));
  }
  void judge(Bytes message, std::size_t& arrived) {
    ++arrived;
    if (!std::equal(message.begin(), message.end(), payload.begin(), payload.end())) ++wrong;
  }
};

// ---- ours
class Ours {
 public:
  explicit Ours(Suite suite) : udp_(UdpTransport::open(Address::parse("127.0.0.1:0").value()).value()) {
    players.server = {};
    players.server.sin_family = AF_INET;
    players.server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    players.server.sin_port = htons(udp_.local().port);
    for (std::size_t i = 0; i < kClients; ++i) {
      const SessionKeys keys = keys_of(i, suite);
      const auto id = static_cast<std::uint16_t>(i);
      servers_.push_back({Channel({.side = Side::server, .connection_id = id, .tick_us = 10'000}, keys), {}});
      clients_.push_back(Channel({.side = Side::client, .connection_id = id, .tick_us = 10'000}, keys));
      servers_.back().peer = Address::parse(fmt::format("127.0.0.1:{}", ntohs(players.sockets[i]->name().sin_port))).value();
    }
  }
  // One 10 ms of everything; returns what the server's part of it took, in us.
  double poll() {
    now_.mono_us += 10'000;
    for (int k = 0; k < kMessagesAPoll; ++k) {
      for (std::size_t i = 0; i < kClients; ++i) {
        clients_[i].set_input(players.payload);
        out_.clear();
        clients_[i].flush(now_, true, {}, out_);
        for (std::size_t p = 0; p < out_.size(); ++p) players.send(i, out_.bytes(p));
      }
    }
    const double begin = thread_cpu_us();
    serve();
    const double spent = thread_cpu_us() - begin;
    for (std::size_t i = 0; i < kClients; ++i) {
      for (MutableBytes bytes = players.receive(i); !bytes.empty(); bytes = players.receive(i)) {
        messages_.clear();
        fates_.clear();
        if (!clients_[i].accept(now_, bytes, messages_, fates_)) ++players.wrong;
        for (const Delivered& m : messages_) players.judge(m.bytes, players.arrived_down);
      }
    }
    return spent;
  }
  double bytes_over_payload() const {
    std::uint64_t bytes = 0;
    for (const Session& s : servers_) bytes += s.channel.stats().bytes_in + s.channel.stats().bytes_out;
    return static_cast<double>(bytes) / static_cast<double>(players.arrived_up + players.arrived_down) - kPayload;
  }
  Players players;

 private:
  struct Session {
    Channel channel;
    Address peer;
  };
  void serve() {
    for (auto batch = udp_.receive(); !batch.empty(); batch = udp_.receive()) {
      for (const Datagram& datagram : batch) {
        const auto header = read_packet_header(datagram.bytes);
        if (!header || !header->connection_id || *header->connection_id >= kClients) continue;
        Session& session = servers_[*header->connection_id];
        if (session.peer != datagram.peer) continue;
        messages_.clear();
        fates_.clear();
        if (!session.channel.accept(now_, datagram.bytes, messages_, fates_)) ++players.wrong;
        for (const Delivered& m : messages_) players.judge(m.bytes, players.arrived_up);
      }
    }
    out_.clear();
    for (int k = 0; k < kMessagesAPoll; ++k) {
      for (Session& session : servers_) {
        session.channel.set_snapshot(++snapshot_, players.payload);
        session.channel.flush(now_, true, session.peer, out_);
      }
    }
    udp_.send(out_);
  }
  UdpTransport udp_;
  std::vector<Session> servers_;
  std::vector<Channel> clients_;
  DatagramBatch out_;
  std::vector<Delivered> messages_;
  std::vector<SnapshotFate> fates_;
  std::uint32_t snapshot_ = 0;
  Now now_{};
};

// ---- the bare loop
class Bare {
 public:
  explicit Bare(Suite suite) {
    players.server = socket_.name();
    for (std::size_t i = 0; i < kClients; ++i) {
      const SessionKeys keys = keys_of(i, suite);
      up_.emplace_back(suite, keys.up);
      down_.emplace_back(suite, keys.down);
      names_.push_back(players.sockets[i]->name());
    }
    for (std::size_t i = 0; i < kBatch; ++i) {
      parts_[i] = {buffers_[i].data(), buffers_[i].size()};
      headers_[i].msg_hdr.msg_iov = &parts_[i];
      headers_[i].msg_hdr.msg_iovlen = 1;
      headers_[i].msg_hdr.msg_namelen = sizeof(sockaddr_in);
    }
  }
  double poll() {
    std::array<std::uint8_t, kUpBytes> packet{};
    const std::uint64_t first_up = up_number_ + 1;
    for (int k = 0; k < kMessagesAPoll; ++k) {
      ++up_number_;
      for (std::size_t i = 0; i < kClients; ++i) {
        put(packet, up_number_, i, kHeaderUpBytes);
        up_[i].seal(packet, kHeaderUpBytes, up_number_);
        players.send(i, packet);
      }
    }
    const double begin = thread_cpu_us();
    serve(first_up);
    const double spent = thread_cpu_us() - begin;
    for (std::size_t i = 0; i < kClients; ++i) {
      std::uint64_t number = down_number_ - kMessagesAPoll;
      for (MutableBytes bytes = players.receive(i); !bytes.empty(); bytes = players.receive(i)) {
        const auto plain = down_[i].open(bytes, kHeaderDownBytes, ++number);
        if (plain) players.judge(Bytes(*plain).subspan(2), players.arrived_down);
      }
    }
    return spent;
  }
  Players players;

 private:
  // header | ack 1 | frame head 1 | payload | room for the tag: what ours sends while nothing is missing
  void put(MutableBytes packet, std::uint64_t number, std::size_t client, std::size_t header_bytes) {
    packet[0] = static_cast<std::uint8_t>((number >> 8 & 0x1F) | (header_bytes == kHeaderUpBytes ? 0x20 : 0));
    packet[1] = static_cast<std::uint8_t>(number);
    if (header_bytes == kHeaderUpBytes) {
      packet[2] = static_cast<std::uint8_t>(client);
      packet[3] = static_cast<std::uint8_t>(client >> 8);
    }
    packet[header_bytes] = 0;
    packet[header_bytes + 1] = 0x08;
    std::memcpy(packet.data() + header_bytes + 2, players.payload.data(), kPayload);
  }
  void serve(std::uint64_t first_up) {
    for (int got = kBatch; got > 0;) {
      for (std::size_t i = 0; i < kBatch; ++i) {
        parts_[i].iov_len = kMaxDatagramBytes;
        headers_[i].msg_hdr.msg_name = &in_names_[i];
      }
      got = recvmmsg(socket_.fd, headers_.data(), kBatch, MSG_DONTWAIT, nullptr);
      for (int i = 0; i < got; ++i) {
        const auto at = static_cast<std::size_t>(i);
        const MutableBytes packet = MutableBytes(buffers_[at]).first(headers_[at].msg_len);
        const std::size_t client = packet[2] | static_cast<std::size_t>(packet[3]) << 8;
        const std::uint64_t number = first_up + ((packet[1] - first_up) & 0xFF);
        const auto plain = up_[client].open(packet, kHeaderUpBytes, number);
        if (plain) players.judge(Bytes(*plain).subspan(2), players.arrived_up);
      }
    }
    for (int k = 0; k < kMessagesAPoll; ++k) {
      ++down_number_;
      for (std::size_t first = 0; first < kClients; first += kBatch) {
        const std::size_t count = std::min(kBatch, kClients - first);
        for (std::size_t i = 0; i < count; ++i) {
          const MutableBytes packet = MutableBytes(buffers_[i]).first(kDownBytes);
          put(packet, down_number_, first + i, kHeaderDownBytes);
          down_[first + i].seal(packet, kHeaderDownBytes, down_number_);
          parts_[i].iov_len = kDownBytes;
          headers_[i].msg_hdr.msg_name = &names_[first + i];
        }
        if (sendmmsg(socket_.fd, headers_.data(), static_cast<unsigned>(count), 0) != static_cast<int>(count)) ++players.wrong;
      }
    }
  }
  Socket socket_;
  std::vector<PacketSeal> up_, down_;
  std::vector<sockaddr_in> names_;
  std::array<sockaddr_in, kBatch> in_names_{};
  std::array<std::array<std::uint8_t, kMaxDatagramBytes>, kBatch> buffers_{};
  std::array<iovec, kBatch> parts_{};
  std::array<mmsghdr, kBatch> headers_{};
  std::uint64_t up_number_ = 0, down_number_ = 0;
};

void judge(const Bench& bench, const Players& players, std::size_t polls, const char* whose) {
  const std::size_t each_way = polls * kMessagesARound / 2;
  bench.must(players.wrong == 0 && players.arrived_up == each_way && players.arrived_down == each_way,
             fmt::format("{}: every message arrives as it was sent ({} up, {} down of {}, {} wrong)", whose, players.arrived_up,
                         players.arrived_down, each_way, players.wrong));
}

void measure(Bench& bench, Suite suite, const char* name) {
  auto ours = std::make_unique<Ours>(suite);
  auto bare = std::make_unique<Bare>(suite);
  std::size_t polls_of_ours = 0, polls_of_bare = 0;
  const auto a_round = [](auto& server, std::size_t& polls) -> std::function<double()> {
    return [&server, &polls] {
      constexpr int kPolls = 20;
      double spent_us = 0;
      for (int i = 0; i < kPolls; ++i, ++polls) spent_us += server.poll();
      return spent_us / kPolls / kMessagesARound;
    };
  };
  const std::vector<std::function<double()>> variants = {a_round(*ours, polls_of_ours), a_round(*bare, polls_of_bare)};
  variants[0]();
  variants[1]();
  judge(bench, ours->players, polls_of_ours, "ours");
  judge(bench, bare->players, polls_of_bare, "bare");
  const std::vector<Cost> cost = by_turns(bench.rounds(15), variants);
  judge(bench, ours->players, polls_of_ours, "ours");
  judge(bench, bare->players, polls_of_bare, "bare");
  bench.report({.name = fmt::format("udp {} 100 B, {} clients", name, kClients),
                .unit = "us/message",
                .value = cost[0],
                .baseline = "recvmmsg+sendmmsg+aead",
                .baseline_value = cost[1],
                .target = 1.25,
                .target_of = TargetOf::ratio});
  const double over = ours->bytes_over_payload();
  bench.report({.name = fmt::format("bytes over payload, {}", name), .unit = "B/message", .value = {over, over}, .target = 22});
}

}  // namespace

void transport(Bench& bench) {
  bench.note(
      "200 clients, 500 messages of 100 B a second each way, in batches of 64 by the 10 ms clock; the server's CPU a message, in or out");
  measure(bench, Suite::chacha20_poly1305, "chacha20-poly1305");
  if (available(Suite::aes256_gcm)) {
    measure(bench, Suite::aes256_gcm, "aes-256-gcm");
  } else {
    bench.note("aes-256-gcm: this machine has no instructions for it");
  }
}

}  // namespace meridian
