#include "cli/stop_signal.hpp"

#include <csignal>
#include <initializer_list>

namespace meridian {
namespace {

volatile std::sig_atomic_t stop = 0;

void note_stop(int) { stop = 1; }

}  // namespace

void catch_stop_signals() {
  struct sigaction action{};
  action.sa_handler = note_stop;
  action.sa_flags = static_cast<int>(SA_RESETHAND);  // the second one ends the process
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaction(signal, &action, nullptr);
}

bool stop_asked() { return stop != 0; }

}  // namespace meridian
