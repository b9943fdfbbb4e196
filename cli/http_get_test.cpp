#include "cli/http_get.hpp"

#include <cstring>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "netchannel/transport/udp_socket.hpp"

namespace meridian {
namespace {

TEST(Http_answer, Splits_code_and_body) {
  const auto answer = parse_http_answer("HTTP/1.0 503 Service Unavailable\r\ncontent-type: text/plain\r\nContent-Length: 4\r\n\r\nbusy");
  ASSERT_TRUE(answer.has_value()) << answer.error();
  EXPECT_EQ(answer->status, 503);
  EXPECT_EQ(answer->body, "busy");
}

TEST(Http_answer, Takes_a_body_to_the_end_when_no_length_is_given) {
  EXPECT_EQ(parse_http_answer("HTTP/1.1 200 OK\r\n\r\n{\"a\": 1}\r\n\r\n").value().body, "{\"a\": 1}\r\n\r\n");
}

TEST(Http_answer, Refuses_what_is_none) {
  for (const char* bytes : {"", "hello\r\n\r\n", "HTTP/1.1 200 OK\r\n", "HTTP/1.1\r\n\r\n", "HTTP/1.1 2x0 OK\r\n\r\n",
                            "HTTP/1.1 20\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort"})
    EXPECT_FALSE(parse_http_answer(bytes).has_value()) << bytes;
}

// A listening socket that answers nothing by itself: connections wait in its queue.
struct Listener {
  Descriptor fd{socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  Address address = Address::parse("[::1]:0").value();
  Listener() {
    sockaddr_in6 name{};
    name.sin6_family = AF_INET6;
    name.sin6_addr = in6addr_loopback;
    socklen_t size = sizeof name;
    EXPECT_EQ(bind(fd.get(), reinterpret_cast<const sockaddr*>(&name), size), 0);
    getsockname(fd.get(), reinterpret_cast<sockaddr*>(&name), &size);
    address.port = ntohs(name.sin6_port);
  }
};

TEST(Http_get, Says_that_nobody_listens) {
  const Listener bound;  // bound, but not listening
  const auto answer = http_get(bound.address, "/", 2'000);
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().why, "Connection refused");
}

TEST(Http_get, Gives_up_at_its_deadline_when_the_server_says_nothing) {
  const Listener silent;
  ASSERT_EQ(listen(silent.fd.get(), 1), 0);
  const auto answer = http_get(silent.address, "/", 30);
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().why, "its answer did not end in time");
}

}  // namespace
}  // namespace meridian
