#include <gtest/gtest.h>
#include <string>

#include "netchannel/transport/datagram.hpp"

namespace meridian {
namespace {

TEST(Address, Reads_what_it_writes) {
  for (const char* text : {"127.0.0.1:7777", "0.0.0.0:0", "255.255.255.255:65535", "[::]:7777", "[::1]:1", "[2001:db8::42]:443"}) {
    const auto address = Address::parse(text);
    ASSERT_TRUE(address.has_value()) << text;
    EXPECT_EQ(address->text(), text);
  }
}

TEST(Address, Writes_a_mapped_address_as_IPv4) {
  EXPECT_EQ(Address::parse("[::ffff:10.0.0.1]:5").value().text(), "10.0.0.1:5");
  EXPECT_EQ(Address::parse("[::ffff:10.0.0.1]:5").value(), Address::parse("10.0.0.1:5").value());
}

TEST(Address, Refuses_everything_that_is_not_exactly_an_address_and_a_port) {
  using namespace std::string_literals;
  const std::string cases[] = {"",
                               ":",
                               "127.0.0.1",
                               "127.0.0.1:",
                               "127.0.0.1:65536",
                               "127.0.0.1:07",
                               "127.0.0.1:+7",
                               "127.1:7",
                               "127.0.0.01:7",
                               "256.0.0.1:7",
                               "localhost:7777",
                               " 127.0.0.1:7",
                               "127.0.0.1:7 ",
                               "127.0.0.1:-1",
                               "::1:7777",
                               "[::1]",
                               "[::1]7777",
                               "[::1:7777",
                               "[fe80::1%lo]:7",
                               "[127.0.0.1]:7",
                               "[]:7",
                               "[:::]:7",
                               "127.0.0.1\0:7"s,
                               "[::1\0x]:7"s,
                               "127.0.0.1:7\0"s,
                               "[::1]:99999999999999999999"};
  for (const std::string& text : cases) {
    const auto address = Address::parse(text);
    ASSERT_FALSE(address.has_value()) << text;
    EXPECT_NE(address.error().what.find("bad address"), std::string::npos);
    EXPECT_FALSE(address.error().why.empty());
    EXPECT_FALSE(address.error().what_to_do.empty());
  }
}

TEST(Address, Knows_loopback) {
  const std::pair<const char*, bool> cases[] = {
      {"127.0.0.1:1", true},  {"127.200.3.4:1", true}, {"[::1]:1", true},         {"[::ffff:127.0.0.9]:1", true},
      {"128.0.0.1:1", false}, {"[::]:1", false},       {"[1::1]:1", false},       {"0.0.0.0:1", false},
      {"[::2]:1", false},     {"126.0.0.1:1", false},  {"[::127.0.0.1]:1", false}};
  for (const auto& [text, loopback] : cases) EXPECT_EQ(Address::parse(text).value().is_loopback(), loopback) << text;
}

}  // namespace
}  // namespace meridian
