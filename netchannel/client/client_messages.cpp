// What comes from the node, lane by lane. What cannot be read is counted and changes nothing.
#include <algorithm>
#include <cstdlib>

#include "netchannel/client/client_state.hpp"

namespace meridian {
namespace {

constexpr std::int32_t kCarriedBlocks = 12;         // what a runner covers in the 32 ticks that may be run again, and what he touches there
constexpr std::size_t kMaxEarlyBytes = 256 * 1024;  // the bulk window and the events lane: all that can come before WorldInfo

}  // namespace

void Client::State::take(Now now, const Delivered& message) {
  switch (message.lane) {
    case Lane::snapshot: return take_snapshot(now, message.bytes);
    case Lane::system: return take_system(now, message.bytes);
    case Lane::action: return take_answer(message.bytes);
    case Lane::event:
    case Lane::chunk: return take_blocks(now, message.lane, message.bytes);
    default: ++totals.messages_malformed;  // a lane that nothing comes down
  }
}

void Client::State::take_snapshot(Now now, Bytes bytes) {
  if (!decoder->read(bytes, newest_snapshot, update)) {
    ++totals.snapshots_malformed;
    return;
  }
  ++totals.snapshots;
  newest_snapshot =
      std::max(newest_snapshot, update.tick);  // late ones come too, and what they say counts where nothing newer has been said
  const std::int8_t margin = update.head.margin_sixteenths;
  clock.heard(update.tick, margin, now.mono_us);
  if (margin != kNoMargin) verdict.input_reported(margin < 0, now.mono_us);
  if (margin != kNoMargin && margin < 0) ++totals.inputs_late;
  if (!options.light) delay.heard(update.tick, now.mono_us, clock.server());
  others.apply(update, now.mono_us);
  if (clock.take_slip()) predictor.stop();  // what is predicted was refused; the next own state begins anew
  take_own(now, update);
  enter_when_ready(now);
}

void Client::State::take_own(Now now, const SnapshotUpdate& told) {
  if (!told.head.own_full) {
    if (told.head.own_match && predictor.own_match(told.tick)) verdict.agreed(now.mono_us);
    return;
  }
  const BodyState& actual = *told.head.own_full;
  if (!predictor.started()) {
    predictor.start(told.tick, actual);
    easing.cut();
    if (in_world) predictor.run_to(clock.newest_due(now.mono_us) - 1, ground());
    return;
  }
  const PlaceBlocks shown_before = easing.shown(own_place(now.mono_us), now.mono_us);
  // Carried back to `actual`, the ticks run again may meet an edit of his own that the node will refuse because he stands there.
  const bool unsure = !edits.empty() && edits.near(mirror.map(), {actual.x_q8 >> 8, actual.y_q8 >> 8}, kCarriedBlocks);
  const Predictor::Outcome outcome = predictor.own_full(told.tick, actual, told.head.cause_age, ground(), unsure);
  switch (outcome.what) {
    case Predictor::Own::ignored: break;
    case Predictor::Own::equal: verdict.agreed(now.mono_us); break;
    case Predictor::Own::restarted: easing.corrected(shown_before, own_place(now.mono_us), false, now.mono_us); break;
    case Predictor::Own::corrected: {
      const Correction& c = outcome.correction;
      easing.corrected(shown_before, own_place(now.mono_us), c.predicted.layer != c.actual.layer, now.mono_us);
      verdict.corrected(c, now.mono_us);
      ++totals.corrections;
      const Corrected told_as{
          .tick = c.tick, .error_blocks = c.error_blocks, .has_cause = c.has_cause, .predicted = c.predicted, .actual = c.actual};
      if (!c.has_cause && totals.corrections_without_cause++ == 0) first_divergence = told_as;
      tell(told_as);
    }
  }
}

// In the world: the node has said which one, where we are, and what is under our feet. Until then no tick is due.
void Client::State::enter_when_ready(Now now) {
  if (in_world || !info || !predictor.started()) return;
  const BodyState& body = predictor.body();
  if (mirror.chunks().find(chunk_of(mirror.map(), {body.x_q8 >> 8, body.y_q8 >> 8})) == nullptr) return;
  in_world = true;
  const Tick due = clock.newest_due(now.mono_us);
  if (due > predictor.newest() + 1) predictor.run_to(due - 1, ground());
  tell(Entered{*info});
}

void Client::State::take_system(Now now, Bytes bytes) {
  const auto message = read_system_down(bytes);
  if (!message) {
    ++totals.messages_malformed;
    return;
  }
  if (const auto* notice = std::get_if<Notice>(&*message)) return tell(NoticeShown{notice->text});
  if (!info) take_info(now, std::get<WorldInfo>(*message));
}

void Client::State::take_info(Now now, const WorldInfo& told) {
  if (told.rules_hash != options.kinds->rules_hash()) return leave_for_content(now);
  info = told;
  mirror.clear(told.map);
  for (const EarlyMessage& message : early) take_blocks(now, message.lane, message.bytes);
  early.clear();
  early_bytes = 0;
  enter_when_ready(now);
}

void Client::State::take_answer(Bytes bytes) {
  const auto result = read_action_result(bytes);
  if (!result) {
    ++totals.messages_malformed;
    return;
  }
  const OptimisticBlocks::Settled settled = edits.answer(result->id, result->refusal == Refusal::none, mirror.chunks());
  if (settled.changed) shown_anew(settled.place);
  tell(ActionDone{result->id, result->refusal});
}

void Client::State::take_blocks(Now now, Lane lane, Bytes bytes) {
  if (!info) {
    if (early_bytes + bytes.size() > kMaxEarlyBytes) {
      ++totals.messages_malformed;
      return;
    }
    early.push_back({lane, {bytes.begin(), bytes.end()}});
    early_bytes += bytes.size();
    return;
  }
  written.clear();
  ChunkMirror::Accepted accepted = ChunkMirror::Accepted::refused;
  if (lane == Lane::chunk) {
    if (read_chunk(bytes, chunk)) accepted = mirror.full(chunk, now.mono_us, written);
  } else if (const auto event = read_event(bytes)) {
    if (const auto* push = std::get_if<PushResult>(&*event)) return tell(PushDone{push->refusal});
    if (const auto* delta = std::get_if<BlockDelta>(&*event)) accepted = mirror.delta(*delta, now.mono_us, written);
    if (const auto* forget = std::get_if<ForgetChunk>(&*event)) accepted = mirror.forget(*forget, now.mono_us, written);
  }
  if (accepted == ChunkMirror::Accepted::refused) ++totals.messages_malformed;
  lay_edits();
  enter_when_ready(now);
}

bool Client::State::nearby(BlockCoord at) const {
  const BodyState& body = predictor.body();
  return std::abs(at.x - (body.x_q8 >> 8)) <= kCarriedBlocks && std::abs(at.y - (body.y_q8 >> 8)) <= kCarriedBlocks;
}

void Client::State::shown_anew(BlockPlace place) {
  tell(BlocksChanged{chunk_of(place.map, place.at)});
  if (nearby(place.at)) predictor.ground_changed();
}

void Client::State::lay_edits() {
  std::optional<ChunkCoord> told;
  for (const ChunkMirror::Written& w : written) {
    if (!edits.empty()) {
      if (w.whole) {
        edits.server_replaced(w.chunk, mirror.chunks());
      } else {
        edits.server_wrote(w.place, mirror.chunks());
      }
    }
    if (told != w.chunk) tell(BlocksChanged{w.chunk});  // one message writes one chunk
    told = w.chunk;
    if (w.whole || nearby(w.place.at)) predictor.ground_changed();
  }
}

}  // namespace meridian
