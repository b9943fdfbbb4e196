#include "e2e/servers/process.hpp"

#include <arpa/inet.h>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sstream>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/assert.hpp"
#include "cli/http_get.hpp"

namespace meridian::e2e {
namespace {

std::uint16_t free_port(int type) {
  const int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);
  MRD_ASSERT(fd >= 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  MRD_ASSERT(bind(fd, reinterpret_cast<sockaddr*>(&address), size) == 0);
  MRD_ASSERT(getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0);
  close(fd);
  return ntohs(address.sin_port);
}

}  // namespace

Scratch::Scratch() {
  std::string name = (std::filesystem::temp_directory_path() / "meridian-e2e-XXXXXX").string();
  MRD_ASSERT(mkdtemp(name.data()) != nullptr);
  path_ = name;
}

Scratch::~Scratch() {
  if (::testing::Test::HasFailure()) {
    fmt::print("what the processes said is kept in {}\n", path_);
    return;
  }
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

bool eventually(std::chrono::milliseconds deadline, const std::function<bool()>& condition) {
  const auto until = std::chrono::steady_clock::now() + deadline;
  while (!condition()) {
    if (std::chrono::steady_clock::now() >= until) return false;
    constexpr int kBetweenLooks_ms = 20;
    poll(nullptr, 0, kBetweenLooks_ms);
  }
  return true;
}

Process::Process(const std::vector<std::string>& command, std::string log_path) : log_path_(std::move(log_path)) {
  std::vector<char*> argv;
  argv.reserve(command.size() + 1);
  for (const std::string& word : command) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  const pid_t parent = getpid();
  pid_ = fork();
  MRD_ASSERT(pid_ >= 0);
  if (pid_ == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(127);
    const int log = open(log_path_.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    const int null = open("/dev/null", O_RDONLY);
    if (log < 0 || null < 0) _exit(127);
    dup2(null, 0);
    dup2(log, 1);
    dup2(log, 2);
    execv(argv[0], argv.data());
    _exit(127);
  }
}

Process::~Process() {
  if (!running()) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
}

bool Process::running() {
  if (exit_code_) return false;
  int status = 0;
  if (waitpid(pid_, &status, WNOHANG) != pid_) return true;
  exit_code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return false;
}

void Process::signal(int number) const {
  if (!exit_code_) kill(pid_, number);
}

std::optional<int> Process::wait(std::chrono::milliseconds deadline) {
  eventually(deadline, [&] { return !running(); });
  return exit_code_;
}

std::string Process::log() const {
  std::ifstream file(log_path_);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

std::uint16_t free_udp_port() { return free_port(SOCK_DGRAM); }
std::uint16_t free_tcp_port() { return free_port(SOCK_STREAM); }

std::string program(const std::string& name) {
  return (std::filesystem::read_symlink("/proc/self/exe").parent_path().parent_path() / "bin" / name).string();
}

Node::Node(const Scratch& scratch, const std::string& more_yaml) : scratch_(scratch) {
  udp_ = fmt::format("127.0.0.1:{}", free_udp_port());
  http_ = fmt::format("127.0.0.1:{}", free_tcp_port());
  state_ = scratch.path() + "/state";
  config_ = scratch.path() + "/region.yaml";
  std::ofstream(config_) << fmt::format(
      "region: e2e\nnode: {{id: 1}}\nnet: {{udp: \"{}\", http: \"{}\"}}\nworld: {{seed: 20261}}\ncontent: {{blocks: \"{}\"}}\ngate: {{dev: "
      "true}}\n{}",
      udp_, http_, std::filesystem::absolute("config/content/blocks.yaml").string(), more_yaml);
  restart();
}

std::string Node::status() const {
  const auto answer = http_get(Address::parse(http_).value(), "/v1/status", 2000);
  return answer && answer->status == 200 ? answer->body : "";
}

bool Node::ready() const {
  const auto answer = http_get(Address::parse(http_).value(), "/readyz", 1000);
  return answer && answer->status == 200;
}

void Node::restart() {
  process_.reset();
  process_ = std::make_unique<Process>(std::vector<std::string>{program("meridian-node"), "--config", config_, "--state", state_},
                                       fmt::format("{}/node-{}.log", scratch_.path(), ++starts_));
  EXPECT_TRUE(eventually(std::chrono::seconds(20), [&] { return ready() || !process_->running(); })) << process_->log();
  EXPECT_TRUE(process_->running()) << process_->log();
}

}  // namespace meridian::e2e
