// The client SDK: everything between a socket and a picture. Bots, `meridian play` and the simulation use this and nothing else of the
// client's side. One thread a client. Pure: the socket is a Transport, time and chance come in.
//
//   Client client(options, transport, chance);          // ticket callback in options
//   client.connect(now);
//   every few ms:  client.step(now);
//                  for (int due = client.ticks_due(now); due > 0; --due) client.input(now, input);    // predicts, sends
//                  while (auto event = client.poll()) ...
//   to draw:       client.self(now), client.entities(now), client.chunks(), client.stats(now)
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "base/chance.hpp"
#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/tick.hpp"
#include "netchannel/connection/client_connection.hpp"
#include "netchannel/prediction/verdict.hpp"
#include "netchannel/transport/transport.hpp"
#include "netchannel/wire/messages.hpp"
#include "world/chunk/chunks.hpp"
#include "world/entity/entities.hpp"
#include "world/motion/body.hpp"

namespace meridian {

struct ClientOptions {
  // Asked at connect, at once after a restart or a refusal that a fresh ticket may mend (stale, expired, used, epoch), and 2 s after the
  // link was closed for a reason that may pass: unreachable, timeout, shutdown, draining, full, busy, slow_reader, reassembly, internal,
  // stale, expired, used, and bad_token without proof. At most once a second, until close(). An error is shown and asked again.
  std::function<std::expected<Ticket, Error>()> ticket;
  const BlockKinds* kinds = nullptr;  // the content; must outlive the client
  ClientConnectionSettings connection;
  bool light = false;  // load bots: no interpolation of others (they still predict: the hash is on the wire)
  // Bounds of easing (8.3): 60-300 ms.
  std::uint16_t easing_ms = 150;
};

// ---- events, in order of happening
struct LinkChanged {
  LinkState state;
  Reason reason;
  std::string text;  // for the player
};
struct Entered {
  WorldInfo info;
};
struct ActionDone {
  std::uint16_t id;
  Refusal refusal;
};
struct PushDone {
  Refusal refusal;
};
struct NoticeShown {
  std::string text;
};
struct Corrected {  // the node's own state differed from the prediction
  Tick tick;
  double error_blocks;
  bool has_cause;  // netcode 8.8; false = the rules differ
  BodyState predicted, actual;
};
// For a report, in one line: the tick, the rules' hash, and all seven registers as predicted; where the node had another value, "-> that".
std::string report_text(const Corrected& corrected, std::uint64_t rules_hash);
struct BlocksChanged {
  ChunkCoord chunk;
};
using ClientEvent = std::variant<LinkChanged, Entered, ActionDone, PushDone, NoticeShown, Corrected, BlocksChanged>;

struct SelfView {
  EntityId id;
  MapId map;
  BodyState body;                   // predicted, exact
  double shown_x = 0, shown_y = 0;  // blocks, eased
  Tick tick;                        // the newest predicted
};
struct EntityView {
  EntityId id;
  EntityKind kind;
  Look look;
  double x = 0, y = 0;  // blocks, interpolated D behind
  std::uint8_t heading = 0, speed = 0;
  bool stale = false;  // no snapshot for 1 s: it may be elsewhere by now
};
struct ClientStats {
  LinkState link = LinkState::idle;
  double rtt_ms = 0, jitter_ms = 0, loss = 0, margin_ms = 0, lead_ms = 0, interpolation_delay_ms = 0;
  std::uint64_t corrections = 0, corrections_without_cause = 0, snapshots = 0, snapshots_malformed = 0, messages_malformed = 0;
  std::uint64_t inputs_late = 0;  // ticks that the node substituted, by the snapshots' margins
  double error_p95_blocks = 0;    // of the last 10 s
  Verdict verdict = Verdict::matched;
  std::uint64_t bytes_in = 0, bytes_out = 0, packets_in = 0, packets_out = 0;
  std::uint64_t clock_steps = 0, disconnects = 0, tickets = 0;
  std::uint32_t queued_reliable_bytes = 0, reassembly_bytes = 0;  // up, not acked yet; down, not whole yet
};
// What the node has confirmed and the checkers compare: exact own state at the newest tick where it was told or agreed, and each known
// entity as last told.
struct ConfirmedView {
  std::optional<Tick> own_tick;
  BodyState own;
  struct Known {
    EntityId id;
    Tick tick;  // of the packet that said it
    std::int32_t x_q8, y_q8;
    std::uint8_t heading, speed;
  };
  std::vector<Known> entities;
};

class Client {
 public:
  Client(ClientOptions options, Transport& transport, Chance& chance);
  ~Client();

  void connect(Now now);
  void close(Now now);  // CLOSE is sent by this and the next steps
  void step(Now now);   // reads, sends; never blocks, and leaves what is more than a flood's worth to the next one
  // How many ticks of input are due now; 0 unless in the world. Never more than 8 at once: a stalled caller's clock steps instead.
  int ticks_due(Now now);
  // The input of the next due tick; predicts it at once.
  void input(Now now, const Input& input);
  // Optimistic (8.4): shown at once, confirmed or taken back by ActionDone; taken back with a NoticeShown after 3 s without one, or when
  // the session ends: then none comes any more, and ids begin anew with the next Entered. Error: not in the world, or 32 wait already.
  std::expected<std::uint16_t, Error> place_block(Now now, BlockPlace place, BlockId block);
  std::expected<std::uint16_t, Error> break_block(Now now, BlockPlace place);
  // Own edits without an answer for half a second: to be drawn as pending.
  void pending_blocks(Now now, std::vector<BlockPlace>& out);
  // Bounded: of a caller who does not poll the oldest 4,096th and before are dropped.
  std::optional<ClientEvent> poll();

  const SelfView* self(Now now);  // nullptr until entered
  void entities(Now now, std::vector<EntityView>& out);
  const Chunks& chunks() const;  // with optimistic edits applied
  ClientStats stats(Now now);
  // The first correction without a cause in any session so far: kept for a report (8.8).
  const std::optional<Corrected>& first_divergence() const;
  ConfirmedView confirmed() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace meridian
