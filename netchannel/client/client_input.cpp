// What goes to the node: inputs, each predicted at once, and block edits, each shown at once.
#include <algorithm>

#include "base/assert.hpp"
#include "netchannel/client/client_state.hpp"
#include "netchannel/prediction/input_packet.hpp"

namespace meridian {
namespace {

constexpr std::int64_t kMaxDueAtOnce = 8;
constexpr std::int32_t kNearBlocks = 2;  // what a body can touch within a tick, as the node's own causes have it
constexpr std::size_t kMessageRoom = 256;

}  // namespace

int Client::ticks_due(Now now) {
  State& s = *state_;
  if (!s.in_world || !s.predictor.started()) return 0;
  const Tick newest_due = s.clock.newest_due(now.mono_us);
  const std::int64_t due = newest_due - s.predictor.newest();
  if (due <= kMaxDueAtOnce) return static_cast<int>(std::max<std::int64_t>(0, due));
  // We were stalled: those ticks ran at the node without us, as it makes them up.
  s.predictor.run_to(newest_due - 1, s.ground());
  s.clock.count_stall();
  return 1;
}

void Client::input(Now now, const Input& input) {
  State& s = *state_;
  MRD_ASSERT(static_cast<unsigned>(input.gait) <= 3 && input.buttons <= 63 && input.aim <= 4095);
  if (!s.in_world || !s.predictor.started()) return;
  s.predictor.predict(input, s.ground(), s.edit_nearby());
  s.clock.sent(s.predictor.newest(), now.mono_us);
  if (s.clock.newest_due(now.mono_us) <= s.predictor.newest()) s.send_inputs(now);  // else more inputs follow: one packet for all of them
}

bool Client::State::edit_nearby() const {
  const BodyState& body = predictor.body();
  return !edits.empty() && edits.near(mirror.map(), {body.x_q8 >> 8, body.y_q8 >> 8}, kNearBlocks);
}

void Client::State::send_inputs(Now now) {
  Channel* channel = link.channel();
  if (channel == nullptr) return;
  const Tick newest = predictor.newest();
  InputPacket packet{
      .newest_tick_low = static_cast<std::uint16_t>(newest.value), .count = 0, .inputs = {}, .own_hash16 = predictor.claim()};
  // The node has run every tick up to its newest snapshot's: an input for it cannot matter any more.
  const std::int64_t unheard = std::clamp<std::int64_t>(newest - newest_snapshot, 1, static_cast<std::int64_t>(kMaxInputsPerPacket));
  for (Tick tick = newest; packet.count < unheard && predictor.has(tick); tick = tick - 1)
    packet.inputs[packet.count++] = predictor.input(tick);
  std::array<std::uint8_t, kMessageRoom> room;
  channel->set_input(write_input_packet(packet, room));
  send(now, true);
}

std::expected<std::uint16_t, Error> Client::place_block(Now now, BlockPlace place, BlockId block) { return state_->act(now, place, block); }
std::expected<std::uint16_t, Error> Client::break_block(Now now, BlockPlace place) { return state_->act(now, place, std::nullopt); }

std::expected<std::uint16_t, Error> Client::State::act(Now now, BlockPlace place, std::optional<BlockId> block) {
  const char* what = block ? "cannot place a block" : "cannot break a block";
  Channel* channel = link.channel();
  if (!in_world || channel == nullptr) return std::unexpected(Error{what, "not in the world", "Wait until the link is up"});
  if (block && !options.kinds->known(*block))
    return std::unexpected(Error{what, "there is no such kind", "Choose one of the content's kinds"});
  if (edits.full()) return std::unexpected(Error{what, "32 edits wait for the node's answer", "Wait a moment"});
  const auto id = static_cast<std::uint16_t>(last_action == 0xFFFF ? 1 : last_action + 1);
  std::array<std::uint8_t, kMessageRoom> room;
  const Action action = block ? Action{PlaceBlock{id, place, *block}} : Action{BreakBlock{id, place}};
  if (!channel->queue(Lane::action, write_action(action, room))) {
    return std::unexpected(Error{what, "too much waits to be sent", "Wait a moment"});
  }
  last_action = id;
  edits.add(id, place, block.value_or(kAir), now.mono_us, mirror.chunks());
  shown_anew(place);
  return id;
}

void Client::pending_blocks(Now now, std::vector<BlockPlace>& out) { state_->edits.pending(now.mono_us, out); }

void Client::State::mind_edits(Now now) {
  mirror.ask_again(now.mono_us, asks);
  Channel* channel = link.channel();
  std::array<std::uint8_t, kMessageRoom> room;
  for (const AskChunk& ask : asks) {
    if (channel != nullptr) channel->queue(Lane::system, write_ask_chunk(ask, room));
  }
  for (;;) {
    const OptimisticBlocks::Settled taken = edits.take_back(now.mono_us, mirror.chunks());
    if (!taken.known) return;
    if (taken.changed) shown_anew(taken.place);
    if (!taken.done) tell(NoticeShown{"no answer from the node for 3 s: a block of yours is taken back"});
  }
}

}  // namespace meridian
