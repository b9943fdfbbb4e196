#include "e2e/simulation/faults.hpp"

#include <algorithm>

#include "e2e/simulation/seeds.hpp"

namespace meridian::sim {
namespace {

constexpr std::array<std::string_view, kFaultKinds> kNames = {"loss",         "burst", "delay",        "duplicate",    "reorder",
                                                              "bit_flip",     "cut",   "client_stall", "node_restart", "replay",
                                                              "second_login", "leave", "drift",        "silence"};

// The narrow mix that brings out each planted defect, by the plant's name.
struct Mix {
  std::string_view name;
  std::vector<FaultKind> kinds;
  std::uint32_t edits_per_s;
  bool wraps = false;  // a long run
};
const std::vector<Mix>& mixes() {
  static const std::vector<Mix> table = {
      {"replay_window_off", {FaultKind::duplicate, FaultKind::replay}, 2},
      {"ack_from_old_packet", {FaultKind::reorder, FaultKind::loss}, 4},
      {"packet_number_one_off", {FaultKind::reorder, FaultKind::burst}, 2},
      {"late_input_applied", {FaultKind::delay, FaultKind::reorder}, 2},
      {"client_slides_y_first", {FaultKind::loss}, 4},
      {"leave_notice_once", {FaultKind::loss, FaultKind::burst}, 2},
      {"delta_over_a_hole", {FaultKind::loss, FaultKind::reorder}, 6},
      {"queue_without_bound", {FaultKind::client_stall, FaultKind::cut}, 8},
      {"mark_before_open", {FaultKind::bit_flip, FaultKind::duplicate}, 2},
      {"connect_mac_unread", {FaultKind::bit_flip, FaultKind::node_restart, FaultKind::second_login}, 2},
      {"challenge_twice", {FaultKind::loss}, 2},
      {"place_rounded_down", {FaultKind::loss}, 2},
      {"cause_always_zero", {FaultKind::loss}, 1},
      {"push_half_around", {FaultKind::loss}, 0},
      {"view_by_chunk_middle", {FaultKind::loss}, 0},
      {"comes_back_too_late", {FaultKind::cut, FaultKind::silence}, 2},
      {"packet_number_window_off", {}, 2, true},
      {"bad_tag_frees_half_open", {FaultKind::bit_flip, FaultKind::leave, FaultKind::second_login}, 2},
      {"client_takes_copies", {FaultKind::duplicate}, 2},
      {"look_of_the_slot_before", {FaultKind::leave, FaultKind::second_login}, 0},
  };
  return table;
}

Fault draw_fault(FaultKind kind, const Plan& plan, Chance& chance) {
  Fault fault{.kind = kind};
  const auto between = [&](std::uint64_t low, std::uint64_t high) {
    return static_cast<std::uint32_t>(low + chance.below(high - low + 1));
  };
  fault.from_us = static_cast<std::int64_t>(between(1'500, 15'000)) * 1000;
  fault.to_us = std::min(plan.faults_end_us, fault.from_us + static_cast<std::int64_t>(between(1'000, 15'000)) * 1000);
  fault.client = chance.below(3) == 0 ? -1 : static_cast<int>(chance.below(static_cast<std::uint64_t>(plan.clients)));
  const std::uint64_t way = chance.below(3);
  fault.up = way != 0;
  fault.down = way != 1;
  switch (kind) {
    case FaultKind::loss: fault.amount = between(20'000, 400'000); break;
    case FaultKind::burst: fault.amount = between(5'000, 60'000), fault.extra = between(2, 8); break;
    case FaultKind::delay: fault.amount = between(20, 300), fault.extra = between(0, 60); break;
    case FaultKind::duplicate: fault.amount = between(20'000, 300'000); break;
    case FaultKind::reorder: fault.amount = between(20'000, 300'000), fault.extra = between(10, 200); break;
    case FaultKind::bit_flip: fault.amount = between(10'000, 200'000); break;
    case FaultKind::cut:
      fault.to_us = std::min(plan.faults_end_us, fault.from_us + static_cast<std::int64_t>(between(300, 8'000)) * 1000);
      break;
    case FaultKind::client_stall:
      fault.to_us = std::min(plan.faults_end_us, fault.from_us + static_cast<std::int64_t>(between(200, 4'000)) * 1000);
      break;
    case FaultKind::silence: {  // begun early enough to last
      const std::int64_t lasts_us = kNodeWaits_us + static_cast<std::int64_t>(between(500, 3'000)) * 1000;
      fault.from_us = static_cast<std::int64_t>(between(1'500, 6'000)) * 1000;
      fault.to_us = fault.from_us + lasts_us;
      break;
    }
    case FaultKind::replay: fault.amount = between(20, 400); break;  // ms between two of the attacker's datagrams
    case FaultKind::drift: fault.amount = between(50, 200), fault.extra = between(0, 1); break;
    case FaultKind::node_restart:
    case FaultKind::second_login:
    case FaultKind::leave: break;
  }
  if (fault.client < 0 && (kind == FaultKind::client_stall || kind == FaultKind::second_login || kind == FaultKind::leave ||
                           kind == FaultKind::drift || kind == FaultKind::silence)) {
    fault.client = static_cast<int>(chance.below(static_cast<std::uint64_t>(plan.clients)));
  }
  return fault;
}

void lengthen(Plan& plan) {
  plan.faults.push_back({.kind = FaultKind::loss, .from_us = kWrapsFrom_us, .to_us = kWrapsTo_us, .amount = 100'000});
  plan.faults.push_back({.kind = FaultKind::reorder, .from_us = kWrapsFrom_us, .to_us = kWrapsTo_us, .amount = 200'000, .extra = 100});
  plan.faults_end_us = kWrapsTo_us;
  plan.end_us = kWrapsTo_us + 16'000'000;
}

}  // namespace

bool known_mix(std::string_view mix) {
  return mix.empty() || std::any_of(mixes().begin(), mixes().end(), [&](const Mix& m) { return m.name == mix; });
}

std::string_view name(FaultKind kind) { return kNames[static_cast<std::size_t>(kind)]; }

Plan draw_plan(std::uint64_t seed, std::string_view mix) {
  SeededChance chance = stream(seed, Purpose::plan);
  Plan plan{.seed = seed};
  plan.clients = 8 + static_cast<int>(chance.below(5));
  plan.base_delay_ms = static_cast<std::uint32_t>(5 + chance.below(60));
  plan.base_jitter_ms = static_cast<std::uint32_t>(chance.below(10));
  plan.edits_per_s = static_cast<std::uint32_t>(chance.below(5));

  std::vector<FaultKind> kinds;
  const auto narrow = std::find_if(mixes().begin(), mixes().end(), [&](const Mix& m) { return m.name == mix; });
  if (narrow != mixes().end()) {
    kinds = narrow->kinds;
    plan.edits_per_s = narrow->edits_per_s;
  } else {
    // One kind in a third of the seeds, two in a third, a swarm in the rest.
    const std::uint64_t breadth = chance.below(3);
    const std::size_t want = breadth == 0 ? 1 : breadth == 1 ? 2 : 3 + chance.below(4);
    while (kinds.size() < want) {
      const auto kind = static_cast<FaultKind>(chance.below(kFaultKinds));
      if (std::find(kinds.begin(), kinds.end(), kind) == kinds.end()) kinds.push_back(kind);
    }
  }
  for (const FaultKind kind : kinds) {
    const std::uint64_t times = 1 + chance.below(3);
    for (std::uint64_t i = 0; i < times; ++i) plan.faults.push_back(draw_fault(kind, plan, chance));
  }
  if (narrow != mixes().end() ? narrow->wraps : seed % kLongRunEvery == 0) lengthen(plan);
  return plan;
}

ImpairmentSettings link_at(const Plan& plan, std::int64_t at_us, int client, bool up) {
  ImpairmentSettings link{.delay_ms = plan.base_delay_ms, .jitter_ms = plan.base_jitter_ms};
  for (const Fault& fault : plan.faults) {
    if (at_us < fault.from_us || at_us >= fault.to_us || (fault.client >= 0 && fault.client != client) || !(up ? fault.up : fault.down))
      continue;
    switch (fault.kind) {
      case FaultKind::loss: link.loss_per_million = std::max(link.loss_per_million, fault.amount); break;
      case FaultKind::burst: link.burst_per_million = fault.amount, link.burst_length = fault.extra; break;
      case FaultKind::delay: link.delay_ms += fault.amount, link.jitter_ms += fault.extra; break;
      case FaultKind::duplicate: link.duplicate_per_million = fault.amount; break;
      case FaultKind::reorder: link.reorder_per_million = fault.amount, link.reorder_ms = fault.extra; break;
      case FaultKind::bit_flip: link.corrupt_per_million = fault.amount; break;
      case FaultKind::cut: link.loss_per_million = 1'000'000; break;
      default: break;
    }
  }
  return link;
}

}  // namespace meridian::sim
