#include "regional_node/gate/dev_gate.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace meridian {
namespace {

constexpr std::size_t kKeyFileBytes = 65;  // 64 hex digits and a newline

std::string key_path(const std::string& state_dir) { return state_dir + "/dev_gate.key"; }

Error file_error(const std::string& path, std::string_view doing) {
  return {fmt::format("cannot {} {}", doing, path), std::strerror(errno), "check that the folder exists and belongs to you"};
}

class File {
 public:
  explicit File(int fd) : fd_(fd) {}
  ~File() {
    if (fd_ >= 0) ::close(fd_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  int fd() const { return fd_; }

 private:
  int fd_;
};

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

std::expected<Secret32, Error> parse_key(const std::string& path, std::string_view text) {
  const Error bad{"cannot use " + path, "it does not hold 64 hex digits", "remove it; the node makes a new one at its next start"};
  if (text.size() != kKeyFileBytes || text.back() != '\n') return std::unexpected(bad);
  Secret32 key;
  for (std::size_t i = 0; i < 32; ++i) {
    const int high = hex_value(text[2 * i]), low = hex_value(text[2 * i + 1]);
    if (high < 0 || low < 0) return std::unexpected(bad);
    key.bytes[i] = static_cast<std::uint8_t>((high << 4) | low);
  }
  return key;
}

std::expected<void, Error> create_key(const std::string& path, Chance& chance) {
  const File file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (file.fd() < 0) {
    if (errno == EEXIST) return {};  // made by another one in this moment: it is read like any other
    return std::unexpected(file_error(path, "create"));
  }
  Secret32 key;
  chance.fill(key.bytes);
  std::string text;
  for (const std::uint8_t byte : key.bytes) text += fmt::format("{:02x}", byte);
  text += '\n';
  if (::write(file.fd(), text.data(), text.size()) != static_cast<ssize_t>(text.size()) || ::fsync(file.fd()) != 0) {
    const Error error = file_error(path, "write");
    ::unlink(path.c_str());  // never leave half a key behind
    return std::unexpected(error);
  }
  return {};
}

}  // namespace

std::expected<Secret32, Error> load_dev_key(const std::string& state_dir) {
  const std::string path = key_path(state_dir);
  const File file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.fd() < 0) {
    if (errno != ENOENT) return std::unexpected(file_error(path, "open"));
    return std::unexpected(Error{"no development key at " + path, "no node with gate.dev: true has started on this state folder",
                                 "start it (./dev up), or name its configuration with --config"});
  }
  struct stat info{};
  if (::fstat(file.fd(), &info) != 0) return std::unexpected(file_error(path, "look at"));
  if ((info.st_mode & 077) != 0)
    return std::unexpected(Error{"will not use " + path, fmt::format("others may read it (mode {:04o})", info.st_mode & 07777),
                                 fmt::format("chmod 600 {}, or remove it if they may have", path)});
  std::string text(kKeyFileBytes + 1, '\0');  // one more, so that a longer file shows
  const ssize_t got = ::read(file.fd(), text.data(), text.size());
  if (got < 0) return std::unexpected(file_error(path, "read"));
  text.resize(static_cast<std::size_t>(got));
  return parse_key(path, text);
}

std::expected<Secret32, Error> load_or_create_dev_key(const std::string& state_dir, Chance& chance) {
  const std::string path = key_path(state_dir);
  if (::access(path.c_str(), F_OK) != 0) {
    if (auto made = create_key(path, chance); !made) return std::unexpected(made.error());
  }
  return load_dev_key(state_dir);
}

std::expected<Ticket, Error> mint_dev_ticket(const std::string& state_dir, const DevTicketRequest& request, Chance& chance) {
  if (request.name.empty() || request.name.size() > kMaxNameBytes)
    return std::unexpected(Error{"cannot mint a ticket",
                                 fmt::format("a name has 1 to {} bytes, this one {}", kMaxNameBytes, request.name.size()),
                                 "choose another name"});
  const auto master = load_dev_key(state_dir);
  if (!master) return std::unexpected(master.error());

  ConnectToken token;
  token.key_id = kDevKeyId;
  token.node = request.node;
  token.expires_ms = static_cast<std::uint64_t>(request.now_ms + kTicketLifetime_ms);
  chance.fill(token.id);
  chance.fill(token.secret.bytes);
  token.account = token.character = dev_account(request.name);
  token.epoch = token.issued_ms = static_cast<std::uint64_t>(request.now_ms);

  Ticket ticket;
  ticket.node = request.node;
  ticket.udp = reachable_address(request.udp);
  ticket.token = seal_token(token, node_key(*master, request.node), chance);
  ticket.secret = token.secret;
  ticket.expires_ms = token.expires_ms;
  return ticket;
}

std::string reachable_address(std::string_view udp) {
  for (const std::string_view any : {std::string_view("[::]:"), std::string_view("0.0.0.0:")})
    if (udp.starts_with(any)) return fmt::format("127.0.0.1:{}", udp.substr(any.size()));
  return std::string(udp);
}

}  // namespace meridian
