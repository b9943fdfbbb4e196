// What goes wrong in a run, drawn whole from the seed before it begins: an explicit list, so that a failing run can be replayed with fewer
// of them. Often one or two kinds alone: narrow mixes find what a broad one hides.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "netchannel/relay/impairment.hpp"

namespace meridian::sim {

inline constexpr std::int64_t kStart_us = 1'000'000'000;  // the run's start on its monotonic clock: plans count from there

enum class FaultKind : std::uint8_t {
  loss,          // each datagram on its own, 2-40 %
  burst,         // runs of 2-8 lost
  delay,         // one way 20-300 ms with jitter
  duplicate,     // 2-30 %
  reorder,       // held back 10-200 ms
  bit_flip,      // one bit, 1-20 %
  cut,           // nothing passes, 0.3-8 s, either way or both
  client_stall,  // a client does not run, 0.2-4 s
  node_restart,  // the node starts again from the seed; its sessions are gone
  replay,        // an attacker sends captured datagrams again, whole, cut or flipped, from the same address or another
  second_login,  // the character logs in elsewhere: the first session must end
  leave,         // a client says goodbye and comes back
  drift,         // a client's clock runs up to 200 ppm off
  silence,       // a client is gone without a word for longer than the node waits
};
// Long enough that packet numbers pass what their 13 bits on the wire can tell (8,192 at 20 a second), with loss and reordering
// while they do.
inline constexpr std::int64_t kWrapsFrom_us = 380'000'000, kWrapsTo_us = 445'000'000;
inline constexpr std::uint64_t kLongRunEvery = 250;        // seeds: one or two in a landing's 300
inline constexpr std::int64_t kNodeWaits_us = 10'000'000;  // docs/protocol.md: silence for so long ends a session
inline constexpr std::size_t kFaultKinds = 14;
std::string_view name(FaultKind kind);

struct Fault {
  FaultKind kind = FaultKind::loss;
  std::int64_t from_us = 0, to_us = 0;  // since the run's start
  int client = -1;                      // -1 = everybody
  bool up = true, down = true;          // directions, where that means something
  std::uint32_t amount = 0;             // per million, or ms, or ppm: the kind says which
  std::uint32_t extra = 0;              // burst length, jitter ms, hold ms
};

struct Plan {
  std::uint64_t seed = 0;
  int clients = 8;
  std::int64_t faults_end_us = 20'000'000;  // at least 20 simulated seconds under faults, then healing
  std::int64_t end_us = 36'000'000;
  std::uint32_t base_delay_ms = 20, base_jitter_ms = 2;
  std::uint32_t edits_per_s = 2;  // a client
  std::vector<Fault> faults;
};

// `mix` names a narrow one for a planted defect (see mixes() in faults.cpp); empty draws it from the seed.
bool known_mix(std::string_view mix);
Plan draw_plan(std::uint64_t seed, std::string_view mix);

// The link of one client in one direction at a moment of the run.
ImpairmentSettings link_at(const Plan& plan, std::int64_t at_us, int client, bool up);

}  // namespace meridian::sim
