// Datagrams under way lie in fixed blocks; a heap orders them by (time, order of entering), so that equal times keep their order.
#include "netchannel/relay/udp_relay.hpp"

#include <algorithm>
#include <map>
#include <vector>

#include "netchannel/transport/udp_transport.hpp"

namespace meridian {
namespace {

constexpr std::int64_t kSilentClient_us = 60'000'000;

enum class Way : std::uint8_t { up, down };

struct Held {
  std::int64_t at_us;
  std::uint64_t serial;
  std::uint32_t client;
  std::uint32_t block;
  std::uint16_t size;
  Way way;
  // For a heap whose top is the least.
  friend bool operator<(const Held& a, const Held& b) { return a.at_us != b.at_us ? a.at_us > b.at_us : a.serial > b.serial; }
};

struct Link {
  Link(const UdpRelaySettings& settings, std::uint64_t number, const Address& from, UdpTransport socket)
      : client(from),
        upstream(std::move(socket)),
        up(settings.up, settings.seed * 0x9E3779B97F4A7C15u + 2 * number),
        down(settings.down, settings.seed * 0x9E3779B97F4A7C15u + 2 * number + 1) {}
  Address client;
  UdpTransport upstream;
  Impairment up, down;
  std::int64_t heard_us = 0;
  std::uint32_t held = 0;
  DatagramBatch out;
};

void add(ImpairmentCounters& sum, const ImpairmentCounters& more) {
  sum.in += more.in, sum.delivered += more.delivered, sum.lost += more.lost, sum.burst_lost += more.burst_lost;
  sum.duplicated += more.duplicated, sum.reordered += more.reordered, sum.corrupted += more.corrupted;
  sum.cut += more.cut, sum.queue_dropped += more.queue_dropped;
}

}  // namespace

struct UdpRelay::State {
  State(const UdpRelaySettings& s, UdpTransport socket) : settings(s), listen(std::move(socket)) {}
  UdpRelaySettings settings;
  UdpTransport listen;
  std::vector<std::unique_ptr<Link>> links;  // a place each; nullptr = free
  std::map<Address, std::uint32_t> by_client;
  UdpRelayCounters counters;  // without the links that are there
  std::vector<Held> heap;
  std::uint64_t serial = 0;
  std::vector<std::array<std::uint8_t, kMaxDatagramBytes>> blocks;
  std::vector<std::uint32_t> free_blocks;
  DatagramBatch down_out;
  std::vector<Passage> passages;  // of one datagram; kept for its memory

  Link* link_of(const Address& client, Now now);
  void forget_silent(Now now);
  void hold(std::uint32_t client, Way way, Bytes bytes, Now now);
  void let_go(Now now);
};

std::expected<UdpRelay, Error> UdpRelay::open(const UdpRelaySettings& settings) {
  auto listen = UdpTransport::open(settings.listen);
  if (!listen) return std::unexpected(listen.error());
  return UdpRelay(std::make_unique<State>(settings, std::move(*listen)));
}

void UdpRelay::step(Now now) {
  State& s = *state_;
  for (auto got = s.listen.receive(); !got.empty(); got = s.listen.receive()) {
    for (const Datagram& datagram : got) {
      Link* link = s.link_of(datagram.peer, now);
      if (link == nullptr) continue;
      link->heard_us = now.mono_us;
      s.hold(s.by_client[datagram.peer], Way::up, datagram.bytes, now);
    }
  }
  for (std::uint32_t i = 0; i < s.links.size(); ++i) {
    if (!s.links[i]) continue;
    Link& link = *s.links[i];
    for (auto got = link.upstream.receive(); !got.empty(); got = link.upstream.receive()) {
      for (const Datagram& datagram : got) {
        if (datagram.peer == s.settings.to) {
          s.hold(i, Way::down, datagram.bytes, now);
        } else {
          ++s.counters.foreign;
        }
      }
    }
  }
  s.let_go(now);
}

// The client's link; a new client gets one where there is room.
Link* UdpRelay::State::link_of(const Address& client, Now now) {
  if (const auto it = by_client.find(client); it != by_client.end()) return links[it->second].get();
  if (by_client.size() >= kMaxRelayClients) forget_silent(now);
  auto upstream =
      by_client.size() < kMaxRelayClients ? UdpTransport::open(Address{} /* [::]:0, reaches both families */) : std::unexpected(Error{});
  if (!upstream) {
    ++counters.clients_refused;
    return nullptr;
  }
  auto place = std::find(links.begin(), links.end(), nullptr);
  if (place == links.end()) place = links.insert(links.end(), nullptr);
  *place = std::make_unique<Link>(settings, counters.clients_seen, client, std::move(*upstream));
  ++counters.clients_seen;
  by_client[client] = static_cast<std::uint32_t>(place - links.begin());
  return place->get();
}

void UdpRelay::State::forget_silent(Now now) {
  for (auto& link : links) {
    if (!link || link->held != 0 || now.mono_us - link->heard_us < kSilentClient_us) continue;
    add(counters.up, link->up.counters());
    add(counters.down, link->down.counters());
    by_client.erase(link->client);
    link.reset();
  }
}

// Asks the link what becomes of a datagram and keeps each copy until its time.
void UdpRelay::State::hold(std::uint32_t client, Way way, Bytes bytes, Now now) {
  Link& link = *links[client];
  (way == Way::up ? link.up : link.down).decide(now.mono_us, bytes.size(), passages);
  for (const Passage& passage : passages) {
    if (free_blocks.empty()) {
      if (blocks.size() >= kMaxHeld) {
        ++counters.held_full;
        continue;
      }
      free_blocks.push_back(static_cast<std::uint32_t>(blocks.size()));
      blocks.emplace_back();
    }
    const std::uint32_t block = free_blocks.back();
    free_blocks.pop_back();
    std::copy(bytes.begin(), bytes.end(), blocks[block].begin());
    if (passage.corrupt) blocks[block][passage.corrupt_bit / 8] ^= static_cast<std::uint8_t>(1u << (passage.corrupt_bit % 8));
    heap.push_back({passage.at_us, serial++, client, block, static_cast<std::uint16_t>(bytes.size()), way});
    std::push_heap(heap.begin(), heap.end());
    ++link.held;
  }
}

void UdpRelay::State::let_go(Now now) {
  while (!heap.empty() && heap.front().at_us <= now.mono_us) {
    std::pop_heap(heap.begin(), heap.end());
    const Held held = heap.back();
    heap.pop_back();
    Link& link = *links[held.client];
    const Bytes bytes = Bytes(blocks[held.block]).first(held.size);
    if (held.way == Way::up) {
      link.out.add(settings.to, bytes);
    } else {
      down_out.add(link.client, bytes);
    }
    --link.held;
    free_blocks.push_back(held.block);
  }
  for (auto& link : links) {
    if (!link || link->out.empty()) continue;
    link->upstream.send(link->out);
    link->out.clear();
  }
  listen.send(down_out);
  down_out.clear();
}

void UdpRelay::set(const ImpairmentSettings& up, const ImpairmentSettings& down) {
  state_->settings.up = up;
  state_->settings.down = down;
  for (auto& link : state_->links) {
    if (!link) continue;
    link->up.set(up);
    link->down.set(down);
  }
}

UdpRelayCounters UdpRelay::counters() const {
  UdpRelayCounters sum = state_->counters;
  for (const auto& link : state_->links) {
    if (!link) continue;
    ++sum.clients;
    add(sum.up, link->up.counters());
    add(sum.down, link->down.counters());
  }
  return sum;
}

Address UdpRelay::local() const { return state_->listen.local(); }

UdpRelay::UdpRelay(std::unique_ptr<State> state) : state_(std::move(state)) {}
UdpRelay::UdpRelay(UdpRelay&&) noexcept = default;
UdpRelay& UdpRelay::operator=(UdpRelay&&) noexcept = default;
UdpRelay::~UdpRelay() = default;

}  // namespace meridian
