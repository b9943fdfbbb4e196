// A lane is three rings with one life: messages by id, their units, their bytes. A message leaves from the front when all of its units are
// acked, so the span from the oldest unacked message to the newest is what the lane's bounds count.
#include "netchannel/reliability/send_lanes.hpp"

#include <algorithm>

#include "base/assert.hpp"

namespace meridian {
namespace {

constexpr Lane kInteractive[] = {Lane::action, Lane::chat, Lane::event, Lane::system};
constexpr Lane kBulk[] = {Lane::chunk};
// Weight 8 affords a full fragment each turn, weight 2 one in four.
constexpr std::int32_t kQuantumBytes = 160;

}  // namespace

SendLanes::SendLanes(Side side, std::uint32_t bulk_window_bytes) : side_(side) {
  for (const Lane which : kInteractive) lane(which).max_bytes = rule_of(which).max_bytes;
  lane(Lane::chunk).max_bytes = std::min(bulk_window_bytes, rule_of(Lane::chunk).max_bytes);
}

SendLanes::Queued SendLanes::queue(Lane which, Bytes message) {
  const LaneRule& rule = rule_of(which);
  MRD_ASSERT(rule.reliable() && rule.from(side_) && message.size() <= max_fragments(side_) * kFragmentBytes);
  LaneState& lane = this->lane(which);
  const std::uint64_t bytes_begin = lane.oldest < lane.next ? lane.messages[lane.oldest].first_byte : lane.bytes_end;
  if (lane.next - lane.oldest >= rule.max_messages || lane.bytes_end - bytes_begin + message.size() > lane.max_bytes)
    return Queued::lane_full;
  if (held_bytes_ + held_size(message.size()) > max_reliable_bytes(side_)) return Queued::session_full;

  const std::uint8_t count = fragment_count(message.size());
  const std::uint64_t units_begin = lane.oldest < lane.next ? lane.messages[lane.oldest].first_unit : lane.units_end;
  lane.messages.hold(lane.oldest, lane.next, lane.next + 1);
  lane.units.hold(units_begin, lane.units_end, lane.units_end + count);
  lane.bytes.hold(bytes_begin, lane.bytes_end, lane.bytes_end + message.size());
  lane.bytes.write(lane.bytes_end, message);
  for (std::uint8_t i = 0; i < count; ++i) lane.units[lane.units_end + i] = {};
  lane.messages[lane.next] = {.first_byte = lane.bytes_end,
                              .first_unit = lane.units_end,
                              .size = static_cast<std::uint32_t>(message.size()),
                              .count = count,
                              .unacked = count,
                              .waiting = count,
                              .rides = 0};
  lane.bytes_end += message.size();
  lane.units_end += count;
  lane.waiting += count;
  waiting_ += count;
  ++lane.unacked;
  ++lane.next;
  held_bytes_ += static_cast<std::uint32_t>(held_size(message.size()));
  return Queued::taken;
}

SendUnit SendLanes::unit_of(Lane which, std::uint64_t id, std::uint8_t index) const {
  const Message& message = lane(which).messages[id];
  return {which, id, index, message.count, fragment_size(message.size, index)};
}

template <class Take>
void SendLanes::each_waiting(Lane which, Take take) const {
  const LaneState& lane = this->lane(which);
  if (lane.waiting == 0) return;
  const bool rides = which == Lane::action;
  unsigned riders = 0;
  for (std::uint64_t id = rides ? lane.oldest : lane.scan_from; id < lane.next; ++id) {
    const Message& message = lane.messages[id];
    if (rides && message.unacked != 0 && message.size <= kMaxRidingBytes && message.rides < kMaxRides && riders < kMaxRidingAtOnce) {
      ++riders;
      continue;
    }
    if (message.waiting == 0) continue;
    for (std::uint8_t i = 0; i < message.count; ++i) {
      if (static_cast<UnitState>(lane.units[message.first_unit + i].state) != UnitState::waiting) continue;
      if (!take(unit_of(which, id, i))) return;
    }
  }
}

std::optional<SendUnit> SendLanes::first_waiting(Lane which) const {
  std::optional<SendUnit> first;
  each_waiting(which, [&first](const SendUnit& unit) {
    first = unit;
    return false;
  });
  return first;
}

unsigned SendLanes::riding(std::array<SendUnit, kMaxRidingAtOnce>& out) const {
  const LaneState& lane = this->lane(Lane::action);
  unsigned riders = 0;
  for (std::uint64_t id = lane.oldest; id < lane.next && riders < kMaxRidingAtOnce; ++id) {
    const Message& message = lane.messages[id];
    if (message.unacked != 0 && message.size <= kMaxRidingBytes && message.rides < kMaxRides) out[riders++] = unit_of(Lane::action, id, 0);
  }
  return riders;
}

std::optional<SendUnit> SendLanes::next_interactive(std::size_t room) {
  if (waiting_ == 0 && !credit_given_) return std::nullopt;
  // A turn ends when the lane's credit or its messages do. A lane whose next frame does not fit this packet keeps its credit for the next
  // one.
  bool hopeful = true;
  while (hopeful) {
    hopeful = false;
    for (std::size_t i = 0; i < std::size(kInteractive); ++i) {
      const Lane which = kInteractive[turn_];
      LaneState& lane = this->lane(which);
      if (const auto unit = first_waiting(which)) {
        const auto cost = static_cast<std::int32_t>(unit->frame_bytes());
        if (unit->frame_bytes() <= room) {
          if (cost <= lane.deficit) {
            lane.deficit -= cost;
            credit_given_ = true;
            return unit;
          }
          lane.deficit += rule_of(which).weight * kQuantumBytes;
          hopeful = true;
        }
      } else {
        lane.deficit = 0;
      }
      turn_ = (turn_ + 1) % std::size(kInteractive);
    }
  }
  credit_given_ = waiting_ != 0;
  return std::nullopt;
}

std::optional<SendUnit> SendLanes::next_bulk(std::size_t room) {
  const auto unit = first_waiting(Lane::chunk);
  return unit && unit->frame_bytes() <= room ? unit : std::nullopt;
}

bool SendLanes::interactive_waiting() const {
  return waiting_ != 0 && std::ranges::any_of(kInteractive, [this](Lane which) { return first_waiting(which).has_value(); });
}

std::size_t SendLanes::interactive_waiting_bytes(std::size_t at_most) const {
  if (waiting_ == 0) return 0;
  std::size_t bytes = 0;
  for (const Lane which : kInteractive) {
    each_waiting(which, [&bytes, at_most](const SendUnit& unit) {
      bytes += unit.frame_bytes();
      return bytes < at_most;
    });
  }
  return std::min(bytes, at_most);
}

void SendLanes::copy(const SendUnit& unit, MutableBytes out) const {
  const LaneState& lane = this->lane(unit.lane);
  lane.bytes.read(lane.messages[unit.id].first_byte + fragment_offset(unit.index), out);
}

bool SendLanes::sent(const SendUnit& sent, std::uint64_t packet, bool rode) {
  LaneState& lane = this->lane(sent.lane);
  Message& message = lane.messages[sent.id];
  Unit& unit = lane.units[message.first_unit + sent.index];
  const bool again = unit.carrier != 0 && !rode;
  unit.carrier = packet;
  if (rode) ++message.rides;
  if (static_cast<UnitState>(unit.state) != UnitState::waiting) return again;
  unit.state = static_cast<std::uint64_t>(UnitState::flying);
  ++flying_;
  --message.waiting;
  --lane.waiting;
  --waiting_;
  while (lane.scan_from < lane.next && lane.messages[lane.scan_from].waiting == 0) ++lane.scan_from;
  return again;
}

void SendLanes::on_fate(const UnitFate& fate) {
  const Lane which{fate.unit.lane()};
  LaneState& lane = this->lane(which);
  // The id's 16 bits count from the oldest message; one that is gone already lies outside of the span.
  const std::uint64_t id = lane.oldest + static_cast<std::uint16_t>(fate.unit.id_low() - static_cast<std::uint16_t>(lane.oldest));
  if (id >= lane.next) return;
  Message& message = lane.messages[id];
  Unit& unit = lane.units[message.first_unit + fate.unit.fragment()];
  const auto state = static_cast<UnitState>(unit.state);
  if (state == UnitState::acked) return;
  if (!fate.acked) {
    if (state != UnitState::flying || unit.carrier != fate.packet) return;  // a newer carrier is still under way
    unit.state = static_cast<std::uint64_t>(UnitState::waiting);
    --flying_;
    ++message.waiting;
    ++lane.waiting;
    ++waiting_;
    lane.scan_from = std::min(lane.scan_from, id);
    return;
  }
  if (state == UnitState::flying) --flying_;
  if (state == UnitState::waiting) {
    --message.waiting;
    --lane.waiting;
    --waiting_;
  }
  unit.state = static_cast<std::uint64_t>(UnitState::acked);
  if (--message.unacked == 0) free_acked(lane);
}

void SendLanes::free_acked(LaneState& lane) {
  --lane.unacked;
  while (lane.oldest < lane.next && lane.messages[lane.oldest].unacked == 0) {
    held_bytes_ -= static_cast<std::uint32_t>(held_size(lane.messages[lane.oldest].size));
    ++lane.oldest;
  }
  lane.scan_from = std::max(lane.scan_from, lane.oldest);
}

unsigned SendLanes::resend_oldest() { return (probe(kInteractive) ? 1u : 0u) + (probe(kBulk) ? 1u : 0u); }

bool SendLanes::probe(std::span<const Lane> band) {
  std::array<SendUnit, kMaxRidingAtOnce> riders;
  const unsigned riding_now = riding(riders);
  std::optional<UnitFate> oldest;
  for (const Lane which : band) {
    const LaneState& lane = this->lane(which);
    for (std::uint64_t id = lane.oldest; id < lane.next; ++id) {
      const Message& message = lane.messages[id];
      if (message.unacked == message.waiting) continue;
      if (which == Lane::action && std::any_of(riders.begin(), riders.begin() + riding_now, [id](const SendUnit& r) { return r.id == id; }))
        continue;
      std::uint8_t index = 0;
      while (static_cast<UnitState>(lane.units[message.first_unit + index].state) != UnitState::flying) ++index;
      const Unit& unit = lane.units[message.first_unit + index];
      const UnitFate found{UnitCode::of(static_cast<std::uint8_t>(which), index, id), unit.carrier, false};
      if (!oldest || found.packet < oldest->packet) oldest = found;
      break;
    }
  }
  if (oldest) on_fate(*oldest);  // as if its carrier had been lost
  return oldest.has_value();
}

std::uint32_t SendLanes::bulk_free_bytes() const {
  const LaneState& bulk = lane(Lane::chunk);
  if (bulk.next - bulk.oldest >= rule_of(Lane::chunk).max_messages) return 0;
  const std::uint64_t held = bulk.oldest < bulk.next ? bulk.bytes_end - bulk.messages[bulk.oldest].first_byte : 0;
  return bulk.max_bytes - static_cast<std::uint32_t>(held);
}

void SendLanes::release_idle() {
  LaneState& bulk = lane(Lane::chunk);
  idle_seconds_ = bulk.oldest < bulk.next ? 0 : idle_seconds_ + 1;
  if (idle_seconds_ != 10) return;
  bulk.bytes.release();
  bulk.units.release();
  bulk.messages.release();
}

}  // namespace meridian
