// What our own callers owe us. On in release: a wrong state must not be stored, sent or acknowledged, and a crash is recoverable where
// a wrong write is not. Never used on a stranger's bytes: those are checked, refused and counted.
#pragma once

namespace meridian {

// Prints what was expected and where, then ends the process (SIGABRT).
[[noreturn]] void assertion_failed(const char* expression, const char* file, int line) noexcept;

}  // namespace meridian

#define MRD_ASSERT(expression) \
  (__builtin_expect(static_cast<bool>(expression), 1) ? void(0) : ::meridian::assertion_failed(#expression, __FILE__, __LINE__))
