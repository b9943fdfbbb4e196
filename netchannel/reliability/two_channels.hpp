// For tests: a client's and a server's Channel with a bad link between them, all in memory, driven by one simulated clock and one seed.
#pragma once

#include <algorithm>
#include <functional>
#include <tuple>
#include <vector>

#include "base/chance.hpp"
#include "netchannel/reliability/channel.hpp"
#include "netchannel/wire/packet_header.hpp"

namespace meridian {

struct LinkFaults {
  std::uint32_t loss_per_million = 0, duplicate_per_million = 0, flip_per_million = 0;
  std::int64_t delay_us = 20'000, jitter_us = 0;  // jitter reorders
};

inline SessionKeys test_keys() {
  SessionKeys keys;
  for (std::size_t i = 0; i < 32; ++i) {
    keys.up.key.bytes[i] = static_cast<std::uint8_t>(i + 1);
    keys.down.key.bytes[i] = static_cast<std::uint8_t>(i + 101);
  }
  for (std::size_t i = 0; i < 12; ++i) {
    keys.up.iv[i] = static_cast<std::uint8_t>(0xA0 + i);
    keys.down.iv[i] = static_cast<std::uint8_t>(0xB0 + i);
  }
  return keys;
}

// A packet as only a peer with a client of its own would make it: any ack, any frames, rightly sealed.
inline std::vector<std::uint8_t> sealed_packet(Side from, std::uint64_t number, Bytes ack, Bytes frames) {
  std::vector<std::uint8_t> packet(kHeaderUpBytes + ack.size() + frames.size() + kTagBytes);
  ByteWriter out(packet);
  PacketHeader header{.number_low = static_cast<std::uint16_t>(number & 0x1FFF)};
  if (from == Side::client) header.connection_id = 0x1234;
  write_packet_header(out, header);
  out.bytes(ack);
  out.bytes(frames);
  packet.resize(out.size() + kTagBytes);
  const SessionKeys keys = test_keys();
  PacketSeal(keys.suite, from == Side::client ? keys.up : keys.down).seal(packet, header.size(), number);
  return packet;
}

struct End {
  Channel channel;
  std::vector<Delivered> messages;  // of the accept() just made
  std::vector<SnapshotFate> fates;
};

class TwoChannels {
 public:
  explicit TwoChannels(std::uint64_t seed = 1, ChannelSettings server = {}, ChannelSettings client = {})
      : chance_(seed),
        server_{Channel(as(server, Side::server), test_keys()), {}, {}},
        client_{Channel(as(client, Side::client), test_keys()), {}, {}} {}

  Channel& server() { return server_.channel; }
  Channel& client() { return client_.channel; }
  Now now() const { return now_; }
  LinkFaults up, down;
  // What accept() brought, of either side.
  std::function<void(Side, const End&)> heard = [](Side, const End&) {};
  // May change a datagram on its way, or swallow it (false).
  std::function<bool(Side from, std::vector<std::uint8_t>&)> on_wire = [](Side, std::vector<std::uint8_t>&) { return true; };

  // 10 ms: delivers what is due, then both sides flush; each fifth step is a tick.
  void step() {
    now_.mono_us += 10'000;
    deliver();
    const bool tick = now_.mono_us % 50'000 == 0;
    flush(Side::server, tick);
    flush(Side::client, tick);
  }
  void wait_ms(std::int64_t ms) { now_.mono_us += ms * 1'000; }  // nobody does anything
  void run_ms(std::int64_t ms) {
    for (std::int64_t i = 0; i < ms / 10; ++i) step();
  }
  // Only one side's packets, put on the wire now.
  void flush(Side from, bool tick) {
    DatagramBatch& batch = batch_;
    batch.clear();
    (from == Side::server ? server_ : client_).channel.flush(now_, tick, {}, batch);
    for (std::size_t i = 0; i < batch.size(); ++i) {
      std::vector<std::uint8_t> bytes(batch.bytes(i).begin(), batch.bytes(i).end());
      if (on_wire(from, bytes)) send(from, std::move(bytes));
    }
  }
  std::expected<void, WireError> give(Side to, std::vector<std::uint8_t> bytes) {
    End& end = to == Side::server ? server_ : client_;
    end.messages.clear();
    end.fates.clear();
    const auto accepted = end.channel.accept(now_, bytes, end.messages, end.fates);
    if (accepted) heard(to, end);
    return accepted;
  }
  std::uint64_t flips() const { return flips_; }

 private:
  struct Flight {
    std::int64_t at_us;
    std::uint64_t order;  // of sending, where two come together
    Side to;
    std::vector<std::uint8_t> bytes;
  };
  static ChannelSettings as(ChannelSettings settings, Side side) {
    settings.side = side;
    settings.connection_id = 0x1234;
    return settings;
  }
  void send(Side from, std::vector<std::uint8_t> bytes) {
    const LinkFaults& faults = from == Side::client ? up : down;
    const int copies = chance_.one_in(faults.duplicate_per_million) ? 2 : 1;
    for (int i = 0; i < copies; ++i) {
      if (chance_.one_in(faults.loss_per_million)) continue;
      std::vector<std::uint8_t> copy = bytes;
      if (chance_.one_in(faults.flip_per_million)) {
        const std::uint64_t bit = chance_.below(copy.size() * 8);
        copy[bit / 8] ^= static_cast<std::uint8_t>(1u << (bit % 8));
        ++flips_;
      }
      const std::int64_t jitter =
          faults.jitter_us == 0 ? 0 : static_cast<std::int64_t>(chance_.below(static_cast<std::uint64_t>(faults.jitter_us)));
      flights_.push_back(
          {now_.mono_us + faults.delay_us + jitter, order_++, from == Side::client ? Side::server : Side::client, std::move(copy)});
    }
  }
  void deliver() {
    std::sort(flights_.begin(), flights_.end(),
              [](const Flight& a, const Flight& b) { return std::tie(a.at_us, a.order) < std::tie(b.at_us, b.order); });
    std::size_t due = 0;
    while (due < flights_.size() && flights_[due].at_us <= now_.mono_us) ++due;
    std::vector<Flight> arriving(std::make_move_iterator(flights_.begin()),
                                 std::make_move_iterator(flights_.begin() + static_cast<std::ptrdiff_t>(due)));
    flights_.erase(flights_.begin(), flights_.begin() + static_cast<std::ptrdiff_t>(due));
    for (Flight& flight : arriving) (void)give(flight.to, std::move(flight.bytes));
  }

  SeededChance chance_;
  Now now_{1'000'000, 0};
  End server_, client_;
  DatagramBatch batch_;
  std::vector<Flight> flights_;
  std::uint64_t flips_ = 0, order_ = 0;
};

}  // namespace meridian
