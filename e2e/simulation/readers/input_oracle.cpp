#include "e2e/simulation/readers/input_oracle.hpp"

#include <vector>

#include "e2e/simulation/readers/bit_source.hpp"

namespace meridian::sim {
namespace {

constexpr std::uint64_t kAhead = 16, kLate = 15;
constexpr int kRepeats = 5;

DueInput read_record(BitSource& in) {
  DueInput input;
  input.heading = static_cast<std::uint32_t>(in.take(8));
  input.gait = static_cast<std::uint32_t>(in.take(2));
  input.buttons = static_cast<std::uint32_t>(in.take(6));
  if (input.buttons != 0) input.aim = static_cast<std::uint32_t>(in.take(12));
  return input;
}

// The tick nearest to `near` with these low 16 bits.
std::uint64_t nearest(std::uint64_t near, std::uint64_t low) {
  std::uint64_t best = (near & ~std::uint64_t{0xFFFF}) | low;
  if (best > near + 0x8000 && best >= 0x10000) best -= 0x10000;
  if (best + 0x8000 < near) best += 0x10000;
  return best;
}

}  // namespace

bool InputOracle::hear(std::span<const std::uint8_t> bytes, std::uint64_t next) {
  BitSource in(bytes);
  const std::uint64_t low = in.take(16);
  const auto count = static_cast<std::uint64_t>(in.take(3)) + 1;
  const bool has_hash = in.take(1) != 0;
  const auto hash = static_cast<std::uint16_t>(has_hash ? in.take(16) : 0);
  std::vector<DueInput> inputs{read_record(in)};
  while (inputs.size() < count) inputs.push_back(in.take(1) != 0 ? inputs.back() : read_record(in));
  if (in.ended() || in.left() > 7 || in.take(static_cast<int>(in.left())) != 0) return false;
  const std::uint64_t newest = nearest(next, low);
  if (newest > next + kAhead) {
    for (std::uint64_t i = inputs.size(); i-- > 0;) one(newest - i, inputs[i], next);
    return true;
  }
  if (has_hash && newest >= next) claims_.emplace(newest, hash);
  // The oldest first: of two late buttons the newer one's aim counts.
  for (std::uint64_t i = inputs.size(); i-- > 0;)
    if (i <= newest) one(newest - i, inputs[i], next);
  return true;
}

void InputOracle::one(std::uint64_t tick, const DueInput& input, std::uint64_t next) {
  if (tick > next + kAhead || tick + kLate < next) return;
  if (tick >= next) {
    waiting_.emplace(tick, input);  // the first copy counts
  } else if (settled_.insert(tick).second && input.buttons != 0) {
    carried_buttons_ |= input.buttons;
    carried_aim_ = input.aim;
  }
}

DueInput InputOracle::due(std::uint64_t tick) {
  DueInput now;
  if (const auto found = waiting_.find(tick); found != waiting_.end()) {
    now = found->second;
    last_ = now;
    repeated_ = 0;
    settled_.insert(tick);
  } else {
    now = last_;
    now.buttons = 0;
    now.unforeseen = true;
    if (++repeated_ > kRepeats) now.gait = 0;
  }
  if (carried_buttons_ != 0) {
    if (now.buttons == 0) now.aim = carried_aim_;
    now.buttons |= carried_buttons_;
    now.unforeseen = true;
    carried_buttons_ = 0;
  }
  waiting_.erase(waiting_.begin(), waiting_.upper_bound(tick));
  claims_.erase(claims_.begin(), claims_.lower_bound(tick));
  settled_.erase(settled_.begin(), settled_.lower_bound(tick > 64 ? tick - 64 : 0));
  return now;
}

std::optional<std::uint16_t> InputOracle::claim(std::uint64_t tick) const {
  const auto found = claims_.find(tick);
  return found == claims_.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace meridian::sim
