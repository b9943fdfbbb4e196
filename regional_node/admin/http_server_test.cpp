#include "regional_node/admin/http_server.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.hpp"

namespace meridian {
namespace {

const NodeIdentity kNode{"eu-west", NodeId{1}, 1, 20, 100, 812};

// A plain client: sends the bytes, reads until the server closes or the answer's announced length is there.
class Client {
 public:
  explicit Client(std::uint16_t port, bool v6 = false) : fd_(::socket(v6 ? AF_INET6 : AF_INET, SOCK_STREAM, 0)) {
    const timeval deadline{10, 0};  // only a hang runs into it
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &deadline, sizeof deadline);
    sockaddr_in6 to6{};
    to6.sin6_family = AF_INET6;
    to6.sin6_port = htons(port);
    to6.sin6_addr = in6addr_loopback;
    sockaddr_in to4{};
    to4.sin_family = AF_INET;
    to4.sin_port = htons(port);
    to4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = (v6 ? ::connect(fd_, reinterpret_cast<sockaddr*>(&to6), sizeof to6)
                     : ::connect(fd_, reinterpret_cast<sockaddr*>(&to4), sizeof to4)) == 0;
  }
  ~Client() { ::close(fd_); }
  bool connected() const { return connected_; }
  // Whether the server closes the connection within `deadline_ms`, while a byte follows another all the time.
  bool is_cut_while_sending(char byte, std::int64_t deadline_ms) const {
    for (const std::int64_t until_us = system_now().mono_us + deadline_ms * 1000; system_now().mono_us < until_us;) {
      pollfd readable{fd_, POLLIN, 0};
      char answer = 0;
      if (::poll(&readable, 1, 50) > 0 && ::recv(fd_, &answer, 1, 0) <= 0) return true;
      offer({&byte, 1});
    }
    return false;
  }
  void send(std::string_view bytes) const {
    EXPECT_EQ(::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size()));
  }
  // The server may close before it has taken all.
  void offer(std::string_view bytes) const { (void)::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL); }
  // Up to the end of the connection, or of one answer.
  std::string read(bool head_only = false) const {
    std::string all;
    char buffer[4096];
    while (!complete(all, head_only)) {
      const ssize_t got = ::recv(fd_, buffer, sizeof buffer, 0);
      if (got <= 0) break;
      all.append(buffer, static_cast<std::size_t>(got));
    }
    return all;
  }

 private:
  static bool complete(const std::string& all, bool head_only) {
    const std::size_t end = all.find("\r\n\r\n");
    if (end == std::string::npos) return false;
    const std::size_t at = all.find("content-length: ");
    if (at == std::string::npos || at > end) return false;
    return head_only || all.size() >= end + 4 + std::stoul(all.substr(at + 16));
  }
  int fd_;
  bool connected_ = false;
};

std::unique_ptr<HttpServer> start(const char* address, unsigned timeout_s = kHttpTimeout_s) {
  auto server = HttpServer::start(Address::parse(address).value(), kNode, timeout_s);
  EXPECT_TRUE(server) << server.error().text();
  if (!server) return nullptr;
  NodeStatus status;
  status.mono_us = system_now().mono_us;
  status.tick = 42;
  EXPECT_TRUE((*server)->publish(status));
  return std::move(*server);
}

std::string get(const Client& client, std::string_view path) {
  client.send(fmt::format("GET {} HTTP/1.1\r\nHost: x\r\n\r\n", path));
  return client.read();
}

TEST(Http_server, Answers_get_over_ipv4_and_ipv6_on_one_port) {
  const auto server = start("[::]:0");
  ASSERT_TRUE(server);
  ASSERT_NE(server->port(), 0);
  for (const bool v6 : {false, true}) {
    const Client client(server->port(), v6);
    ASSERT_TRUE(client.connected()) << v6;
    const std::string answer = get(client, "/v1/status");
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 200")) << answer;
    EXPECT_NE(answer.find("\"tick\": 42"), std::string::npos) << answer;
  }
}

TEST(Http_server, Keeps_a_connection_for_the_next_request) {
  const auto server = start("127.0.0.1:0");
  ASSERT_TRUE(server);
  const Client client(server->port());
  EXPECT_TRUE(get(client, "/healthz").starts_with("HTTP/1.1 200"));
  EXPECT_TRUE(get(client, "/nothing").starts_with("HTTP/1.1 404"));
  EXPECT_NE(get(client, "/metrics").find("meridian_ticks_total"), std::string::npos) << "longer than one write";
  EXPECT_TRUE(get(client, "/v1/status?x=1").starts_with("HTTP/1.1 200"));
}

TEST(Http_server, Sends_a_head_without_its_body) {
  const auto server = start("127.0.0.1:0");
  ASSERT_TRUE(server);
  const Client client(server->port());
  client.send("HEAD /v1/status HTTP/1.1\r\nHost: x\r\n\r\n");
  const std::string answer = client.read(true);
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 200")) << answer;
  EXPECT_TRUE(answer.ends_with("\r\n\r\n"));
  EXPECT_TRUE(get(client, "/healthz").starts_with("HTTP/1.1 200")) << "the connection goes on";
}

TEST(Http_server, Refuses_every_other_method) {
  const auto server = start("127.0.0.1:0");
  ASSERT_TRUE(server);
  for (const char* method : {"POST", "PUT", "DELETE", "PATCH", "OPTIONS"}) {
    const Client client(server->port());
    client.send(fmt::format("{} /v1/status HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n", method));
    const std::string answer = client.read();
    EXPECT_FALSE(answer.starts_with("HTTP/1.1 200")) << method << answer;
    EXPECT_EQ(answer.find("\"tick\""), std::string::npos) << method;
  }
  const Client client(server->port());
  client.send("POST /v1/status HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc");
  EXPECT_TRUE(client.read().starts_with("HTTP/1.1 405"));
}

TEST(Http_server, Survives_what_is_no_request) {
  const auto server = start("127.0.0.1:0");
  ASSERT_TRUE(server);
  const std::string long_header = "GET / HTTP/1.1\r\nHost: x\r\nX: " + std::string(20'000, 'a') + "\r\n\r\n";
  for (const std::string& bytes :
       {std::string("\0\1\2\3\r\n\r\n", 8), std::string("GET\r\n\r\n"), std::string("GET /%00%zz HTTP/9.9\r\n\r\n"), long_header,
        std::string("GET /v1/status HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: "
                    "dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nHost: x\r\n\r\n")}) {
    const Client client(server->port());
    client.send(bytes);
    EXPECT_EQ(client.read().find("101 Switching"), std::string::npos) << bytes.substr(0, 40);
  }
  const Client client(server->port());
  EXPECT_TRUE(get(client, "/healthz").starts_with("HTTP/1.1 200")) << "others are still served";
}

TEST(Http_server, Cuts_off_who_sends_his_headers_slowly) {
  const auto server = start("127.0.0.1:0", 1);
  ASSERT_TRUE(server);
  const Client client(server->port());
  client.send("GET /healthz HTTP/1.1\r\nX: ");
  EXPECT_TRUE(client.is_cut_while_sending('a', 6'000)) << "a slow client holds one of 64 places";
}

TEST(Http_server, Serves_again_after_its_places_were_held_by_idle_connections) {
  const auto server = start("127.0.0.1:0", 1);
  ASSERT_TRUE(server);
  std::vector<std::unique_ptr<Client>> idle;  // more than there are places; every other one begins a request
  for (int i = 0; i < 100; ++i) {
    idle.push_back(std::make_unique<Client>(server->port()));
    ASSERT_TRUE(idle.back()->connected()) << i;
    if (i % 2 == 0) idle.back()->send("GET /hea");
  }
  bool served = false;
  for (const std::int64_t until_us = system_now().mono_us + 6'000'000; !served && system_now().mono_us < until_us;) {
    const Client client(server->port());
    client.offer("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
    served = client.read().starts_with("HTTP/1.1 200");
  }
  EXPECT_TRUE(served);
}

TEST(Http_server, Survives_bodies) {
  const auto server = start("127.0.0.1:0");
  ASSERT_TRUE(server);
  for (const std::string& bytes :
       {"GET /v1/status HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n" + std::string(50'000, 'a'),
        "POST /v1/status HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n" + std::string(100'000, 'a'),
        std::string("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nfffffff\r\n") + std::string(9'000, 'a'),
        std::string("GET /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\nabc")}) {
    const Client client(server->port());
    client.offer(bytes);
    (void)client.read();
    const Client other(server->port());
    EXPECT_TRUE(get(other, "/healthz").starts_with("HTTP/1.1 200")) << bytes.substr(0, 80);
  }
}

TEST(Http_server, Says_who_holds_a_port_that_is_taken) {
  const auto server = start("127.0.0.1:0");
  ASSERT_TRUE(server);
  const auto second = HttpServer::start(Address::parse(fmt::format("127.0.0.1:{}", server->port())).value(), kNode);
  ASSERT_FALSE(second);
  EXPECT_NE(second.error().why.find(fmt::format("pid {}", ::getpid())), std::string::npos) << second.error().text();
}

TEST(Http_server, Says_when_the_address_is_not_its_own) {
  const auto server = HttpServer::start(Address::parse("192.0.2.1:8080").value(), kNode);
  ASSERT_FALSE(server);
  EXPECT_NE(server.error().what.find("192.0.2.1:8080"), std::string::npos);
}

TEST(Http_server, Takes_no_more_statuses_than_its_queue_holds_and_never_waits) {
  const auto server = start("127.0.0.1:0");
  ASSERT_TRUE(server);
  int refused = 0;
  for (int i = 0; i < 1000; ++i) refused += server->publish(NodeStatus{}) ? 0 : 1;
  EXPECT_GT(refused, 0);
}

TEST(Http_server, Takes_statuses_also_while_nobody_asks) {
  const auto server = start("127.0.0.1:0");
  ASSERT_TRUE(server);
  while (server->publish(NodeStatus{})) continue;  // full
  NodeStatus newest;
  newest.mono_us = system_now().mono_us;
  newest.tick = 77;
  const std::int64_t deadline_us = system_now().mono_us + 10'000'000;
  bool taken = server->publish(newest);
  while (!taken && system_now().mono_us < deadline_us) {
    ::poll(nullptr, 0, 20);
    taken = server->publish(newest);
  }
  ASSERT_TRUE(taken);
  const Client client(server->port());
  EXPECT_NE(get(client, "/v1/status").find("\"tick\": 77"), std::string::npos);
}

}  // namespace
}  // namespace meridian
