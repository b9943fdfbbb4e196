// Files are replaced by write, fsync, rename, fsync of the folder: after a power cut there is the old one or the new one, never half of
// one.
#include "regional_node/storage/state_folder.hpp"

#include <cerrno>
#include <charconv>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <optional>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace meridian {
namespace {

Error system_error(std::string what) {
  return {std::move(what), std::strerror(errno), "check that the folder is on a disk with room and belongs to you"};
}

std::optional<std::string> first_line(const std::string& path) {
  std::ifstream in(path);
  std::string line;
  if (!in) return std::nullopt;
  std::getline(in, line);
  return line;
}

std::optional<std::uint32_t> parse_number(std::string_view text) {
  std::uint32_t value = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && stop == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

std::expected<void, Error> replace_file(const std::string& folder, const std::string& name, const std::string& content) {
  const std::string path = folder + "/" + name, fresh = path + ".new";
  const int fd = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0) return std::unexpected(system_error("cannot write " + fresh));
  const bool written = ::write(fd, content.data(), content.size()) == static_cast<ssize_t>(content.size()) && ::fsync(fd) == 0;
  const Error error = system_error("cannot write " + fresh);
  ::close(fd);
  if (!written) return std::unexpected(error);
  if (::rename(fresh.c_str(), path.c_str()) != 0) return std::unexpected(system_error("cannot write " + path));
  const int dir = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool synced = dir >= 0 && ::fsync(dir) == 0;
  if (dir >= 0) ::close(dir);
  if (!synced) return std::unexpected(system_error("cannot make " + path + " last"));
  return {};
}

std::expected<int, Error> lock(const std::string& folder) {
  const std::string path = folder + "/lock";
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return std::unexpected(system_error("cannot open " + path));
  if (::flock(fd, LOCK_EX | LOCK_NB) == 0) return fd;
  const bool held = errno == EWOULDBLOCK;
  const Error error = system_error("cannot lock " + path);
  ::close(fd);
  if (!held) return std::unexpected(error);
  const std::string holder = first_line(path).value_or("");
  return std::unexpected(Error{"cannot use the state folder " + folder,
                               fmt::format("it is in use by pid {}", holder.empty() ? "unknown" : holder),
                               "stop that node (./dev down), or choose another folder with --state"});
}

std::expected<std::uint32_t, Error> count_start(const std::string& folder) {
  std::uint32_t last = 0;
  if (const auto line = first_line(folder + "/incarnation")) {
    const auto number = parse_number(*line);
    if (!number)
      return std::unexpected(Error{fmt::format("cannot read {}/incarnation", folder), "it does not hold a number",
                                   "write into it a number greater than any this node has had, or remove the folder to begin anew"});
    last = *number;
  }
  const std::uint32_t now = last == 0xFFFFFFFF ? 1 : last + 1;  // 0 means "any" in a token
  if (auto written = replace_file(folder, "incarnation", fmt::format("{}\n", now)); !written) return std::unexpected(written.error());
  return now;
}

}  // namespace

std::expected<StateFolder, Error> StateFolder::open(const std::string& path) {
  std::error_code failed;
  const bool made = std::filesystem::create_directories(path, failed);
  if (failed)
    return std::unexpected(
        Error{"cannot make the state folder " + path, failed.message(), "check the path, or choose another with --state"});
  if (made) ::chmod(path.c_str(), 0700);

  const auto fd = lock(path);
  if (!fd) return std::unexpected(fd.error());
  StateFolder folder(path, *fd, 0);  // from here on the lock is given back whatever happens
  const std::string pid = fmt::format("{}\n", ::getpid());
  if (::ftruncate(*fd, 0) != 0 || ::pwrite(*fd, pid.data(), pid.size(), 0) != static_cast<ssize_t>(pid.size()))
    return std::unexpected(system_error("cannot write " + path + "/lock"));
  const auto incarnation = count_start(path);
  if (!incarnation) return std::unexpected(incarnation.error());
  if (auto written = replace_file(path, "node.pid", pid); !written) return std::unexpected(written.error());
  folder.incarnation_ = *incarnation;
  return folder;
}

StateFolder::StateFolder(StateFolder&& other) noexcept
    : path_(std::move(other.path_)), lock_fd_(std::exchange(other.lock_fd_, -1)), incarnation_(other.incarnation_) {}

StateFolder::~StateFolder() {
  if (lock_fd_ < 0) return;
  ::unlink((path_ + "/node.pid").c_str());
  ::close(lock_fd_);  // and with it the lock
}

}  // namespace meridian
