// Two walks over the same bytes: check() with no effect, then take(). Between them nothing may differ, so both get their items from
// next_item().
#include "netchannel/reliability/receive_lanes.hpp"

#include <cstring>

#include "base/assert.hpp"
#include "netchannel/wire/packet_number.hpp"

namespace meridian {

ReceiveLanes::ReceiveLanes(Side self) : self_(self), held_(max_reliable_bytes(self == Side::client ? Side::server : Side::client)) {}

ReceiveLanes::Walk ReceiveLanes::start(Bytes frames) const {
  Walk walk{.in = ByteReader(frames)};
  // Nearest to the next expected (ordered) or to one past the newest (unordered); either window is far wider than a lane's bound.
  for (std::size_t i = 0; i < lanes_.size(); ++i)
    walk.expected[i] = kLaneRules[i].kind == LaneKind::ordered ? lanes_[i].next : lanes_[i].end;
  return walk;
}

std::expected<ReceiveLanes::Item, WireError> ReceiveLanes::next_item(Walk& walk) {
  const auto frame = read_frame(walk.in);
  if (!frame) return std::unexpected(frame.error());
  Item item{.frame = *frame, .rule = &kLaneRules[frame->lane]};
  if (!item.rule->reliable()) return item;
  const std::uint16_t bit = static_cast<std::uint16_t>(1u << frame->lane);
  if (frame->id) {
    item.id = nearest_with_low_bits(walk.expected[frame->lane], *frame->id, 16);
  } else {
    if ((walk.has_id & bit) == 0) return std::unexpected(WireError::malformed);  // one after nothing
    item.id = walk.last_id[frame->lane] + 1;
  }
  walk.has_id |= bit;
  walk.last_id[frame->lane] = item.id;
  return item;
}

ReceiveLanes::Verdict ReceiveLanes::check(Bytes frames) const {
  Walk walk = start(frames);
  std::uint16_t unreliable_seen = 0;
  Verdict verdict = Verdict::good;
  while (walk.in.left() > 0) {
    const auto item = next_item(walk);
    if (!item) return Verdict::malformed;
    const Side sender = self_ == Side::client ? Side::server : Side::client;
    if (item->rule->kind == LaneKind::closed || !item->rule->from(sender)) return Verdict::malformed;
    if (item->rule->reliable()) {
      const Verdict one = check_reliable(*item);
      if (one == Verdict::malformed || (item->frame.fragment && !same_count_elsewhere(frames, *item))) return Verdict::malformed;
      if (one == Verdict::flood) verdict = Verdict::flood;
      continue;
    }
    if (item->frame.fragment || item->frame.id) return Verdict::malformed;
    if (item->rule->kind == LaneKind::control) {
      if (!read_control(item->frame.bytes)) return Verdict::malformed;
      continue;
    }
    const std::uint16_t bit = static_cast<std::uint16_t>(1u << item->frame.lane);
    if ((unreliable_seen & bit) != 0) return Verdict::malformed;  // one input or snapshot a packet
    unreliable_seen |= bit;
  }
  return verdict;
}

ReceiveLanes::Verdict ReceiveLanes::check_reliable(const Item& item) const {
  const Frame& frame = item.frame;
  const Side sender = self_ == Side::client ? Side::server : Side::client;
  if (frame.fragment ? !check_fragment(frame.index, frame.count, frame.bytes.size(), max_fragments(sender)).has_value()
                     : frame.bytes.size() > kFragmentBytes) {
    return Verdict::malformed;
  }
  const LaneState& lane = lanes_[frame.lane];
  if (item.id >= lane.next + item.rule->max_messages) return Verdict::flood;
  if (item.id < lane.next || item.id >= lane.end) return Verdict::good;  // a repeat, or new
  const Place& place = lane.places[item.id];
  if (place.slot == Slot::assembling && held_.count(place.handle) != frame.count) return Verdict::malformed;
  return Verdict::good;
}

// Fragments of one message in this very packet must agree as well. Only the last fragment may be short, so there are two at most from an
// honest sender.
bool ReceiveLanes::same_count_elsewhere(Bytes frames, const Item& item) const {
  Walk walk = start(frames);
  while (walk.in.left() > 0) {
    const auto other = next_item(walk);
    if (!other) return false;
    if (other->frame.lane == item.frame.lane && other->id == item.id && other->frame.count != item.frame.count) return false;
  }
  return true;
}

Reason ReceiveLanes::take(Bytes frames, std::uint64_t packet, std::int64_t now_us, std::vector<Delivered>& messages, PacketNews& news) {
  // All that can be delivered below: what is held now, and what this packet brings. Reserved first, so that no span moves.
  delivered_.clear();
  MRD_ASSERT(frames.size() <= kMaxDatagramBytes);
  delivered_.reserve(held_.used_bytes() + kMaxDatagramBytes);

  Walk walk = start(frames);
  while (walk.in.left() > 0) {
    const auto item = next_item(walk);
    MRD_ASSERT(item.has_value());  // check() has read the same bytes
    const Lane which{item->frame.lane};
    if (item->rule->kind != LaneKind::control) news.eliciting = true;
    switch (item->rule->kind) {
      case LaneKind::sequenced:
        if (packet < lanes_[item->frame.lane].newest_packet) break;
        lanes_[item->frame.lane].newest_packet = packet;
        messages.push_back({which, item->frame.bytes});
        break;
      case LaneKind::snapshot: messages.push_back({which, item->frame.bytes}); break;
      case LaneKind::ordered:
      case LaneKind::unordered: {
        if (which == Lane::chunk) news.bulk = true;
        const Reason broken = take_reliable(*item, now_us, messages);
        if (broken != Reason::none) return broken;
        break;
      }
      case LaneKind::control: {
        const auto control = read_control(item->frame.bytes);
        if (const auto* ping = std::get_if<Ping>(&*control)) {
          news.eliciting = true;
          news.ping = *ping;
        } else if (const auto* pong = std::get_if<Pong>(&*control)) {
          news.pong = *pong;
        } else if (const auto* close = std::get_if<Close>(&*control)) {
          news.close = *close;
        }
        break;
      }
      case LaneKind::closed: MRD_ASSERT(false);
    }
  }
  return Reason::none;
}

Reason ReceiveLanes::take_reliable(const Item& item, std::int64_t now_us, std::vector<Delivered>& messages) {
  const Frame& frame = item.frame;
  const Lane which{frame.lane};
  LaneState& lane = lanes_[frame.lane];
  if (item.id < lane.next) return Reason::none;  // a repeat
  if (item.id >= lane.end) {
    lane.places.hold(lane.next, lane.end, item.id + 1);
    while (lane.end <= item.id) lane.places[lane.end++] = {};
  }
  Place& place = lane.places[item.id];
  if (place.slot == Slot::whole || place.slot == Slot::done) return Reason::none;
  const bool its_turn = item.rule->kind == LaneKind::unordered || item.id == lane.next;
  if (!frame.fragment && its_turn) {  // the common case: straight from the packet
    messages.push_back({which, frame.bytes});
    finish(lane, *item.rule, item.id, which, messages);
    return Reason::none;
  }
  if (place.slot == Slot::nothing) {
    const auto handle = held_.begin(frame.count, frame.bytes.size(), now_us);
    if (!handle) return Reason::reassembly;
    place = {Slot::assembling, *handle};
  }
  if (!held_.add(place.handle, frame.index, frame.bytes, now_us)) return Reason::none;
  place.slot = Slot::whole;
  if (!its_turn) return Reason::none;
  deliver_held(place, which, messages);
  finish(lane, *item.rule, item.id, which, messages);
  return Reason::none;
}

// Message `id` has been delivered: those that waited for it follow.
void ReceiveLanes::finish(LaneState& lane, const LaneRule& rule, std::uint64_t id, Lane which, std::vector<Delivered>& messages) {
  lane.places[id].slot = Slot::done;
  while (lane.next < lane.end) {
    Place& place = lane.places[lane.next];
    if (place.slot == Slot::whole && rule.kind == LaneKind::ordered) deliver_held(place, which, messages);
    if (place.slot != Slot::done) return;
    ++lane.next;
  }
}

void ReceiveLanes::deliver_held(Place& place, Lane which, std::vector<Delivered>& messages) {
  const Bytes whole = held_.whole(place.handle);
  MRD_ASSERT(delivered_.size() + whole.size() <= delivered_.capacity());
  const std::size_t at = delivered_.size();
  delivered_.insert(delivered_.end(), whole.begin(), whole.end());
  messages.push_back({which, Bytes(delivered_).subspan(at)});
  held_.drop(place.handle);
  place.slot = Slot::done;
}

}  // namespace meridian
