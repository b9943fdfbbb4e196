// The folder where a node keeps what must outlive it: one process at a time (an exclusive lock), and how often it has started (the
// incarnation, by which clients and the gate tell a restart). The development gate's key file lies there too (gate/dev_gate.hpp).
//
//   lock          held while the process runs; its text is the holder's pid      incarnation   a number, fsynced before anything is served
//   node.pid      the pid, for people and scripts; removed at a clean end
#pragma once

#include <cstdint>
#include <expected>
#include <string>

#include "base/error.hpp"

namespace meridian {

class StateFolder {
 public:
  // Makes the folder (0700) when it is missing, locks it and counts this start. Another process holding it: the error names it.
  static std::expected<StateFolder, Error> open(const std::string& path);
  StateFolder(StateFolder&& other) noexcept;
  StateFolder& operator=(StateFolder&&) = delete;
  ~StateFolder();

  const std::string& path() const { return path_; }
  std::uint32_t incarnation() const { return incarnation_; }

 private:
  StateFolder(std::string path, int lock_fd, std::uint32_t incarnation)
      : path_(std::move(path)), lock_fd_(lock_fd), incarnation_(incarnation) {}
  std::string path_;
  int lock_fd_ = -1;
  std::uint32_t incarnation_ = 0;
};

}  // namespace meridian
