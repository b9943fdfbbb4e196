#include "e2e/simulation/network.hpp"

#include <algorithm>
#include <tuple>

#include "e2e/simulation/seeds.hpp"

namespace meridian::sim {
namespace {

constexpr std::size_t kCaptured = 32, kCapturedConnects = 4;
constexpr std::uint8_t kConnectType = 0x83;  // docs/protocol.md, "Handshake"

bool later(const Parcel& a, const Parcel& b) { return std::tie(a.at_us, a.order) > std::tie(b.at_us, b.order); }

Address loopback(std::uint8_t c, std::uint8_t d, std::uint16_t port) {
  Address address;
  address.ip = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 127, 0, c, d};
  address.port = port;
  return address;
}

}  // namespace

Network::Network(const Plan& plan, Coverage& coverage) : plan_(plan), coverage_(coverage) {
  for (int i = 0; i < plan.clients; ++i) {
    const auto actor = static_cast<std::uint64_t>(i);
    links_.emplace_back(stream(plan.seed, Purpose::link_up, actor).next_u64(), stream(plan.seed, Purpose::link_down, actor).next_u64());
  }
  captured_.resize(static_cast<std::size_t>(plan.clients));
  captured_connects_.resize(static_cast<std::size_t>(plan.clients));
}

Address Network::node_address() { return loopback(0, 1, 7777); }
Address Network::client_address(int client, int generation) {
  return loopback(1, static_cast<std::uint8_t>(client + 1), static_cast<std::uint16_t>(20'000 + generation));
}

void Network::put(Parcel parcel) {
  parcel.order = ++order_;
  heap_.push_back(std::move(parcel));
  std::push_heap(heap_.begin(), heap_.end(), later);
}

Parcel Network::take() {
  std::pop_heap(heap_.begin(), heap_.end(), later);
  Parcel parcel = std::move(heap_.back());
  heap_.pop_back();
  return parcel;
}

void Network::send(std::int64_t now_us, bool to_node, int client, const Address& from, const Address& to, Bytes bytes) {
  const auto index = static_cast<std::size_t>(client);
  if (to_node) {
    const auto keep = [&](std::vector<Captured>& kept, std::size_t at_most) {
      if (kept.size() == at_most) kept.erase(kept.begin());
      kept.push_back({from, {bytes.begin(), bytes.end()}, sent_ids_ + 1});
    };
    keep(captured_[index], kCaptured);
    if (!bytes.empty() && bytes[0] == kConnectType) keep(captured_connects_[index], kCapturedConnects);
  }
  Impairment& link = to_node ? links_[index].up : links_[index].down;
  const ImpairmentCounters before = link.counters();
  const std::int64_t since_start_us = now_us - kStart_us;
  link.set(link_at(plan_, since_start_us, client, to_node));
  passages_.clear();
  link.decide(now_us, bytes.size(), passages_);
  coverage_.impaired(before, link.counters(), passages_, plan_, since_start_us, client, to_node);
  const std::uint64_t sent_id = ++sent_ids_;
  for (const Passage& passage : passages_) {
    Parcel parcel{.at_us = passage.at_us,
                  .to_node = to_node,
                  .client = client,
                  .from = from,
                  .to = to,
                  .bytes = {bytes.begin(), bytes.end()},
                  .sent_id = sent_id};
    if (passage.corrupt && !bytes.empty()) {
      const std::size_t bit = passage.corrupt_bit % (bytes.size() * 8);
      parcel.bytes[bit / 8] = static_cast<std::uint8_t>(parcel.bytes[bit / 8] ^ (1u << (bit % 8)));
      parcel.flipped = true;
    }
    put(std::move(parcel));
  }
}

void Network::forge(std::int64_t now_us, int client, const Address& from, const Address& to, Bytes bytes, std::uint64_t sent_id) {
  put({.at_us = now_us,
       .to_node = true,
       .client = client,
       .from = from,
       .to = to,
       .bytes = {bytes.begin(), bytes.end()},
       .sent_id = sent_id});
}

std::span<const Datagram> SimulatedSocket::receive() {
  constexpr std::size_t kBatch = 64;
  reading_.clear();
  batch_.clear();
  const auto take = static_cast<std::ptrdiff_t>(std::min(kBatch, inbox_.size()));
  std::move(inbox_.begin(), inbox_.begin() + take, std::back_inserter(reading_));
  inbox_.erase(inbox_.begin(), inbox_.begin() + take);
  for (Parcel& parcel : reading_) batch_.push_back({parcel.from, parcel.bytes});
  return batch_;
}

void SimulatedSocket::send(const DatagramBatch& batch) {
  for (std::size_t i = 0; i < batch.size(); ++i) network_.send(now_us_, true, client_, address_, batch.to(i), batch.bytes(i));
}

}  // namespace meridian::sim
