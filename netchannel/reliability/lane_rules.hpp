// The table of lanes (`netcode.md` 5): who may send on each, its kind, band, weight and bound. Both ends judge by it.
//
// A reliable lane keeps at most `max_messages` ids between its oldest unacked message and its newest, so a receiver never has to hold more
// than that out of order: a peer that sends further ahead is closed with `flood`.
#pragma once

#include <array>
#include <cstdint>

#include "netchannel/reliability/fragments.hpp"
#include "netchannel/reliability/side.hpp"
#include "netchannel/wire/lane.hpp"

namespace meridian {

enum class LaneKind : std::uint8_t {
  closed,     // no such lane: a frame on it is malformed. 6 (ambient) and 8-14 (the game's) until somebody speaks on them
  sequenced,  // unreliable, newest wins: a packet older than the newest read is not delivered
  snapshot,   // unreliable, each packet delivered once even when late: an ack says that it was read, and the codec files it by its tick
  ordered,    // reliable
  unordered,  // reliable
  control,
};
enum class Band : std::uint8_t { real_time, interactive, bulk };

struct LaneRule {
  LaneKind kind = LaneKind::closed;
  bool up = false, down = false;  // who may send
  Band band = Band::real_time;
  std::uint8_t weight = 0;  // deficit round robin inside the interactive band
  std::uint16_t max_messages = 0;
  std::uint32_t max_bytes = 0;

  bool reliable() const { return kind == LaneKind::ordered || kind == LaneKind::unordered; }
  bool from(Side sender) const { return sender == Side::client ? up : down; }
};

inline constexpr std::array<LaneRule, 16> kLaneRules = [] {
  std::array<LaneRule, 16> rules{};
  const auto at = [&rules](Lane lane) -> LaneRule& { return rules[static_cast<std::size_t>(lane)]; };
  at(Lane::input) = {.kind = LaneKind::sequenced, .up = true};
  at(Lane::snapshot) = {.kind = LaneKind::snapshot, .down = true};
  at(Lane::action) = {LaneKind::ordered, true, true, Band::interactive, 8, 64, 4 * 1024};
  at(Lane::chat) = {LaneKind::ordered, true, true, Band::interactive, 2, 256, 32 * 1024};
  at(Lane::event) = {LaneKind::unordered, false, true, Band::interactive, 4, 256, 32 * 1024};
  at(Lane::chunk) = {LaneKind::unordered, false, true, Band::bulk, 1, 256,
                     256 * 1024};  // its bytes: the sender's bulk window, which is smaller
  at(Lane::system) = {LaneKind::ordered, true, true, Band::interactive, 8, 32, 128 * 1024};
  at(Lane::control) = {.kind = LaneKind::control, .up = true, .down = true};
  return rules;
}();
inline const LaneRule& rule_of(Lane lane) { return kLaneRules[static_cast<std::size_t>(lane)]; }

// All reliable lanes of a session together. Down: a client that does not read is closed with `slow_reader`. Up: what a server holds for a
// client before it can be delivered; more closes with `reassembly`. The sender counts as the receiver does: a fragmented message by whole
// fragments.
inline constexpr std::uint32_t kMaxReliableDownBytes = 256 * 1024;
inline constexpr std::uint32_t kMaxReliableUpBytes = 16 * 1024;
inline std::uint32_t max_reliable_bytes(Side sender) { return sender == Side::client ? kMaxReliableUpBytes : kMaxReliableDownBytes; }

}  // namespace meridian
