#include "netchannel/connection/entered_epochs.hpp"

#include <algorithm>

namespace meridian {
namespace {

constexpr std::size_t kCallsEachRound = 256;

}  // namespace

std::optional<std::uint64_t> EnteredEpochs::newest(std::uint64_t character) const {
  const auto it = by_character_.find(character);
  return it == by_character_.end() ? std::nullopt : std::optional(it->second.epoch);
}

void EnteredEpochs::enter(std::uint64_t character, std::uint64_t epoch, std::uint64_t expires_ms) {
  Entered& entered = by_character_[character];
  entered = {std::max(entered.epoch, epoch), std::max(entered.expires_ms, expires_ms)};
}

void EnteredEpochs::sweep(std::uint64_t forgotten_to_ms) {
  if (sweep_from_ == 0) looks_each_ = 0;
  looks_each_ =
      std::max(looks_each_, by_character_.size() / kCallsEachRound + 1);  // it may grow in the middle of a round, and shrinks by it
  auto it = by_character_.lower_bound(sweep_from_);
  for (std::size_t looks = 0; looks < looks_each_ && it != by_character_.end(); ++looks)
    it = it->second.expires_ms <= forgotten_to_ms ? by_character_.erase(it) : std::next(it);
  sweep_from_ = it == by_character_.end() ? 0 : it->first;
}

}  // namespace meridian
