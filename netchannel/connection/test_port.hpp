// For tests: a Connections with keys, tokens for it, and a client made by hand, whose every message can be kept, changed and sent again.
#pragma once

#include <algorithm>
#include <optional>
#include <vector>

#include "base/chance.hpp"
#include "netchannel/connection/connections.hpp"
#include "netchannel/crypto/key_schedule.hpp"
#include "netchannel/reliability/channel.hpp"
#include "netchannel/wire/handshake.hpp"
#include "netchannel/wire/packet_header.hpp"

namespace meridian {

using Packet = std::vector<std::uint8_t>;

struct TokenWish {
  std::uint64_t character = 1, epoch = 1;
  NodeId node{5};
  std::uint32_t incarnation = 0;
  std::int64_t lives_ms = 30'000, issued_ms_ago = 0;
  std::uint8_t kind = 0;
  bool with_wrong_key = false;
};

inline Address address(std::uint8_t last, std::uint16_t port = 4000, std::uint8_t first = 10) {
  Address out;
  out.ip = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, first, 0, 0, last};
  out.port = port;
  return out;
}

class TestPort {
 public:
  explicit TestPort(std::uint16_t max_players = 100, std::uint64_t seed = 1, std::uint32_t max_used_tokens = 60'000)
      : chance_(seed), node_key_(node_key({}, {5})) {
    start_crypto();
    settings_.node = {5};
    settings_.incarnation = 3;
    settings_.boot_mono_us = now.mono_us - 60'000'000;
    settings_.token_keys = {{1, node_key_}};
    settings_.max_players = max_players;
    settings_.max_used_tokens = max_used_tokens;
    settings_.offer_aes = false;
    restart();
  }
  void restart() { connections_.emplace(settings_, chance_); }
  ConnectionsSettings& settings() { return settings_; }
  Connections& connections() { return *connections_; }
  const ConnectionsCounters& counters() const { return connections_->counters(); }
  Chance& chance() { return chance_; }

  Now now{1'000'000'000, 1'800'000'000'000};
  void pass_ms(std::int64_t ms) {
    now.mono_us += ms * 1'000;
    now.wall_ms += ms;
  }

  Ticket ticket(const TokenWish& wish = {}) {
    Ticket out;
    chance_.fill(out.secret.bytes);
    ConnectToken token;
    token.key_id = 1;
    token.node = wish.node;
    token.incarnation = wish.incarnation;
    token.expires_ms = out.expires_ms = static_cast<std::uint64_t>(now.wall_ms + wish.lives_ms);
    token.issued_ms = static_cast<std::uint64_t>(now.wall_ms - wish.issued_ms_ago);
    chance_.fill(token.id);
    token.secret = out.secret;
    token.account = token.character = wish.character;
    token.epoch = wish.epoch;
    token.kind = wish.kind;
    Secret32 key = node_key_;
    if (wish.with_wrong_key) key.bytes[0] ^= 1;
    out.token = seal_token(token, key, chance_);
    out.node = wish.node;
    out.udp = "10.0.0.5:7777";
    return out;
  }

  // One step with one datagram (or none); what was answered.
  std::vector<Packet> give(const Address& from, const Packet& bytes) {
    Packet copy = bytes;
    const Datagram datagram{from, copy};
    return packets(connections_->step(now, {&datagram, 1}));
  }
  std::vector<Packet> idle() { return packets(connections_->step(now, {})); }
  std::vector<Packet> tick(const TickOutbox& outbox = {}) { return packets(connections_->send(now, outbox)); }
  std::vector<SessionEvent> take_events() {
    const auto events = connections_->events();
    std::vector<SessionEvent> out(events.begin(), events.end());
    connections_->clear_events();
    return out;
  }

 private:
  static std::vector<Packet> packets(const DatagramBatch& batch) {
    std::vector<Packet> out;
    for (std::size_t i = 0; i < batch.size(); ++i) out.emplace_back(batch.bytes(i).begin(), batch.bytes(i).end());
    return out;
  }

  SeededChance chance_;
  Secret32 node_key_;
  ConnectionsSettings settings_;
  std::optional<Connections> connections_;
};

// A client whose steps the test takes one by one.
class HandMadeClient {
 public:
  HandMadeClient(TestPort& port, const Ticket& ticket, const Address& from = address(1)) : port_(port), ticket_(ticket), at(from) {
    renew();
  }
  void renew() {
    random = port_.chance().next_u64();
    own_ = make_ephemeral(port_.chance());
  }

  Packet hello() const {
    Packet out(kHelloBytes);
    write_hello({.client_random = random, .echo_us = 77}, out);
    return out;
  }
  std::optional<Challenge> probe() {
    const auto answer = port_.give(at, hello());
    if (answer.size() != 1) return std::nullopt;
    const auto challenge = read_challenge(answer[0]);
    if (!challenge) return std::nullopt;
    cookie = *challenge;
    return *challenge;
  }
  // CONNECT with the newest cookie.
  Packet connect() {
    Connect message = wish;
    message.cookie_time_s = cookie.cookie_time_s;
    message.cookie = cookie.cookie;
    message.client_random = random;
    message.client_eph = own_.public_key;
    message.token = ticket_.token;
    Packet out(kConnectBytes);
    sign_connect(write_connect(message, out), ticket_.secret);
    return out;
  }
  // WELCOME for this CONNECT: the keys agree or nothing opens.
  bool open(const Packet& connect_bytes, Packet welcome) {
    const auto head = read_welcome(welcome);
    if (!head || head->client_random != random) return false;
    const auto keys = derive_keys(ticket_.secret, own_.secret, head->server_eph, connect_bytes, welcome, head->suite);
    if (!keys) return false;
    const auto plain = open_welcome(welcome, *keys);
    if (!plain || !read_welcome_sealed(*plain)) return false;
    session = *read_welcome_sealed(*plain);
    cid = head->cid;
    channel.emplace(ChannelSettings{.side = Side::client, .connection_id = head->cid}, keys->session);
    keys_ = keys->session;
    return true;
  }
  // HELLO, CONNECT, WELCOME: the session is half.
  bool reach_half() {
    if (!probe()) return false;
    sent_connect = connect();
    const auto answer = port_.give(at, sent_connect);
    return answer.size() == 1 && open(sent_connect, answer[0]);
  }
  bool reach_up() {
    if (!reach_half()) return false;
    const std::uint32_t before = port_.counters().up;
    send_packet();
    return port_.counters().up == before + 1;
  }
  // One sealed packet, with an input in it so that there is always something to send.
  Packet packet() {
    const std::uint8_t input[2] = {1, 2};
    channel->set_input(input);
    DatagramBatch batch;
    channel->flush(port_.now, true, {}, batch);
    return batch.empty() ? Packet{} : Packet(batch.bytes(0).begin(), batch.bytes(0).end());
  }
  std::vector<Packet> send_packet() { return port_.give(at, packet()); }
  // One as only a client of its own would make it: these frames behind an ack that never moves, rightly sealed.
  Packet sealed_packet(std::uint64_t number, Bytes frames) {
    Packet out(kHeaderUpBytes + 1 + frames.size() + kTagBytes);
    ByteWriter writer(out);
    write_packet_header(writer, {.number_low = static_cast<std::uint16_t>(number & 0x1FFF), .connection_id = cid});
    writer.u8(0);
    writer.bytes(frames);
    PacketSeal(keys_.suite, keys_.up).seal(out, kHeaderUpBytes, number);
    return out;
  }
  std::expected<void, WireError> take(Packet bytes) {
    messages.clear();
    fates.clear();
    return channel->accept(port_.now, kept = std::move(bytes), messages, fates);
  }
  void set_public_key(const PublicKey& key) { own_.public_key = key; }
  Mac mac_of(const Packet& refuse) const { return refuse_mac(ticket_.secret, refuse); }

 private:
  TestPort& port_;
  Ticket ticket_;
  Ephemeral own_;
  SessionKeys keys_;

 public:
  Address at;
  std::uint64_t random = 0;
  Connect wish{.suites = suite_bit(Suite::chacha20_poly1305)};
  Challenge cookie;
  Packet sent_connect, kept;
  WelcomeSealed session;
  std::uint16_t cid = 0;
  std::optional<Channel> channel;
  std::vector<Delivered> messages;
  std::vector<SnapshotFate> fates;
};

// The REFUSE in an answer; reason none = there is none.
inline Refuse refusal(const std::vector<Packet>& answer) {
  for (const Packet& packet : answer) {
    if (const auto refuse = read_refuse(packet)) return *refuse;
  }
  return {};
}

}  // namespace meridian
