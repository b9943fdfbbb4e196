#include "cli/play/player.hpp"

#include <algorithm>
#include <fmt/format.h>

#include "cli/play/view.hpp"

namespace meridian {
namespace {

constexpr std::int64_t kNotice_us = 8'000'000;

template <typename... Handlers>
struct Overloaded : Handlers... {
  using Handlers::operator()...;
};

}  // namespace

Player::Player(Client& client, const BlockKinds& kinds)
    : client_(client), kinds_(kinds), placeable_(placeable_kinds(kinds)), link_("connecting ...") {}

bool Player::step(Now now, std::span<const Press> presses) {
  for (const Press& press : presses)
    if (!act(now, press)) return false;
  client_.step(now);
  while (auto event = client_.poll()) hear(now, *event);
  for (int due = client_.ticks_due(now); due > 0; --due) {
    Input input = held_.input(now.mono_us);
    if (push_) {
      const SelfView* self = client_.self(now);
      input.buttons = kButtonPush;
      input.aim = static_cast<std::uint16_t>((self ? self->body.heading : 0) * 16);
      push_ = false;
    }
    client_.input(now, input);
  }
  return true;
}

bool Player::act(Now now, const Press& press) {
  switch (press.kind) {
    case Press::Kind::walk: held_.press(press.heading, press.run, now.mono_us); break;
    case Press::Kind::stand: held_.stand(); break;
    case Press::Kind::place: place(now); break;
    case Press::Kind::break_block: break_faced(now); break;
    case Press::Kind::push: push_ = true; break;
    case Press::Kind::choose:
      if (press.number <= placeable_.size()) chosen_ = press.number - 1u;
      break;
    case Press::Kind::quit: return false;
  }
  return true;
}

void Player::place(Now now) {
  const SelfView* self = client_.self(now);
  if (self == nullptr || placeable_.empty()) return;
  const BlockId block = placeable_[chosen_];
  const auto id = client_.place_block(now, {self->map, faced_cell(self->body), kinds_.of(block).layer}, block);
  if (id) {
    asked_.emplace_back(*id, "place");
  } else {
    say(now, id.error().text());
  }
}

void Player::break_faced(Now now) {
  const SelfView* self = client_.self(now);
  if (self == nullptr) return;
  // What stands there; where nothing does, the floor.
  BlockPlace place{self->map, faced_cell(self->body), Layer::active};
  if (client_.chunks().block(place.map, place.at, Layer::active) == kAir) {
    const BlockId floor = client_.chunks().block(place.map, place.at, Layer::floor);
    if (kinds_.known(floor) && kinds_.of(floor).breakable) place.layer = Layer::floor;
  }
  const auto id = client_.break_block(now, place);
  if (id) {
    asked_.emplace_back(*id, "break");
  } else {
    say(now, id.error().text());
  }
}

void Player::hear(Now now, const ClientEvent& event) {
  std::visit(Overloaded{
                 [&](const LinkChanged& link) { hear_link(link); },
                 [&](const Entered& entered) {
                   asked_.clear();
                   if (entered.info.durable || told_not_durable_) return;
                   told_not_durable_ = true;
                   say(now, "Nothing here is durable until storage comes: a restart begins from the seed.");
                 },
                 [&](const ActionDone& done) {
                   const auto asked = std::find_if(asked_.begin(), asked_.end(), [&](const auto& one) { return one.first == done.id; });
                   if (asked == asked_.end()) return;
                   refused(asked->second, done.refusal);
                   asked_.erase(asked);
                 },
                 [&](const PushDone& done) { refused("push", done.refusal); },
                 [&](const NoticeShown& notice) { say(now, notice.text); },
                 [](const Corrected&) {},
                 [](const BlocksChanged&) {},
             },
             event);
}

void Player::hear_link(const LinkChanged& link) {
  if (!link.text.empty()) trouble_ = link.text;
  switch (link.state) {
    case LinkState::up:
      trouble_.clear();
      link_.clear();
      break;
    case LinkState::silent: link_ = "nothing heard from the node for a second ..."; break;
    case LinkState::closed: link_ = fmt::format("{}  (q leaves)", link.text); break;
    default: link_ = trouble_.empty() ? "connecting ..." : fmt::format("{} ... trying again", trouble_);
  }
}

void Player::refused(const char* doing, Refusal refusal) {
  if (refusal != Refusal::none) last_refusal_ = fmt::format("{}: {}", doing, text(refusal));
}

void Player::say(Now now, std::string notice) {
  notice_ = std::move(notice);
  notice_until_us_ = now.mono_us + kNotice_us;
}

void Player::draw(Now now, Canvas& canvas) {
  client_.entities(now, others_);
  client_.pending_blocks(now, pending_);
  if (const SelfView* self = client_.self(now)) last_self_ = *self;
  draw_play({.chunks = &client_.chunks(),
             .kinds = &kinds_,
             .self = last_self_ ? &*last_self_ : nullptr,
             .others = others_,
             .pending = pending_,
             .placeable = placeable_,
             .chosen = chosen_,
             .stats = client_.stats(now),
             .link = link_,
             .notice = now.mono_us < notice_until_us_ ? notice_ : "",
             .last_refusal = last_refusal_},
            canvas);
}

}  // namespace meridian
