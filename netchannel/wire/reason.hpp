// Why a session was refused (REFUSE) or ended (CLOSE). One list: what the player is shown and the metric's label come from it.
#pragma once

#include <cstdint>
#include <string_view>

namespace meridian {

enum class Reason : std::uint8_t {
  none = 0,
  // REFUSE, numbers fixed by the protocol
  version = 1,
  expired = 2,
  stale = 3,
  used = 4,
  bad_token = 5,
  full = 6,
  draining = 7,
  banned = 8,
  epoch = 9,
  busy = 10,
  suite = 11,
  // CLOSE
  bye = 32,       // the player left
  timeout = 33,   // 10 s of silence
  shutdown = 34,  // the node stops: players told
  flood = 35,
  reassembly = 36,
  bad_ack = 37,
  slow_reader = 38,
  malformed = 39,
  internal = 40,
  // Client-side only, never on the wire
  unreachable = 64,  // no answer in 10 s
  content = 65,      // the node's block rules are not ours
};

// Short name for metrics and logs: "bad_token". Unknown numbers give "unknown".
std::string_view name(Reason reason);
// A sentence for the player: what happened and what to do.
std::string_view text(Reason reason);

}  // namespace meridian
