#include "cli/play/terminal.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>
#include <utility>

namespace meridian {
namespace {

constexpr std::string_view kEnter = "\x1b[?1049h\x1b[?25l\x1b[2J";
constexpr std::string_view kLeave = "\x1b[0m\x1b[?25h\x1b[?1049l";
constexpr std::array kCrashes = {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL};

// As it was; for the crash handler, which has no other way to it. stdin often is the same open file, and the shell's too: it shares the
// flags.
termios before;
int flags_before = 0;

void give_back() {
  // All of these are async-signal-safe. A terminal that takes nothing more has its last picture thrown away for this.
  if (::write(STDOUT_FILENO, kLeave.data(), kLeave.size()) != static_cast<ssize_t>(kLeave.size())) {
    tcflush(STDOUT_FILENO, TCOFLUSH);
    (void)!::write(STDOUT_FILENO, kLeave.data(), kLeave.size());
  }
  fcntl(STDOUT_FILENO, F_SETFL, flags_before);
  tcsetattr(STDIN_FILENO, TCSANOW, &before);
}

void crashed(int signal) {
  give_back();
  std::signal(signal, SIG_DFL);
  raise(signal);
}

}  // namespace

std::expected<Terminal, Error> Terminal::open() {
  if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO) || tcgetattr(STDIN_FILENO, &before) != 0)
    return std::unexpected(Error{"cannot draw", "stdin and stdout are not a terminal", "run it in one, without pipes"});
  flags_before = fcntl(STDOUT_FILENO, F_GETFL);
  fcntl(STDOUT_FILENO, F_SETFL, flags_before | O_NONBLOCK);
  for (const int signal : kCrashes) std::signal(signal, crashed);
  termios raw = before;
  cfmakeraw(&raw);
  tcsetattr(STDIN_FILENO, TCSANOW, &raw);
  Terminal terminal;
  terminal.write(kEnter);
  return terminal;
}

Terminal::Terminal(Terminal&& other) noexcept : owns_(std::exchange(other.owns_, false)), left_(std::move(other.left_)) {}

Terminal::~Terminal() {
  if (!owns_) return;
  give_back();
  for (const int signal : kCrashes) std::signal(signal, SIG_DFL);
}

bool Terminal::read(std::string& bytes) {
  bytes.clear();
  pollfd typed{.fd = STDIN_FILENO, .events = POLLIN, .revents = 0};
  while (poll(&typed, 1, 0) > 0) {
    if ((typed.revents & POLLIN) == 0) return false;  // hung up
    char piece[256];
    const ssize_t got = ::read(STDIN_FILENO, piece, sizeof piece);
    if (got <= 0) return got < 0 && (errno == EINTR || errno == EAGAIN);
    bytes.append(piece, static_cast<std::size_t>(got));
  }
  return true;
}

bool Terminal::taken() {
  while (!left_.empty()) {
    const ssize_t written = ::write(STDOUT_FILENO, left_.data(), left_.size());
    if (written <= 0) return false;  // full, or a signal came; where it is gone read() will say so
    left_.erase(0, static_cast<std::size_t>(written));
  }
  return true;
}

void Terminal::write(std::string_view bytes) {
  left_ += bytes;
  taken();
}

TerminalSize Terminal::size() const {
  winsize window{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &window) != 0 || window.ws_col == 0 || window.ws_row == 0) return {};
  return {window.ws_col, window.ws_row};
}

}  // namespace meridian
