#include "netchannel/connection/rate_limits.hpp"

#include <algorithm>

#include "base/siphash.hpp"

namespace meridian {
namespace {

constexpr std::array<std::uint8_t, 12> kMappedIpv4{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};

}  // namespace

bool SourcePaces::take_by_network(std::int64_t now_us, const Address& peer, std::int64_t per_second) {
  const bool ipv4 = std::equal(kMappedIpv4.begin(), kMappedIpv4.end(), peer.ip.begin());
  return of(Bytes(peer.ip).first(ipv4 ? 15 : 7)).take(now_us, per_second);
}

bool SourcePaces::take_by_peer(std::int64_t now_us, const Address& peer, std::int64_t per_second) {
  std::array<std::uint8_t, 18> source;
  ByteWriter out(source);
  out.bytes(peer.ip);
  out.u16(peer.port);
  return of(source).take(now_us, per_second);
}

Pace& SourcePaces::of(Bytes source) { return paces_[siphash24(source, key0_, key1_) % kPaces]; }

bool InboundBudget::allows(std::int64_t now_us, std::size_t bytes) {
  const std::int64_t elapsed_us = std::clamp<std::int64_t>(now_us - refilled_us_, 0, kBurst_s * 1'000'000);
  refilled_us_ = now_us;
  packets_ = std::min(packets_ + elapsed_us * kPacketsPerSecond, kPacketsPerSecond * kBurst_s * kUnit);
  bytes_ = std::min(bytes_ + elapsed_us * kBytesPerSecond, kBytesPerSecond * kBurst_s * kUnit);
  if (packets_ >= kUnit && bytes_ >= static_cast<std::int64_t>(bytes) * kUnit) return true;

  const std::int64_t second = now_us / 1'000'000;
  if (second != second_over_) {
    seconds_over_ = second == second_over_ + 1 ? seconds_over_ + 1 : 1;
    second_over_ = second;
  }
  return false;
}

void InboundBudget::spend(std::size_t bytes) {
  packets_ -= kUnit;
  bytes_ -= static_cast<std::int64_t>(bytes) * kUnit;
}

void InboundBudget::bulk_sent(std::uint64_t packets) {
  const auto count = static_cast<std::int64_t>(packets);
  packets_ += count * kUnit / 2;
  bytes_ += count * kUnit / 2 * kAckPacketBytes;
}

}  // namespace meridian
