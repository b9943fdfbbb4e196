// One sealed session on either side: packets, acks, lanes, fragments, loss, pacing (`netcode.md` 4 and 5). Pure: time comes in, packets go
// out. The server's Connections and the client's ClientConnection each hold one a session; neither knows what a message means, nor does
// this. Not here yet: rekeying, address change, path MTU search, congestion control (bulk has a fixed window, paced; the real-time budget
// is fixed).
//
//   accept(): read header -> rebuild number -> open -> replay window -> acks -> frames -> delivered messages and fates
//   queue()/set_*(): what is to be sent     flush(): packets due now, each at most kMaxDatagramBytes
#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "netchannel/crypto/keys.hpp"
#include "netchannel/reliability/side.hpp"
#include "netchannel/transport/datagram.hpp"
#include "netchannel/wire/lane.hpp"
#include "netchannel/wire/reason.hpp"
#include "netchannel/wire/wire_error.hpp"

namespace meridian {

struct ChannelSettings {
  Side side = Side::server;
  std::uint16_t connection_id = 0;  // written upward only
  std::int64_t tick_us = 50'000;
  std::int64_t keepalive_us = 5'000'000;
  std::uint32_t bulk_window_bytes = 64 * 1024;  // fixed until congestion control comes
  std::uint32_t rtt_hint_us = 0;                // from the handshake; 0 = none yet
  std::uint64_t trap_seed = 0;  // server: a secret draw; 1 in 64 bulk numbers is then skipped, and who acks one is closed. 0 = none
};

struct Delivered {
  Lane lane;
  Bytes bytes;  // valid until the next accept(); points into the datagram or into the Channel
};
// Of a lane-1 packet, by the id given to set_snapshot.
struct SnapshotFate {
  std::uint32_t id;
  bool acked;  // false = lost
};

struct ChannelStats {
  std::uint32_t srtt_us = 0, rttvar_us = 0, min_rtt_us = 0;
  std::uint64_t packets_in = 0, packets_out = 0, bytes_in = 0, bytes_out = 0;
  std::uint64_t lost = 0, spurious = 0, pto = 0, resends = 0;
  std::uint64_t bulk_packets_out = 0;
  std::uint64_t rejected_tag = 0, rejected_replay = 0, rejected_malformed = 0;
  std::uint32_t queued_reliable_bytes = 0, in_flight_packets = 0, reassembly_bytes = 0;
};

class Channel {
 public:
  Channel(const ChannelSettings& settings, const SessionKeys& keys);
  ~Channel();
  Channel(Channel&&) noexcept;
  Channel& operator=(Channel&&) noexcept;

  // One sealed datagram. A refused one changes nothing but a counter (one that opened and then broke a rule also never opens again).
  // Appends what it brought; the byte spans live until the next accept().
  std::expected<void, WireError> accept(Now now, MutableBytes datagram, std::vector<Delivered>& messages, std::vector<SnapshotFate>& fates);
  // Set once by accept() or flush() when the session must end: the peer's CLOSE, or a broken rule (flood, bad_ack, reassembly, malformed
  // ...). none = goes on.
  Reason ended() const;
  bool ended_by_peer() const;
  const std::string& close_text() const;  // what the peer's CLOSE said, printable; "" without one
  bool ever_received() const;
  std::int64_t last_received_us() const;  // of a packet that opened

  // Reliable lanes 2-5, 7 that this side may send on; at most 4 fragments up (4.6 kB), 64 down (74 kB). False: the lane's bound is reached,
  // nothing was taken. Where the table of lanes says close (lane 7 full; 256 kB unacked down in all), ended() is slow_reader from then on.
  bool queue(Lane lane, Bytes message);
  // For the next tick packet; replaces what was not sent. Lane 0 (client) and lane 1 (server).
  void set_input(Bytes message);
  void set_snapshot(std::uint32_t id, Bytes message);
  // CLOSE now, and again at 50 and 150 ms by flush(); nothing else is sent after.
  void close(Reason reason, Now now);
  bool close_sent_fully() const;

  // Bytes a snapshot may take in the next tick packet beside what else is due; 0-1,100.
  std::size_t snapshot_room() const;
  std::uint32_t bulk_free_bytes() const;
  std::size_t queued(Lane lane) const;  // messages not yet acked

  // Packets due now. `tick` = this is the tick's flush: the input or snapshot goes, and small actions ride until acked; otherwise resends,
  // acks, pings, bulk.
  void flush(Now now, bool tick, const Address& peer, DatagramBatch& out);
  // Whether flush() may have something to do before the next tick: reliable data that waits or is not acked, bulk to ack, or CLOSE to say.
  bool busy() const;

  const ChannelStats& stats() const;
  std::uint64_t newest_packet_acked() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace meridian
