// On a pseudo-terminal whose other end is ours: one that nobody reads is a slow line or one that was halted.
#include "cli/play/terminal.hpp"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

#include "base/assert.hpp"

namespace meridian {
namespace {

// stdin and stdout are the terminal while it lives.
class PseudoTerminal {
 public:
  PseudoTerminal() {
    std::fflush(stdout);
    master_ = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK);
    MRD_ASSERT(master_ >= 0 && grantpt(master_) == 0 && unlockpt(master_) == 0);
    const int slave = ::open(ptsname(master_), O_RDWR | O_NOCTTY);
    MRD_ASSERT(slave >= 0);
    for (const int fd : {STDIN_FILENO, STDOUT_FILENO}) {
      kept_[static_cast<std::size_t>(fd)] = dup(fd);
      dup2(slave, fd);
    }
    ::close(slave);
  }
  ~PseudoTerminal() {
    for (const int fd : {STDIN_FILENO, STDOUT_FILENO}) {
      dup2(kept_[static_cast<std::size_t>(fd)], fd);
      ::close(kept_[static_cast<std::size_t>(fd)]);
    }
    ::close(master_);
  }
  PseudoTerminal(const PseudoTerminal&) = delete;
  PseudoTerminal& operator=(const PseudoTerminal&) = delete;

  void type(std::string_view keys) const { ASSERT_EQ(::write(master_, keys.data(), keys.size()), static_cast<ssize_t>(keys.size())); }
  // What has been written to it and not read yet; waits for the first of it.
  std::string read() const {
    std::string all;
    std::array<char, 4096> piece;
    pollfd in{.fd = master_, .events = POLLIN, .revents = 0};
    poll(&in, 1, 1000);
    for (ssize_t got; (got = ::read(master_, piece.data(), piece.size())) > 0;) all.append(piece.data(), static_cast<std::size_t>(got));
    return all;
  }

 private:
  int master_ = -1;
  std::array<int, 2> kept_{-1, -1};
};

TEST(Terminal, Never_waits_for_one_that_takes_nothing_and_loses_nothing) {
  PseudoTerminal pseudo;
  std::string picture, seen;
  for (int i = 0; picture.size() < 300'000; ++i) picture += std::to_string(i) + ' ';
  {
    auto terminal = Terminal::open();
    ASSERT_TRUE(terminal.has_value()) << terminal.error().text();
    terminal->write(picture);  // far more than the system holds: a blocking one would stay here for ever
    EXPECT_FALSE(terminal->taken());
    std::string typed;
    EXPECT_TRUE(terminal->read(typed)) << "nothing typed is not the end, though stdin shares the flag";
    pseudo.type("q");
    for (int i = 0; typed.empty() && i < 1'000; ++i) ASSERT_TRUE(terminal->read(typed));
    EXPECT_EQ(typed, "q");
    for (int i = 0; !terminal->taken() && i < 10'000; ++i) seen += pseudo.read();
    EXPECT_TRUE(terminal->taken());
  }
  seen += pseudo.read();
  EXPECT_NE(seen.find(picture), std::string::npos) << seen.size() << " of " << picture.size();
  EXPECT_TRUE(seen.ends_with("\x1b[?1049l")) << "given back";
}

TEST(Terminal, Gives_the_flags_back_and_leaves_the_other_screen_also_when_halted) {
  PseudoTerminal pseudo;
  const int before = fcntl(STDOUT_FILENO, F_GETFL);
  {
    auto terminal = Terminal::open();
    ASSERT_TRUE(terminal.has_value()) << terminal.error().text();
    EXPECT_NE(fcntl(STDOUT_FILENO, F_GETFL) & O_NONBLOCK, 0);
    terminal->write(std::string(300'000, 'x'));
  }
  EXPECT_EQ(fcntl(STDOUT_FILENO, F_GETFL), before);
  EXPECT_TRUE(pseudo.read().ends_with("\x1b[?1049l"));
}

}  // namespace
}  // namespace meridian
