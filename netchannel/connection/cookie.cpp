#include "netchannel/connection/cookie.hpp"

#include "base/bytes.hpp"
#include "base/siphash.hpp"

namespace meridian {
namespace {

constexpr std::int64_t kEra_s = 16;
constexpr std::int64_t kGoodFor_s = 16;

std::int64_t seconds(Now now) { return now.mono_us / 1'000'000; }

}  // namespace

CookieJar::Cookie CookieJar::bake(Now now, const Address& peer, std::uint64_t client_random) {
  const std::int64_t now_s = seconds(now), era = now_s / kEra_s;
  renew(era);
  const auto time_s = static_cast<std::uint32_t>(now_s);
  return {hash(secrets_[static_cast<std::size_t>(era % 2)], peer, client_random, time_s), time_s};
}

bool CookieJar::good(Now now, const Address& peer, std::uint64_t client_random, Cookie cookie) {
  const std::int64_t now_s = seconds(now), age_s = now_s - std::int64_t{cookie.time_s};
  if (age_s < 0 || age_s > kGoodFor_s) return false;
  const std::int64_t era = std::int64_t{cookie.time_s} / kEra_s;
  const Secret& secret = secrets_[static_cast<std::size_t>(era % 2)];
  return secret.era == era && hash(secret, peer, client_random, cookie.time_s) == cookie.value;
}

void CookieJar::renew(std::int64_t era) {
  Secret& secret = secrets_[static_cast<std::size_t>(era % 2)];
  if (secret.era == era) return;
  secret = {era, chance_.next_u64(), chance_.next_u64()};
}

std::uint64_t CookieJar::hash(const Secret& secret, const Address& peer, std::uint64_t client_random, std::uint32_t time_s) {
  std::array<std::uint8_t, 30> bytes;
  ByteWriter out(bytes);
  out.bytes(peer.ip);
  out.u16(peer.port);
  out.u64(client_random);
  out.u32(time_s);
  return siphash24(bytes, secret.key0, secret.key1);
}

}  // namespace meridian
