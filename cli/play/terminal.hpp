// The terminal while `meridian play` owns it: raw input, the other screen, no cursor. Every way out gives it back as it was: the end of
// this object, and a crash (SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL). One at a time.
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace meridian {

struct TerminalSize {
  int columns = 80, rows = 24;
  friend bool operator==(const TerminalSize&, const TerminalSize&) = default;
};

class Terminal {
 public:
  static std::expected<Terminal, Error> open();
  Terminal(Terminal&& other) noexcept;
  Terminal(const Terminal&) = delete;
  ~Terminal();

  // What was typed since the last call. False: the terminal is gone.
  bool read(std::string& bytes);
  // False while the terminal has not taken what was written before: a slow line skips pictures, it does not stop the player.
  bool writable() const;
  void write(std::string_view bytes);
  TerminalSize size() const;

 private:
  Terminal() = default;
  bool owns_ = true;
};

}  // namespace meridian
