// Numeric addresses as text. inet_pton is strict (no leading zeros, no short forms of IPv4, no scope); the port is checked here.
#include <algorithm>
#include <arpa/inet.h>
#include <charconv>
#include <cstring>
#include <fmt/format.h>

#include "netchannel/transport/datagram.hpp"

namespace meridian {
namespace {

constexpr std::array<std::uint8_t, 12> kMappedPrefix = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};

bool is_mapped_v4(const std::array<std::uint8_t, 16>& ip) { return std::equal(kMappedPrefix.begin(), kMappedPrefix.end(), ip.begin()); }

Error bad_address(std::string_view text, std::string why) {
  return {fmt::format("bad address '{}'", text), std::move(why), "write it as 127.0.0.1:7777 or [::1]:7777"};
}

// Digits only, no leading zero, 0-65535.
bool parse_port(std::string_view digits, std::uint16_t& port) {
  if (digits.empty() || digits.size() > 5 || (digits.size() > 1 && digits[0] == '0')) return false;
  const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  return failed == std::errc{} && end == digits.data() + digits.size();
}

}  // namespace

std::expected<Address, Error> Address::parse(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::unexpected(bad_address(text, "the port is missing"));
  Address address;
  if (!parse_port(text.substr(colon + 1), address.port)) return std::unexpected(bad_address(text, "the port is not a number of 0-65535"));

  const std::string_view host = text.substr(0, colon);
  if (host.size() >= 2 && host.front() == '[' && host.back() == ']') {
    const std::string inner(host.substr(1, host.size() - 2));
    // A NUL inside would end the C string early and let rubbish behind it pass.
    if (inner.find('\0') != std::string::npos || inet_pton(AF_INET6, inner.c_str(), address.ip.data()) != 1)
      return std::unexpected(bad_address(text, "what stands in [] is not an IPv6 address"));
    return address;
  }
  const std::string inner(host);
  std::copy(kMappedPrefix.begin(), kMappedPrefix.end(), address.ip.begin());
  if (inner.find('\0') != std::string::npos || inet_pton(AF_INET, inner.c_str(), address.ip.data() + 12) != 1)
    return std::unexpected(bad_address(text, "not a numeric IPv4 address; no name is looked up, IPv6 stands in []"));
  return address;
}

std::string Address::text() const {
  char buffer[INET6_ADDRSTRLEN] = {};
  if (is_mapped_v4(ip)) {
    inet_ntop(AF_INET, ip.data() + 12, buffer, sizeof buffer);
    return fmt::format("{}:{}", buffer, port);
  }
  inet_ntop(AF_INET6, ip.data(), buffer, sizeof buffer);
  return fmt::format("[{}]:{}", buffer, port);
}

bool Address::is_loopback() const {
  if (is_mapped_v4(ip)) return ip[12] == 127;
  return std::all_of(ip.begin(), ip.end() - 1, [](std::uint8_t byte) { return byte == 0; }) && ip[15] == 1;
}

}  // namespace meridian
