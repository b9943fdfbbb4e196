// /proc/net/udp, udp6, tcp and tcp6 name the inode of each bound socket; the process is the one with "socket:[inode]" among its
// descriptors.
#include "netchannel/transport/port_holder.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <initializer_list>
#include <sstream>
#include <string_view>
#include <vector>

namespace meridian {
namespace {

namespace fs = std::filesystem;

// The links that descriptors of sockets bound to `port` show: "socket:[12345]".
std::vector<std::string> socket_links(std::initializer_list<const char*> tables, std::uint16_t port, std::string_view wanted_state) {
  std::vector<std::string> links;
  const std::string suffix = fmt::format(":{:04X}", port);
  for (const char* table : tables) {
    std::ifstream in(table);
    std::string line;
    std::getline(in, line);  // the heading
    while (std::getline(in, line)) {
      // sl local_address rem_address st tx:rx tr:tm retrnsmt uid timeout inode ...
      std::istringstream fields(line);
      std::string slot, local, remote, state, skipped, inode;
      fields >> slot >> local >> remote >> state;
      for (int i = 0; i < 5; ++i) fields >> skipped;
      fields >> inode;
      const bool right_state = wanted_state.empty() || state == wanted_state;
      if (local.ends_with(suffix) && right_state && !inode.empty()) links.push_back(fmt::format("socket:[{}]", inode));
    }
  }
  return links;
}

bool holds_one_of(const fs::path& process, const std::vector<std::string>& links) {
  std::error_code ignored;
  for (fs::directory_iterator fd(process / "fd", ignored), end; !ignored && fd != end; fd.increment(ignored)) {
    std::error_code unreadable;
    const std::string target = fs::read_symlink(fd->path(), unreadable).string();
    if (!unreadable && std::find(links.begin(), links.end(), target) != links.end()) return true;
  }
  return false;
}

std::string holder_of(const std::vector<std::string>& links) {
  int holder = 0;
  std::error_code ignored;
  for (fs::directory_iterator entry("/proc", ignored), end; !ignored && entry != end; entry.increment(ignored)) {
    const std::string name = entry->path().filename().string();
    int pid = 0;
    const auto [stop, failed] = std::from_chars(name.data(), name.data() + name.size(), pid);
    if (failed != std::errc{} || stop != name.data() + name.size()) continue;
    if ((holder == 0 || pid < holder) && holds_one_of(entry->path(), links)) holder = pid;
  }
  if (holder == 0) return "another process";
  std::ifstream comm(fmt::format("/proc/{}/comm", holder));
  std::string command;
  std::getline(comm, command);
  return fmt::format("pid {} ({})", holder, command);
}

}  // namespace

std::string udp_port_holder(std::uint16_t port) { return holder_of(socket_links({"/proc/net/udp", "/proc/net/udp6"}, port, "")); }

std::string tcp_port_holder(std::uint16_t port) {
  const auto links = socket_links({"/proc/net/tcp", "/proc/net/tcp6"}, port, "0A");  // TCP_LISTEN
  return links.empty() ? "" : holder_of(links);
}

}  // namespace meridian
