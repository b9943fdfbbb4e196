// What a body should have been asked to do at each tick, by the table of docs/protocol.md ("Inputs"), from the same messages that the node
// was given.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>

namespace meridian::sim {

struct DueInput {
  std::uint32_t heading = 0, gait = 0, buttons = 0, aim = 0;
  bool unforeseen = false;  // made up, or with buttons of a late one: not what its player predicted
};

class InputOracle {
 public:
  // A lane-0 message, given to the node before tick `next` runs. False: malformed.
  bool hear(std::span<const std::uint8_t> bytes, std::uint64_t next);
  // Tick by tick.
  DueInput due(std::uint64_t tick);
  // The hash that was claimed for this tick; only for ticks asked about by due() and newer.
  std::optional<std::uint16_t> claim(std::uint64_t tick) const;

 private:
  void one(std::uint64_t tick, const DueInput& input, std::uint64_t next);

  std::map<std::uint64_t, DueInput> waiting_;
  std::map<std::uint64_t, std::uint16_t> claims_;
  std::set<std::uint64_t> settled_;  // ticks whose input was used, or came late and was dealt with
  DueInput last_;
  int repeated_ = 0;
  std::uint32_t carried_buttons_ = 0, carried_aim_ = 0;
};

}  // namespace meridian::sim
