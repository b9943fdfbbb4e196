// Cookies: what proves that a CONNECT comes from where it says, without the node remembering anybody (`netcode.md` 3).
//
//   cookie = SipHash-2-4(s, address 16 | port u16 | client_random u64 | cookie_time u32), cookie_time in seconds of the node's monotonic
//   clock
// `s` belongs to an era of 16 s and two eras are kept, so a cookie is good for 16 s from its baking and no longer, whatever the era.
#pragma once

#include <array>
#include <cstdint>

#include "base/chance.hpp"
#include "base/clock.hpp"
#include "netchannel/transport/datagram.hpp"

namespace meridian {

class CookieJar {
 public:
  explicit CookieJar(Chance& chance) : chance_(chance) {}

  struct Cookie {
    std::uint64_t value;
    std::uint32_t time_s;
  };
  Cookie bake(Now now, const Address& peer, std::uint64_t client_random);
  bool good(Now now, const Address& peer, std::uint64_t client_random, Cookie cookie);

 private:
  struct Secret {
    std::int64_t era = -1;
    std::uint64_t key0 = 0, key1 = 0;
  };
  void renew(std::int64_t era);
  static std::uint64_t hash(const Secret& secret, const Address& peer, std::uint64_t client_random, std::uint32_t time_s);

  Chance& chance_;
  std::array<Secret, 2> secrets_;  // by era modulo 2
};

}  // namespace meridian
