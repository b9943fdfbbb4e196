// The context is made, served and destroyed on the server's own thread; start() waits for the first of these. A reply is built whole when
// the request's headers are in, and written as the client takes it.
#include "regional_node/admin/http_server.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <fmt/format.h>
#include <future>
#include <libwebsockets.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <unordered_map>

#include "base/clock.hpp"
#include "base/spsc_queue.hpp"
#include "netchannel/transport/port_holder.hpp"
#include "regional_node/admin/routes.hpp"

namespace meridian {
namespace {

constexpr unsigned kMaxConnections = 64;  // of an operator's tools; more wait in the kernel's queue
constexpr unsigned kHeaderBytes = 4096;
constexpr std::size_t kWriteBytes = 4096;  // at once
constexpr std::size_t kQueued = 4;         // statuses: the server takes them at every request and once a second

struct Pending {
  std::string body;
  std::size_t sent = 0;
  bool close = false;  // a request that we did not read to its end
};

bool is_ipv4(const Address& address) {
  constexpr std::array<std::uint8_t, 12> kPrefix = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
  return std::equal(kPrefix.begin(), kPrefix.end(), address.ip.begin());
}

std::string ip_text(const Address& address) {
  char text[INET6_ADDRSTRLEN] = {};
  if (is_ipv4(address))
    ::inet_ntop(AF_INET, address.ip.data() + 12, text, sizeof text);
  else
    ::inet_ntop(AF_INET6, address.ip.data(), text, sizeof text);
  return text;
}

// Whether the address can be listened on, tried with a socket of our own: libwebsockets only says that it failed, and leaks when it does.
std::expected<void, Error> try_address(const Address& address) {
  const bool v4 = is_ipv4(address);
  sockaddr_in6 six{};
  six.sin6_family = AF_INET6;
  six.sin6_port = htons(address.port);
  std::copy(address.ip.begin(), address.ip.end(), six.sin6_addr.s6_addr);
  sockaddr_in four{};
  four.sin_family = AF_INET;
  four.sin_port = htons(address.port);
  std::memcpy(&four.sin_addr, address.ip.data() + 12, 4);
  const int fd = ::socket(v4 ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int yes = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);  // as libwebsockets does: a port whose last connections linger is free
  const auto* at = v4 ? reinterpret_cast<const sockaddr*>(&four) : reinterpret_cast<const sockaddr*>(&six);
  const bool free = fd >= 0 && ::bind(fd, at, v4 ? sizeof four : sizeof six) == 0 && ::listen(fd, 1) == 0;
  const int error = errno;
  if (fd >= 0) ::close(fd);
  if (free) return {};
  const std::string why = error == EADDRINUSE ? "the port is held by " + tcp_port_holder(address.port) : std::strerror(error);
  return std::unexpected(
      Error{fmt::format("cannot serve HTTP on {}", address.text()), why,
            error == EADDRINUSE ? "stop that one (./dev down), or set net.http" : "set net.http to an address of this machine"});
}

}  // namespace

struct HttpServer::State {
  State(const Address& bind, NodeIdentity who, unsigned slow_s) : address(bind), identity(std::move(who)), timeout_s(slow_s) {}

  static int callback(lws* wsi, lws_callback_reasons reason, void* user, void* in, std::size_t length);
  void run(std::promise<std::expected<void, Error>> started);
  lws_context* create(const std::string& interface);
  int request(lws* wsi, std::string_view path);
  int reply(lws* wsi, const HttpReply& reply, bool head_only, bool close);
  int write_more(lws* wsi);
  void take_statuses();

  Address address;
  NodeIdentity identity;
  unsigned timeout_s;  // for headers, for taking the reply, and between requests of a kept connection
  SpscQueue<NodeStatus> queue{kQueued};
  // Told to stop, and woken for it: the context must outlive the call that wakes, and the thread may see `stop` before that call.
  std::atomic<bool> stop{false}, woken{false};
  std::atomic<lws_context*> context{nullptr};
  std::uint16_t bound_port = 0;
  std::thread thread;

  // lws_service sleeps until something happens on a socket, however long that takes: a timer of its own takes the statuses meanwhile.
  struct EverySecond {
    lws_sorted_usec_list_t timer{};  // first: its address is this struct's
    State* self = nullptr;
  };
  void take_again_in_a_second();

  // The server's thread alone:
  EverySecond every_second;
  std::optional<NodeStatus> latest;
  std::unordered_map<lws*, Pending> pending;
};

int HttpServer::State::callback(lws* wsi, lws_callback_reasons reason, void*, void* in, std::size_t length) {
  auto* self = static_cast<State*>(lws_context_user(lws_get_context(wsi)));
  switch (reason) {
    case LWS_CALLBACK_HTTP: return self->request(wsi, {static_cast<const char*>(in), length});
    case LWS_CALLBACK_HTTP_WRITEABLE: return self->write_more(wsi);
    case LWS_CALLBACK_CLOSED_HTTP: self->pending.erase(wsi); return 0;
    case LWS_CALLBACK_HTTP_BODY:                        // nothing here takes one
    case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE: return -1;  // a WebSocket: not here
    default: return 0;
  }
}

void HttpServer::State::take_statuses() {
  for (NodeStatus status; queue.pop(status);) latest = status;
}

void HttpServer::State::take_again_in_a_second() {
  lws_sul_schedule(
      context.load(), 0, &every_second.timer,
      [](lws_sorted_usec_list_t* timer) {
        State* self = reinterpret_cast<EverySecond*>(timer)->self;
        self->take_statuses();
        self->take_again_in_a_second();
      },
      LWS_US_PER_SEC);
}

int HttpServer::State::request(lws* wsi, std::string_view path) {
  const bool head = lws_hdr_total_length(wsi, WSI_TOKEN_HEAD_URI) > 0;
  const bool get = lws_hdr_total_length(wsi, WSI_TOKEN_GET_URI) > 0;
  if (!get && !head) return reply(wsi, {.code = 405, .body = "only GET and HEAD\n"}, false, true);
  take_statuses();
  return reply(wsi, answer(path, identity, latest, system_now().mono_us), head, false);
}

int HttpServer::State::reply(lws* wsi, const HttpReply& r, bool head_only, bool close) {
  std::uint8_t buffer[LWS_PRE + 1024];
  std::uint8_t* const start = buffer + LWS_PRE;
  std::uint8_t* at = start;
  std::uint8_t* const end = buffer + sizeof buffer - 1;
  const auto code = static_cast<unsigned>(r.code);
  if (lws_add_http_common_headers(wsi, code, r.content_type, r.body.size(), &at, end) != 0) return -1;
  const auto header = [&](const char* key, std::string_view value) {
    return lws_add_http_header_by_name(wsi, reinterpret_cast<const std::uint8_t*>(key), reinterpret_cast<const std::uint8_t*>(value.data()),
                                       static_cast<int>(value.size()), &at, end) == 0;
  };
  if (!header("cache-control:", "no-store") || !header("x-content-type-options:", "nosniff")) return -1;
  if (r.code == 405 && !header("allow:", "GET, HEAD")) return -1;
  if (lws_finalize_write_http_header(wsi, start, &at, end) != 0) return -1;
  if (head_only) return lws_http_transaction_completed(wsi) != 0 ? -1 : 0;
  pending[wsi] = {r.body, 0, close};
  lws_set_timeout(wsi, PENDING_TIMEOUT_HTTP_CONTENT, static_cast<int>(timeout_s));
  lws_callback_on_writable(wsi);
  return 0;
}

int HttpServer::State::write_more(lws* wsi) {
  const auto found = pending.find(wsi);
  if (found == pending.end()) return 0;
  Pending& p = found->second;
  std::uint8_t buffer[LWS_PRE + kWriteBytes];
  const std::size_t size = std::min(kWriteBytes, p.body.size() - p.sent);
  std::memcpy(buffer + LWS_PRE, p.body.data() + p.sent, size);
  p.sent += size;
  const bool last = p.sent == p.body.size();
  if (lws_write(wsi, buffer + LWS_PRE, size, last ? LWS_WRITE_HTTP_FINAL : LWS_WRITE_HTTP) < 0) return -1;
  if (!last) {
    lws_callback_on_writable(wsi);
    return 0;
  }
  const bool close = p.close;
  pending.erase(found);
  return close || lws_http_transaction_completed(wsi) != 0 ? -1 : 0;
}

lws_context* HttpServer::State::create(const std::string& interface) {
  static const lws_protocols kProtocols[] = {{"http", &State::callback, 0, 0, 0, nullptr, 0}, {nullptr, nullptr, 0, 0, 0, nullptr, 0}};
  lws_context_creation_info info{};
  info.port = address.port;
  info.iface = interface.empty() ? nullptr : interface.c_str();
  info.protocols = kProtocols;
  info.user = this;
  info.options = LWS_SERVER_OPTION_FAIL_UPON_UNABLE_TO_BIND | LWS_SERVER_OPTION_HTTP_HEADERS_SECURITY_BEST_PRACTICES_ENFORCE;
  if (is_ipv4(address)) info.options |= LWS_SERVER_OPTION_DISABLE_IPV6;
  info.timeout_secs = timeout_s;
  info.timeout_secs_ah_idle = timeout_s;  // for headers that come slowly: 10 s unless set
  info.keepalive_timeout = static_cast<int>(timeout_s);
  info.max_http_header_data = kHeaderBytes;
  info.max_http_header_pool = kMaxConnections;
  info.fd_limit_per_thread = kMaxConnections + 8;  // its listener and wake-up pipe too
  info.server_string = "meridian-node";
  return lws_create_context(&info);
}

void HttpServer::State::run(std::promise<std::expected<void, Error>> started) {
  lws_set_log_level(0, nullptr);
  const std::string ip = ip_text(address);
  lws_context* made = create(ip == "::" || ip == "0.0.0.0" ? "" : ip);
  if (!made) {
    started.set_value(std::unexpected(
        Error{fmt::format("cannot serve HTTP on {}", address.text()), "libwebsockets could not start", "set net.http to another port"}));
    return;
  }
  bound_port = static_cast<std::uint16_t>(lws_get_vhost_listen_port(lws_get_vhost_by_name(made, "default")));
  context.store(made);
  started.set_value({});
  every_second.self = this;
  take_again_in_a_second();
  while (!stop.load()) lws_service(made, 0);
  woken.wait(false);
  lws_sul_cancel(&every_second.timer);
  lws_context_destroy(made);
}

HttpServer::HttpServer(std::unique_ptr<State> state) : state_(std::move(state)) {}

std::expected<std::unique_ptr<HttpServer>, Error> HttpServer::start(const Address& bind, NodeIdentity identity, unsigned timeout_s) {
  if (auto usable = try_address(bind); !usable) return std::unexpected(usable.error());
  auto state = std::make_unique<State>(bind, std::move(identity), timeout_s);
  std::promise<std::expected<void, Error>> started;
  auto outcome = started.get_future();
  state->thread = std::thread([raw = state.get(), promise = std::move(started)]() mutable { raw->run(std::move(promise)); });
  const auto result = outcome.get();
  if (!result) {
    state->thread.join();
    return std::unexpected(result.error());
  }
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(state)));
}

HttpServer::~HttpServer() {
  state_->stop.store(true);
  lws_cancel_service(state_->context.load());
  state_->woken.store(true);
  state_->woken.notify_one();
  state_->thread.join();
}

bool HttpServer::publish(const NodeStatus& status) { return state_->queue.push(NodeStatus(status)); }

std::uint16_t HttpServer::port() const { return state_->bound_port; }

}  // namespace meridian
