// What a Client holds, for the .cpp files of this folder alone: client.cpp (the link), client_messages.cpp (what comes), client_input.cpp
// (what goes), client_views.cpp (what is shown).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "netchannel/client/chunk_mirror.hpp"
#include "netchannel/client/client.hpp"
#include "netchannel/client/known_entities.hpp"
#include "netchannel/prediction/client_clock.hpp"
#include "netchannel/prediction/easing.hpp"
#include "netchannel/prediction/interpolation.hpp"
#include "netchannel/prediction/optimistic_blocks.hpp"
#include "netchannel/prediction/predictor.hpp"
#include "netchannel/prediction/verdict.hpp"
#include "netchannel/snapshot/snapshot_codec.hpp"

namespace meridian {

struct Client::State {
  State(ClientOptions o, Transport& t, Chance& chance);

  // ---- the link (client.cpp)
  void ask_ticket(Now now);
  void watch_link(Now now);  // after everything that may have changed it
  void begin_session(Now now);
  void end_session();
  void leave_for_content(Now now);
  void send(Now now, bool tick);
  void every_second(Now now);

  // ---- what comes (client_messages.cpp)
  void take(Now now, const Delivered& message);
  void take_snapshot(Now now, Bytes bytes);
  void take_own(Now now, const SnapshotUpdate& update);
  void take_system(Now now, Bytes bytes);
  void take_info(Now now, const WorldInfo& info);
  void take_answer(Bytes bytes);
  void take_blocks(Now now, Lane lane, Bytes bytes);
  bool nearby(BlockCoord at) const;
  void shown_anew(BlockPlace place);  // a block near us or not: tells, and minds the prediction
  void lay_edits();                   // over what the mirror has written; tells of every chunk that changed
  void enter_when_ready(Now now);

  // ---- what goes (client_input.cpp)
  std::expected<std::uint16_t, Error> act(Now now, BlockPlace place, std::optional<BlockId> block);
  bool edit_nearby() const;
  void send_inputs(Now now);
  void mind_edits(Now now);  // asks for chunks again, takes back what nobody answers

  // ---- what is shown (client_views.cpp)
  PlaceBlocks own_place(std::int64_t now_us) const;  // between its last two ticks, before easing
  ClientStats stats(Now now);

  Ground ground() const { return {mirror.chunks(), *options.kinds, mirror.map()}; }
  void tell(ClientEvent event);

  ClientOptions options;
  Transport& transport;
  ClientConnection link;

  // The link.
  LinkState shown_link = LinkState::idle;
  std::uint64_t session = 0;  // 0 = none
  bool in_session = false, ticket_wanted = false;
  bool leaving = false;     // close() was called, or we left by ourselves
  bool leave_told = false;  // and why was said
  std::optional<std::int64_t> ticket_asked_us, come_back_us;
  std::string ticket_error;

  // One session's.
  ClientClock clock;
  Predictor predictor;
  std::optional<SnapshotDecoder> decoder;
  KnownEntities others;
  ChunkMirror mirror;
  OptimisticBlocks edits;
  Easing easing;
  RenderDelay delay;
  VerdictWindow verdict;
  std::optional<WorldInfo> info;
  bool in_world = false;
  Tick newest_snapshot{};  // before the first: what WELCOME said
  std::uint16_t last_action = 0;
  struct EarlyMessage {  // blocks that came before WorldInfo said of which map
    Lane lane;
    std::vector<std::uint8_t> bytes;
  };
  std::vector<EarlyMessage> early;
  std::size_t early_bytes = 0;

  // Over all sessions.
  ClientStats totals;  // counters; the channel's of ended sessions only
  std::optional<Corrected> first_divergence;
  ChannelStats channel_stats;  // of this session, as of the last step: the channel is gone when we learn that the session ended
  struct LossSample {
    std::uint64_t lost = 0, sent = 0;
  };
  static constexpr std::size_t kLossSeconds = 10;
  std::vector<LossSample> loss_samples;  // one a second, the last ten
  std::int64_t second_us = 0;

  std::vector<ClientEvent> events;
  std::size_t events_taken = 0;
  SelfView self_view;

  // Scratch, kept for its room.
  std::vector<Delivered> messages;
  DatagramBatch out;
  SnapshotUpdate update;
  ReadChunk chunk;
  std::vector<ChunkMirror::Written> written;
  std::vector<AskChunk> asks;
};

}  // namespace meridian
