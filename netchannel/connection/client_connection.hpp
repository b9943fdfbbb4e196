// The client's half of the handshake and its session: idle, probing, connecting, up, silent, closed (resume tokens come later; a restart
// asks for a fresh ticket). Same purity as Connections. Schedules, random renewal and restart detection: `netcode.md` 3.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/chance.hpp"
#include "base/clock.hpp"
#include "netchannel/crypto/connect_token.hpp"
#include "netchannel/reliability/channel.hpp"

namespace meridian {

enum class LinkState : std::uint8_t { idle, probing, connecting, up, silent, closed };
const char* name(LinkState state);

struct WelcomeInfo {
  std::uint32_t tick = 0;        // the node's next tick when it answered
  std::uint32_t phase_us = 0;    // how long until it was due
  std::int64_t received_us = 0;  // when WELCOME came, local monotonic
  std::uint32_t rtt_us = 0;      // of the newest HELLO/CHALLENGE echo
  std::uint64_t session = 0;
  std::uint32_t incarnation = 0;
  std::uint16_t tick_hz = 20;
};

struct ClientConnectionSettings {
  std::uint8_t wire_min = 1, wire_max = 1;  // 0..0 is refused by every node: shows the REFUSE version path
  std::uint32_t build = 1;
  bool allow_aes = true;
};

class ClientConnection {
 public:
  ClientConnection(ClientConnectionSettings settings, Chance& chance);
  ~ClientConnection();

  // After a refusal that a fresh ticket may mend (below) the attempt goes on: its 10 s are counted from its first start().
  void start(const Ticket& ticket, Now now);
  // `stale`, `expired`, `used`, `epoch`, or a restart: the owner must fetch a fresh ticket and start() again. Cleared by start(), and by
  // the end of the 10 s.
  bool wants_ticket() const;

  void accept(Now now, Bytes datagram, std::vector<Delivered>& messages);
  // Handshake schedule and the channel's packets; `tick` as in Channel::flush.
  void flush(Now now, bool tick, DatagramBatch& out);
  void close(Now now);

  LinkState state() const;
  Reason reason() const;            // why closed, or the last refusal
  std::string reason_text() const;  // the peer's text where it came proven, else ours; "" where there is no reason
  bool reason_proven() const;       // the REFUSE's mac held
  const WelcomeInfo* welcome() const;
  Channel* channel();  // nullptr unless up or silent
  Address peer() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace meridian
