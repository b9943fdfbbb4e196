// SipHash-2-4 (Aumasson, Bernstein, INDOCRYPT 2012). Ours, not libsodium's, because the rules are also compiled to WebAssembly.
#pragma once

#include <cstdint>

#include "base/bytes.hpp"

namespace meridian {

// Keyed hash of `bytes`; the key is two little-endian words. State hashes use key {0, 0}.
std::uint64_t siphash24(Bytes bytes, std::uint64_t key0 = 0, std::uint64_t key1 = 0);

}  // namespace meridian
