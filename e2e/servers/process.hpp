// Real processes for the end-to-end tests: each child has its own log, is ended with the test, and is waited for by condition with a
// deadline.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace meridian::e2e {

// A folder of its own under the system's temporary folder, removed with the object (kept when the test has failed: its path is printed).
class Scratch {
 public:
  Scratch();
  ~Scratch();
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// True when `condition` held before the deadline.
bool eventually(std::chrono::milliseconds deadline, const std::function<bool()>& condition);

class Process {
 public:
  // Output and errors go to log_path. The child dies with this process.
  Process(const std::vector<std::string>& command, std::string log_path);
  ~Process();  // SIGKILL if it still runs
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  pid_t pid() const { return pid_; }
  bool running();
  void signal(int number) const;
  // The exit code (128 + n when signal n ended it), or nullopt when it still runs at the deadline.
  std::optional<int> wait(std::chrono::milliseconds deadline);
  std::string log() const;

 private:
  pid_t pid_ = -1;
  std::string log_path_;
  std::optional<int> exit_code_;
};

// A port of 127.0.0.1 that nobody holds now.
std::uint16_t free_udp_port();
std::uint16_t free_tcp_port();

// build/PRESET/bin/NAME of the build that this test belongs to.
std::string program(const std::string& name);

// One meridian-node on leased ports with a state folder of its own, ready to be joined.
class Node {
 public:
  explicit Node(const Scratch& scratch, const std::string& more_yaml = "");
  Process& process() { return *process_; }
  const std::string& udp() const { return udp_; }
  const std::string& http() const { return http_; }
  const std::string& config() const { return config_; }
  const std::string& state() const { return state_; }
  // Starts it again over the same state folder, after the process has ended.
  void restart();
  bool ready() const;
  // What /v1/status says; empty when it does not answer.
  std::string status() const;

 private:
  const Scratch& scratch_;
  std::string udp_, http_, config_, state_;
  int starts_ = 0;
  std::unique_ptr<Process> process_;
};

}  // namespace meridian::e2e
