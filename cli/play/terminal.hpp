// The terminal while `meridian play` owns it: raw input, the other screen, no cursor, and never waited for. Every way out gives it back as
// it was: the end of this object, and a crash (SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL). One at a time.
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
  // Hands on what is left of earlier writes. False while the terminal has not taken all of it: a slow line, or one that was halted, skips
  // pictures and does not stop the player.
  bool taken();
  // Never blocks: what the terminal does not take now waits for taken().
  void write(std::string_view bytes);
  TerminalSize size() const;

 private:
  Terminal() = default;
  bool owns_ = true;
  std::string left_;
};

}  // namespace meridian
