// The life of a packet, top to bottom: accept() takes one apart, flush() puts them together. Everything that needs a memory of its own
// lives beside: replay_window, received_acks, receive_lanes (in); send_lanes, sent_packets, round_trip, pacing (out).
//
//   in    header -> number -> window -> seal -> ack and frames judged whole -> acks -> loss -> messages
//   out   timers -> tick packet: input or snapshot, riding actions, control, what else fits -> further packets while reliable data is due
//   -> bare ack
#include "netchannel/reliability/channel.hpp"

#include <algorithm>
#include <array>

#include "base/assert.hpp"
#include "netchannel/reliability/pacing.hpp"
#include "netchannel/reliability/receive_lanes.hpp"
#include "netchannel/reliability/received_acks.hpp"
#include "netchannel/reliability/replay_window.hpp"
#include "netchannel/reliability/round_trip.hpp"
#include "netchannel/reliability/send_lanes.hpp"
#include "netchannel/reliability/sent_packets.hpp"
#include "netchannel/wire/ack_field.hpp"
#include "netchannel/wire/control.hpp"
#include "netchannel/wire/frame.hpp"
#include "netchannel/wire/packet_header.hpp"
#include "netchannel/wire/packet_number.hpp"

namespace meridian {
namespace {

constexpr std::size_t kMaxRealTimeBytes = 1100;
constexpr std::size_t kMaxUnitsPerPacket = 64;
constexpr std::uint32_t kMaxBadPackets = 8;
constexpr std::int64_t kPingEvery_us = 1'000'000;
constexpr std::int64_t kConfirmEvery_us =
    100'000;  // the client's first packets, until the node is heard: it holds the session in half until one comes
constexpr std::array<std::int64_t, 3> kCloseAt_us = {0, 50'000, 150'000};
constexpr std::int64_t kCloseAgain_us = 100'000;
// Who has acked nothing for 512 packets and goes on speaking for so long never will: an honest client with a deaf path has left by then.
constexpr std::int64_t kDeaf_us = 10'000'000;
constexpr std::size_t kPingPongFrames = (2 + 5) + (2 + 9);
// Interactive is sure of 20 % of a packet; bulk goes in packets of its own.
constexpr std::size_t kInteractiveShare = kMaxDatagramBytes / 5;

std::size_t header_bytes(Side sender) { return sender == Side::client ? kHeaderUpBytes : kHeaderDownBytes; }
// What frames may take in a packet, whatever its ack.
std::size_t frame_room(Side sender) { return kMaxDatagramBytes - header_bytes(sender) - kMaxAckBytes - kTagBytes; }

struct RealTime {  // the one input or snapshot that waits for the next tick packet
  std::array<std::uint8_t, kMaxRealTimeBytes> bytes;
  std::size_t size = 0;
  std::uint32_t snapshot = 0;
  bool waiting = false;
};

// A packet being put together in its place in the batch.
struct Build {
  MutableBytes room;
  std::size_t frames_at = 0;
  FrameWriter frames;
  std::array<UnitCode, kMaxUnitsPerPacket> units{};
  std::size_t unit_count = 0;
  std::array<std::uint64_t, 8> last_id{};
  std::uint8_t has_id = 0;  // bit = lane
  std::optional<std::uint32_t> snapshot;
  bool eliciting = false, bulk = false;
};

}  // namespace

struct Channel::State {
  State(const ChannelSettings& s, const SessionKeys& keys)
      : settings(s),
        seal_out(keys.suite, s.side == Side::client ? keys.up : keys.down),
        seal_in(keys.suite, s.side == Side::client ? keys.down : keys.up),
        in(s.side),
        out(s.side, s.bulk_window_bytes),
        rtt(s.rtt_hint_us),
        pacing(s.bulk_window_bytes),
        trap_chance(s.trap_seed) {}

  std::expected<void, WireError> accept(Now now, MutableBytes datagram, std::vector<Delivered>& messages);
  std::expected<void, WireError> refuse_opened();
  void read_ack(std::uint64_t newest, std::uint64_t missing, std::int64_t now_us);
  void hear(const PacketNews& news, std::int64_t now_us);
  void apply_fates();
  void end(Reason reason) {
    if (ended == Reason::none) ended = reason;
  }

  void flush(Now now, bool tick, const Address& peer, DatagramBatch& batch);
  void flush_close(std::int64_t now_us, const Address& peer, DatagramBatch& batch);
  void run_timers(std::int64_t now_us);
  Build begin(DatagramBatch& batch);
  void put_real_time(Build& packet);
  void put_control(Build& packet, std::int64_t now_us, bool ping);
  void put_waiting(Build& packet);
  void put_unit(Build& packet, const SendUnit& unit, bool rides);
  void finish(Build& packet, std::int64_t now_us, const Address& peer, DatagramBatch& batch);
  void drop_real_time();
  void count();

  ChannelSettings settings;
  PacketSeal seal_out, seal_in;
  // in
  ReplayWindow window;
  ReceivedAcks acks;
  ReceiveLanes in;
  std::uint64_t ack_read_from = 0;  // the newest packet of the peer whose ack was read
  std::int64_t last_received_us = 0;
  bool ever_received = false;
  std::uint32_t bad_packets = 0;
  // out
  SendLanes out;
  SentPackets sent;
  RoundTrip rtt;
  Pacing pacing;
  RealTime real_time;
  std::int64_t last_sent_us = 0, last_reliable_us = 0, last_ping_us = 0;
  std::int64_t not_full_us = 0;  // when sending was last seen possible
  bool ever_flushed = false;
  std::uint32_t probes = 0;              // in a row
  std::array<std::uint32_t, 4> pings{};  // times of the newest, so that a PONG is one of ours
  std::size_t ping_count = 0;
  std::optional<Ping> ping_to_answer;
  std::int64_t ping_received_us = 0;
  SeededChance trap_chance;
  // end
  Reason ended = Reason::none, closing = Reason::none;
  bool ended_by_peer = false, heard_after_close = false;
  std::string close_text;
  std::int64_t closing_since_us = 0, last_close_us = 0;
  std::size_t closes_sent = 0;

  PacketFates fates;
  std::vector<SnapshotFate> untold;  // fates found by flush(), told by the next accept()
  ChannelStats stats;
};

// ---- a packet comes in

std::expected<void, WireError> Channel::State::accept(Now now, MutableBytes datagram, std::vector<Delivered>& messages) {
  const bool from_client = settings.side == Side::server;
  const auto header = read_packet_header(datagram);
  if (!header || header->connection_id.has_value() != from_client || datagram.size() < header->size() + 1 + kTagBytes ||
      datagram.size() > kMaxDatagramBytes) {
    ++stats.rejected_malformed;
    return std::unexpected(header ? WireError::malformed : header.error());
  }
  const std::uint64_t number = nearest_with_low_bits(window.newest() + 1, header->number_low, kPacketNumberBits);
  if (!window.fresh(number)) {
    ++stats.rejected_replay;
    return std::unexpected(WireError::replayed);
  }
  // The other phase's key does not exist before rekeying does, so nothing can have been sealed with it.
  const auto plain = header->phase ? std::unexpected(WireError::bad_tag) : seal_in.open(datagram, header->size(), number);
  if (!plain) {
    ++stats.rejected_tag;
    return std::unexpected(WireError::bad_tag);
  }
  window.mark(number);
  ever_received = heard_after_close = true;
  last_received_us = now.mono_us;
  ++stats.packets_in;
  stats.bytes_in += datagram.size();

  // Judged whole before anything of it counts.
  ByteReader reader(*plain);
  const auto ack = read_ack_field(reader);
  if (!ack) return refuse_opened();
  const Bytes frames = reader.rest();
  const ReceiveLanes::Verdict verdict = in.check(frames);
  if (verdict == ReceiveLanes::Verdict::malformed) return refuse_opened();
  // Only packets newer than the newest processed may speak of acks: an older one's would be rebuilt wrongly.
  const bool speaks = number > ack_read_from;
  const auto newest_acked = sent.resolve(*ack);
  if (verdict == ReceiveLanes::Verdict::flood || (speaks && !newest_acked)) {
    end(speaks && !newest_acked ? Reason::bad_ack : Reason::flood);
    return std::unexpected(WireError::malformed);
  }
  if (ended != Reason::none || closing != Reason::none) return {};  // it is over: who still sends gets nothing held
  if (speaks) {
    ack_read_from = number;
    read_ack(*newest_acked, ack->missing, now.mono_us);
  }

  PacketNews news;
  const Reason broken = in.take(frames, number, now.mono_us, messages, news);
  if (broken != Reason::none) end(broken);
  acks.add(number, news.eliciting, news.bulk, now.mono_us);
  hear(news, now.mono_us);
  return {};
}

// It opened, so the peer itself made it wrong.
std::expected<void, WireError> Channel::State::refuse_opened() {
  ++stats.rejected_malformed;
  if (++bad_packets >= kMaxBadPackets) end(Reason::malformed);
  return std::unexpected(WireError::malformed);
}

void Channel::State::read_ack(std::uint64_t newest, std::uint64_t missing, std::int64_t now_us) {
  acks.read_by_peer(sent.on_ack(newest, missing, acks.newest(), fates));
  if (fates.acked != 0) probes = 0;
  sent.find_lost(now_us, rtt.loss_after_us(), fates);
  apply_fates();
}

void Channel::State::apply_fates() {
  for (const UnitFate& fate : fates.units) out.on_fate(fate);
  for (std::uint32_t i = 0; i < fates.spurious; ++i) rtt.spurious();
  stats.lost += fates.lost;
  stats.spurious += fates.spurious;
  untold.insert(untold.end(), fates.snapshots.begin(), fates.snapshots.end());
  fates.clear();
}

void Channel::State::hear(const PacketNews& news, std::int64_t now_us) {
  if (news.ping) {
    ping_to_answer = news.ping;
    ping_received_us = now_us;
  }
  const auto asked = std::span(pings).first(std::min(ping_count, pings.size()));
  if (news.pong && std::find(asked.begin(), asked.end(), news.pong->time_us) != asked.end()) {
    const std::uint32_t away_us = static_cast<std::uint32_t>(now_us) - news.pong->time_us;
    if (news.pong->held_us <= away_us && away_us < 30'000'000) rtt.sample(away_us - news.pong->held_us);
  }
  if (news.close) {
    ended_by_peer = true;
    close_text = news.close->text;
    end(news.close->reason);
  }
}

// ---- packets go out

void Channel::State::flush(Now now, bool tick, const Address& peer, DatagramBatch& batch) {
  const std::int64_t now_us = now.mono_us;
  if (closing != Reason::none) return flush_close(now_us, peer, batch);
  if (ended != Reason::none) return;
  // The client's first packet confirms the session, so it is due at once.
  if (!ever_flushed) last_sent_us = settings.side == Side::client ? now_us - settings.keepalive_us : now_us;
  if (!ever_flushed) last_ping_us = now_us - kPingEvery_us;
  ever_flushed = true;
  run_timers(now_us);
  if (ended != Reason::none) return;
  pacing.refill(now_us, rtt.srtt_us());

  std::array<SendUnit, kMaxRidingAtOnce> riders;
  const unsigned rider_count = tick ? out.riding(riders) : 0;
  unsigned ridden = 0;
  const bool ack_due = tick ? acks.pending() : acks.bulk_due(now_us) || acks.older_than(2 * settings.tick_us, now_us);
  const bool unconfirmed = settings.side == Side::client && !ever_received;
  const bool keepalive = now_us - last_sent_us >= (unconfirmed ? kConfirmEvery_us : settings.keepalive_us);
  bool due = (tick && real_time.waiting) || ack_due || keepalive;
  while (!sent.full()) {
    due =
        due || ridden < rider_count || (pacing.interactive_may() && out.interactive_waiting()) || (pacing.bulk_may() && out.bulk_waiting());
    if (!due) break;
    due = false;
    Build packet = begin(batch);
    if (tick) put_real_time(packet);
    while (ridden < rider_count && riders[ridden].frame_bytes() <= packet.frames.left()) put_unit(packet, riders[ridden++], true);
    put_control(packet, now_us, keepalive || now_us - last_ping_us >= kPingEvery_us);
    put_waiting(packet);
    finish(packet, now_us, peer, batch);
  }
  if (tick && real_time.waiting) drop_real_time();  // 512 packets are unacked
  count();
}

void Channel::State::run_timers(std::int64_t now_us) {
  sent.find_lost(now_us, rtt.loss_after_us(), fates);
  apply_fates();
  if (out.flying() && now_us - last_reliable_us >= rtt.probe_after_us(settings.tick_us, probes)) {
    if (out.resend_oldest() != 0) {
      ++probes;
      ++stats.pto;
    }
    last_reliable_us = now_us;
  }
  if (in.stuck(now_us)) end(Reason::reassembly);
  if (!sent.full()) not_full_us = now_us;
  if (settings.side == Side::server && now_us - not_full_us >= kDeaf_us) end(Reason::slow_reader);
}

Build Channel::State::begin(DatagramBatch& batch) {
  const MutableBytes room = batch.reserve(kMaxDatagramBytes);
  ByteWriter front(room);
  PacketHeader header{.phase = false, .number_low = static_cast<std::uint16_t>(sent.next() & 0x1FFF), .connection_id = {}};
  if (settings.side == Side::client) header.connection_id = settings.connection_id;
  write_packet_header(front, header);
  write_ack_field(front, acks.field());
  return {.room = room,
          .frames_at = front.size(),
          .frames = FrameWriter(room.first(kMaxDatagramBytes - kTagBytes).subspan(front.size())),
          .snapshot = {}};
}

void Channel::State::put_real_time(Build& packet) {
  if (!real_time.waiting) return;
  const Lane lane = settings.side == Side::client ? Lane::input : Lane::snapshot;
  packet.frames.add({.lane = static_cast<std::uint8_t>(lane), .id = {}, .bytes = Bytes(real_time.bytes).first(real_time.size)});
  if (lane == Lane::snapshot) packet.snapshot = real_time.snapshot;
  packet.eliciting = true;
  pacing.spend_real_time(real_time.size);
  real_time.waiting = false;
}

void Channel::State::put_control(Build& packet, std::int64_t now_us, bool ping) {
  std::array<std::uint8_t, 16> room;
  const auto put = [&](const Control& control) {
    packet.frames.add({.lane = static_cast<std::uint8_t>(Lane::control), .id = {}, .bytes = write_control(control, room)});
  };
  if (packet.frames.left() < kPingPongFrames) return;
  if (ping_to_answer) put(Pong{ping_to_answer->time_us, static_cast<std::uint32_t>(now_us - ping_received_us)});
  ping_to_answer.reset();
  if (!ping || last_ping_us == now_us) return;
  pings[ping_count++ % pings.size()] = static_cast<std::uint32_t>(now_us);
  put(Ping{static_cast<std::uint32_t>(now_us)});
  last_ping_us = now_us;
  packet.eliciting = true;
  out.release_idle();
}

void Channel::State::put_waiting(Build& packet) {
  while (packet.unit_count < kMaxUnitsPerPacket && pacing.interactive_may()) {
    const auto unit = out.next_interactive(packet.frames.left());
    if (!unit) break;
    pacing.spend_interactive(unit->frame_bytes());
    put_unit(packet, *unit, false);
  }
  while (packet.unit_count < kMaxUnitsPerPacket && pacing.bulk_may()) {
    const auto unit = out.next_bulk(packet.frames.left());
    if (!unit) break;
    pacing.spend_bulk(unit->frame_bytes());
    packet.bulk = true;
    put_unit(packet, *unit, false);
  }
}

void Channel::State::put_unit(Build& packet, const SendUnit& unit, bool rides) {
  const auto lane = static_cast<std::uint8_t>(unit.lane);
  const bool one_after = (packet.has_id >> lane & 1) != 0 && packet.last_id[lane] + 1 == unit.id;
  Frame head{.lane = lane, .fragment = unit.count > 1, .id = {}, .index = unit.index, .count = unit.count, .bytes = {}};
  if (!one_after) head.id = static_cast<std::uint16_t>(unit.id);
  out.copy(unit, packet.frames.add(head, unit.bytes));
  packet.has_id = static_cast<std::uint8_t>(packet.has_id | 1u << lane);
  packet.last_id[lane] = unit.id;
  packet.units[packet.unit_count++] = unit.code();
  packet.eliciting = true;
  if (out.sent(unit, sent.next(), rides)) ++stats.resends;
}

void Channel::State::finish(Build& packet, std::int64_t now_us, const Address& peer, DatagramBatch& batch) {
  const std::size_t size = packet.frames_at + packet.frames.finish().size() + kTagBytes;
  seal_out.seal(packet.room.first(size), header_bytes(settings.side), sent.next());
  batch.commit(peer, size);
  sent.add(now_us, packet.eliciting, acks.newest(), std::span(packet.units).first(packet.unit_count), packet.snapshot);
  acks.sent();
  last_sent_us = now_us;
  if (packet.unit_count != 0) last_reliable_us = now_us;
  ++stats.packets_out;
  stats.bytes_out += size;
  if (!packet.bulk) return;
  ++stats.bulk_packets_out;
  if (settings.trap_seed != 0 && trap_chance.below(64) == 0) sent.skip();
}

void Channel::State::drop_real_time() {
  if (settings.side == Side::server) untold.push_back({real_time.snapshot, false});
  real_time.waiting = false;
}

// CLOSE at 0, 50 and 150 ms; after that one for what still arrives, at most each 100 ms.
void Channel::State::flush_close(std::int64_t now_us, const Address& peer, DatagramBatch& batch) {
  const bool scheduled = closes_sent < kCloseAt_us.size();
  const bool due =
      scheduled ? now_us - closing_since_us >= kCloseAt_us[closes_sent] : heard_after_close && now_us - last_close_us >= kCloseAgain_us;
  if (!due) return;  // also past 512 unacked: who never acks is to know why
  Build packet = begin(batch);
  std::array<std::uint8_t, 2 + kMaxCloseText> room;
  const Close close{closing, text(closing).substr(0, kMaxCloseText)};
  packet.frames.add({.lane = static_cast<std::uint8_t>(Lane::control), .id = {}, .bytes = write_control(close, room)});
  finish(packet, now_us, peer, batch);
  ++closes_sent;
  last_close_us = now_us;
  heard_after_close = false;
}

void Channel::State::count() {
  stats.srtt_us = rtt.known() ? rtt.srtt_us() : 0;
  stats.rttvar_us = rtt.known() ? rtt.rttvar_us() : 0;
  stats.min_rtt_us = rtt.min_us();
  stats.queued_reliable_bytes = out.queued_bytes();
  stats.in_flight_packets = sent.flying();
  stats.reassembly_bytes = static_cast<std::uint32_t>(in.held_bytes());
}

// ---- the face

Channel::Channel(const ChannelSettings& settings, const SessionKeys& keys) : state_(std::make_unique<State>(settings, keys)) {}
Channel::~Channel() = default;
Channel::Channel(Channel&&) noexcept = default;
Channel& Channel::operator=(Channel&&) noexcept = default;

std::expected<void, WireError> Channel::accept(Now now, MutableBytes datagram, std::vector<Delivered>& messages,
                                               std::vector<SnapshotFate>& fates) {
  const auto accepted = state_->accept(now, datagram, messages);
  if (accepted) {
    fates.insert(fates.end(), state_->untold.begin(), state_->untold.end());
    state_->untold.clear();
    state_->count();
  }
  return accepted;
}

void Channel::flush(Now now, bool tick, const Address& peer, DatagramBatch& out) { state_->flush(now, tick, peer, out); }

bool Channel::busy() const { return !state_->out.idle() || state_->acks.bulk_pending() || state_->closing != Reason::none; }

bool Channel::queue(Lane lane, Bytes message) {
  if (state_->closing != Reason::none) return false;
  const SendLanes::Queued queued = state_->out.queue(lane, message);
  state_->stats.queued_reliable_bytes = state_->out.queued_bytes();
  if (queued == SendLanes::Queued::taken) return true;
  const bool fatal = lane == Lane::system || (queued == SendLanes::Queued::session_full && state_->settings.side == Side::server);
  if (fatal) state_->end(Reason::slow_reader);
  return false;
}

void Channel::set_input(Bytes message) {
  MRD_ASSERT(state_->settings.side == Side::client && message.size() <= kMaxRealTimeBytes);
  std::copy(message.begin(), message.end(), state_->real_time.bytes.begin());
  state_->real_time.size = message.size();
  state_->real_time.waiting = true;
}

void Channel::set_snapshot(std::uint32_t id, Bytes message) {
  MRD_ASSERT(state_->settings.side == Side::server && message.size() <= kMaxRealTimeBytes);
  if (state_->real_time.waiting) state_->drop_real_time();
  std::copy(message.begin(), message.end(), state_->real_time.bytes.begin());
  state_->real_time.size = message.size();
  state_->real_time.snapshot = id;
  state_->real_time.waiting = true;
}

std::size_t Channel::snapshot_room() const {
  if (state_->sent.full() || state_->ended != Reason::none || state_->closing != Reason::none) return 0;
  std::array<SendUnit, kMaxRidingAtOnce> riders;
  const unsigned rider_count = state_->out.riding(riders);
  std::size_t taken = 3 + kPingPongFrames + state_->out.interactive_waiting_bytes(kInteractiveShare);  // 3: the snapshot's own frame head
  for (unsigned i = 0; i < rider_count; ++i) taken += riders[i].frame_bytes();
  return std::min(frame_room(state_->settings.side) - taken, kMaxRealTimeBytes);
}

void Channel::close(Reason reason, Now now) {
  if (state_->closing != Reason::none) return;
  state_->closing = reason;
  state_->closing_since_us = now.mono_us;
}

Reason Channel::ended() const { return state_->ended; }
bool Channel::ended_by_peer() const { return state_->ended_by_peer; }
const std::string& Channel::close_text() const { return state_->close_text; }
bool Channel::ever_received() const { return state_->ever_received; }
std::int64_t Channel::last_received_us() const { return state_->last_received_us; }
bool Channel::close_sent_fully() const { return state_->closes_sent >= kCloseAt_us.size(); }
std::uint32_t Channel::bulk_free_bytes() const { return state_->out.bulk_free_bytes(); }
std::size_t Channel::queued(Lane lane) const { return state_->out.queued(lane); }
const ChannelStats& Channel::stats() const { return state_->stats; }
std::uint64_t Channel::newest_packet_acked() const { return state_->sent.newest_acked(); }

}  // namespace meridian
