// Asks the processor for memory that will be read soon, so that it comes while other work is done. Of use where a walk over many sessions
// touches some kilobytes of each: together they are larger than the second-level cache, and each first touch would wait for it.
#pragma once

#include <cstddef>

namespace meridian {

inline constexpr std::size_t kCacheLine_bytes = 64;

// A hint only: any address will do.
inline void prefetch(const void* first, std::size_t bytes) {
  const char* const at = static_cast<const char*>(first);
  for (std::size_t offset = 0; offset < bytes; offset += kCacheLine_bytes) __builtin_prefetch(at + offset);
}

inline void prefetch(const void* first, const void* end) {
  prefetch(first, static_cast<std::size_t>(static_cast<const char*>(end) - static_cast<const char*>(first)));
}

}  // namespace meridian
