// A datagram and where it comes from or goes to; a batch of datagrams to send.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/assert.hpp"
#include "base/bytes.hpp"
#include "base/error.hpp"

namespace meridian {

// No packet of ours is larger before a path MTU search exists; handshake, input and snapshot never exceed it.
inline constexpr std::size_t kMaxDatagramBytes = 1200;

struct Address {
  std::array<std::uint8_t, 16> ip{};  // IPv6; IPv4 as ::ffff:a.b.c.d
  std::uint16_t port = 0;
  friend auto operator<=>(const Address&, const Address&) = default;

  bool is_loopback() const;
  std::string text() const;  // "127.0.0.1:7777", "[::1]:7777"
  // Numeric only: "127.0.0.1:7777" or "[::]:7777"; no name is looked up.
  static std::expected<Address, Error> parse(std::string_view text);
};

// Received. The bytes may be changed in place (a seal is opened where it lies).
struct Datagram {
  Address peer;
  MutableBytes bytes;
};

// Datagrams to send, in one growing arena: no allocation once it has reached its size.
class DatagramBatch {
 public:
  struct Entry {
    Address to;
    std::size_t offset = 0, size = 0;
  };
  void clear() {
    entries_.clear();
    used_ = 0;
  }
  bool empty() const { return entries_.empty(); }
  std::size_t size() const { return entries_.size(); }
  const Address& to(std::size_t i) const { return entries_[i].to; }
  Bytes bytes(std::size_t i) const { return Bytes(arena_).subspan(entries_[i].offset, entries_[i].size); }

  // Room for one datagram; valid until the next call. Follow with commit(), or not at all.
  MutableBytes reserve(std::size_t max_bytes = kMaxDatagramBytes) {
    if (arena_.size() < used_ + max_bytes) arena_.resize((used_ + max_bytes) * 2);
    return MutableBytes(arena_).subspan(used_, max_bytes);
  }
  void commit(const Address& to, std::size_t size) {
    MRD_ASSERT(used_ + size <= arena_.size());
    entries_.push_back({to, used_, size});
    used_ += size;
  }
  void add(const Address& to, Bytes bytes) {
    const MutableBytes room = reserve(bytes.size());
    for (std::size_t i = 0; i < bytes.size(); ++i) room[i] = bytes[i];
    commit(to, bytes.size());
  }

 private:
  std::vector<std::uint8_t> arena_;
  std::vector<Entry> entries_;
  std::size_t used_ = 0;
};

}  // namespace meridian
