// What is shown: the own body between its ticks, the others a delay behind, and the figures.
#include <algorithm>
#include <fmt/format.h>

#include "netchannel/client/client_state.hpp"

namespace meridian {
namespace {

constexpr double kDrawnStep_blocks = 3;  // a tick's step longer than this was no walk: cut

double ms(std::int64_t us) { return static_cast<double>(us) / 1000; }
PlaceBlocks place_of(const BodyState& body) {
  return {static_cast<double>(body.x_q8) / kBlock_q8, static_cast<double>(body.y_q8) / kBlock_q8};
}

}  // namespace

PlaceBlocks Client::State::own_place(std::int64_t now_us) const {
  const PlaceBlocks from = place_of(predictor.body_before()), to = place_of(predictor.body());
  const Tick due = clock.newest_due(now_us);
  if (due > predictor.newest() || distance_blocks(from, to) > kDrawnStep_blocks) return to;
  if (due < predictor.newest()) return from;
  const double part = static_cast<double>(clock.fraction_ppm(now_us)) / 1'000'000;
  return {from.x + (to.x - from.x) * part, from.y + (to.y - from.y) * part};
}

const SelfView* Client::self(Now now) {
  State& s = *state_;
  if (!s.in_world || !s.predictor.started()) return nullptr;
  const PlaceBlocks shown = s.easing.shown(s.own_place(now.mono_us), now.mono_us);
  s.self_view = {.id = s.info->self,
                 .map = s.info->map,
                 .body = s.predictor.body(),
                 .shown_x = shown.x,
                 .shown_y = shown.y,
                 .tick = s.predictor.newest()};
  return &s.self_view;
}

void Client::entities(Now now, std::vector<EntityView>& out) {
  State& s = *state_;
  const std::int64_t render_us = s.options.light ? 0 : s.delay.render_us(now.mono_us, s.clock.server());
  s.others.views(s.info ? s.info->self : EntityId{}, now.mono_us, render_us, s.clock.server().tick_us(), s.ground(), out);
}

const Chunks& Client::chunks() const { return state_->mirror.chunks(); }

ClientStats Client::stats(Now now) { return state_->stats(now); }

ClientStats Client::State::stats(Now now) {
  ClientStats stats = totals;
  stats.link = link.state();
  stats.verdict = verdict.verdict(now.mono_us);
  stats.error_p95_blocks = verdict.error_p95_blocks(now.mono_us);
  if (clock.started() && in_session) {
    stats.clock_steps += clock.steps();
    stats.margin_ms = ms(clock.mean_margin_us(now.mono_us));
    stats.lead_ms = ms(clock.lead_us(now.mono_us));
    if (!options.light) stats.interpolation_delay_ms = ms(delay.delay_us(now.mono_us, clock.server()));
  }
  if (!in_session) return stats;
  const ChannelStats& c = channel_stats;
  stats.rtt_ms = ms(c.srtt_us);
  stats.jitter_ms = ms(c.rttvar_us);
  stats.bytes_in += c.bytes_in;
  stats.bytes_out += c.bytes_out;
  stats.packets_in += c.packets_in;
  stats.packets_out += c.packets_out;
  stats.queued_reliable_bytes = c.queued_reliable_bytes;
  stats.reassembly_bytes = c.reassembly_bytes;
  if (!loss_samples.empty() && c.packets_out > loss_samples.front().sent) {
    const LossSample& first = loss_samples.front();
    stats.loss = static_cast<double>(c.lost - first.lost) / static_cast<double>(c.packets_out - first.sent);
  }
  return stats;
}

const std::optional<Corrected>& Client::first_divergence() const { return state_->first_divergence; }

std::string report_text(const Corrected& corrected, std::uint64_t rules_hash) {
  std::string text = fmt::format("tick {}, rules {:016x}, {:.2f} blocks off:", corrected.tick.value, rules_hash, corrected.error_blocks);
  const BodyState &p = corrected.predicted, &a = corrected.actual;
  const auto add = [&text](const char* name, int predicted, int actual) {
    text += fmt::format(" {} {}", name, predicted);
    if (actual != predicted) text += fmt::format(" -> {}", actual);
  };
  add("x_q8", p.x_q8, a.x_q8);
  add("y_q8", p.y_q8, a.y_q8);
  add("layer", p.layer, a.layer);
  add("heading", p.heading, a.heading);
  add("speed", p.speed, a.speed);
  add("push_ticks", p.push_ticks, a.push_ticks);
  add("cooldown_ticks", p.cooldown_ticks, a.cooldown_ticks);
  return text;
}

ConfirmedView Client::confirmed() const {
  ConfirmedView view;
  if (const auto& own = state_->predictor.confirmed()) {
    view.own_tick = own->tick;
    view.own = own->body;
  }
  state_->others.confirmed(view.entities);
  return view;
}

}  // namespace meridian
