// Blocks are written through at once and settled at the end: sorted by place, the first write knows what stood there before the tick and
// the last one what stands there now. Bodies are marked as they move: an input that is the body's own coast input is on the rule without a
// second step; any other is stepped twice and compared, since it may come to the same (a push that runs ignores inputs). A body that nobody
// stepped is compared at the end.
#include "world/change/change_log.hpp"

#include <algorithm>

#include "base/assert.hpp"

namespace meridian {

void ChangeLog::begin(Tick tick) {
  MRD_ASSERT(phase_ == Phase::closed);
  tick_ = tick;
  phase_ = Phase::blocks;
  block_writes_.clear();
  blocks_.clear();
  spawns_.clear();
  despawns_.clear();
  motion_.clear();
  std::fill(marks_.begin(), marks_.end(), kUntouched);
}

bool ChangeLog::write_block(BlockPlace place, BlockId block) {
  MRD_ASSERT(phase_ == Phase::blocks);
  MRD_ASSERT(world_.kinds.known(block));
  const BlockId replaced = world_.chunks.block(place.map, place.at, place.layer);
  if (!world_.chunks.write(place, block)) return false;
  block_writes_.push_back(
      {.change = {.place = place, .block = block, .replaced = replaced}, .order = static_cast<std::uint32_t>(block_writes_.size())});
  return true;
}

bool ChangeLog::wrote(BlockPlace place) const {
  return std::any_of(block_writes_.begin(), block_writes_.end(), [&](const BlockWrite& write) { return write.change.place == place; });
}

EntityHandle ChangeLog::spawn(EntityId id, EntityKind kind, MapId map, const BodyState& body, Look look) {
  MRD_ASSERT(phase_ != Phase::closed);
  const EntityHandle handle = world_.entities.insert(id, kind, map, body, look);
  mark(world_.entities.row(handle)) = kBorn;
  spawns_.push_back({.id = id, .kind = kind, .map = map, .body = body, .look = look});
  return handle;
}

void ChangeLog::despawn(EntityId id) {
  MRD_ASSERT(phase_ != Phase::closed);
  const Row row = world_.entities.row(id);
  MRD_ASSERT(row != kNoRow);
  if ((mark(row) & kBorn) != 0) {
    const auto born = std::find_if(spawns_.begin(), spawns_.end(), [id](const SpawnChange& s) { return s.id == id; });
    *born = spawns_.back();
    spawns_.pop_back();
  } else {
    despawns_.push_back({.id = id});
  }
  world_.entities.remove(row);
}

StepResult ChangeLog::step_body(Row row, const Input& input) {
  MRD_ASSERT(phase_ == Phase::blocks || phase_ == Phase::steps);
  phase_ = Phase::steps;
  std::uint8_t& marked = mark(row);
  MRD_ASSERT((marked & (kOnTheRule | kLeftTheRule)) == 0);

  const MapId map = world_.entities.maps()[row];
  const BodyState before = world_.entities.body(row);
  BodyState truth = before;
  const StepResult result = meridian::step_body(truth, input, world_.chunks, world_.kinds, map);
  world_.entities.set_body(row, truth);

  const Input coast = coast_input(before);
  bool on_the_rule = input == coast;
  if (!on_the_rule && (marked & kBorn) == 0) {
    BodyState by_rule = before;
    meridian::step_body(by_rule, coast, world_.chunks, world_.kinds, map);
    on_the_rule = by_rule == truth;
  }
  marked |= on_the_rule ? kOnTheRule : kLeftTheRule;
  return result;
}

void ChangeLog::push(Row row, std::uint8_t heading) {
  MRD_ASSERT(phase_ != Phase::closed);
  phase_ = Phase::pushes;
  BodyState body = world_.entities.body(row);
  body.heading = heading;
  body.speed = kPushSpeed_q8;
  body.push_ticks = kPushTicks;
  world_.entities.set_body(row, body);
  mark(row) |= kLeftTheRule;
}

TickChanges ChangeLog::finish() {
  MRD_ASSERT(phase_ != Phase::closed);
  phase_ = Phase::closed;
  settle_blocks();
  settle_motion();
  for (SpawnChange& spawn : spawns_) spawn.body = world_.entities.body(world_.entities.row(spawn.id));
  return {.tick = tick_, .blocks = blocks_, .spawns = spawns_, .despawns = despawns_, .motion = motion_};
}

void ChangeLog::settle_blocks() {
  std::sort(block_writes_.begin(), block_writes_.end(), [](const BlockWrite& a, const BlockWrite& b) {
    return a.change.place != b.change.place ? a.change.place < b.change.place : a.order < b.order;
  });
  for (std::size_t first = 0, next = 0; first < block_writes_.size(); first = next) {
    const BlockChange& earliest = block_writes_[first].change;
    while (next < block_writes_.size() && block_writes_[next].change.place == earliest.place) ++next;
    const BlockId block = block_writes_[next - 1].change.block;
    if (block != earliest.replaced) blocks_.push_back({.place = earliest.place, .block = block, .replaced = earliest.replaced});
  }
}

void ChangeLog::settle_motion() {
  const Entities& entities = world_.entities;
  for (Row row = 0; row < entities.size(); ++row) {
    const std::uint8_t marked = mark(row);
    if (marked == kOnTheRule || (marked & kBorn) != 0) continue;
    const BodyState truth = entities.body(row);
    if (marked == kUntouched) {
      BodyState by_rule = truth;
      meridian::step_body(by_rule, coast_input(truth), world_.chunks, world_.kinds, entities.maps()[row]);
      if (by_rule == truth) continue;
    }
    motion_.push_back({.id = entities.ids()[row], .body = truth});
  }
}

std::uint8_t& ChangeLog::mark(Row row) {
  const std::uint32_t slot = world_.entities.slot_of(row);
  if (slot >= marks_.size()) marks_.resize(slot + 1, kUntouched);
  return marks_[slot];
}

}  // namespace meridian
