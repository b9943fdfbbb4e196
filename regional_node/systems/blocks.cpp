#include "regional_node/systems/blocks.hpp"

#include <algorithm>

namespace meridian {
namespace {

bool within_reach(const BodyState& body, BlockCoord at) {
  const std::int64_t dx = std::int64_t{at.x} * kBlock_q8 + kBlock_q8 / 2 - body.x_q8;
  const std::int64_t dy = std::int64_t{at.y} * kBlock_q8 + kBlock_q8 / 2 - body.y_q8;
  constexpr std::int64_t kReach_q8 = std::int64_t{kReachBlocks} * kBlock_q8;
  return std::abs(dx) <= kReach_q8 && std::abs(dy) <= kReach_q8 && dx * dx + dy * dy <= kReach_q8 * kReach_q8;
}

// Whether this block in this layer leaves no room for a body: the two halves of the movement rule's "a cell blocks".
bool leaves_no_room(const BlockKinds& kinds, Layer layer, BlockId block) {
  return (layer == Layer::active && kinds.solid(block)) || (layer == Layer::floor && !kinds.walkable(block));
}

bool somebody_in(const World& world, const Grid& grid, BlockCoord at, std::vector<Row>& scratch) {
  scratch.clear();
  const std::int32_t x = at.x * kBlock_q8, y = at.y * kBlock_q8;
  grid.query_rect(x - kBodyHalfSide_q8, y - kBodyHalfSide_q8, x + kBlock_q8 + kBodyHalfSide_q8, y + kBlock_q8 + kBodyHalfSide_q8, scratch);
  return std::ranges::any_of(scratch, [&](Row row) { return body_touches(world.entities.body(row), at); });
}

struct Wish {
  BlockPlace place;
  BlockId block;  // kAir = break
  bool is_place = false;
};

Wish wish_of(const Action& action) {
  if (const auto* place = std::get_if<PlaceBlock>(&action)) return {place->place, place->block, true};
  return {std::get<BreakBlock>(action).place, kAir, false};
}

std::uint16_t id_of(const Action& action) {
  return std::visit([](const auto& a) { return a.id; }, action);
}

Refusal why_not_kind(const BlockKinds& kinds, const Wish& wish, BlockId present) {
  if (wish.is_place) {
    if (!kinds.known(wish.block) || wish.block == kAir) return Refusal::no_such_block;
    const BlockKind& kind = kinds.of(wish.block);
    if (!kind.placeable || kind.layer != wish.place.layer) return Refusal::not_allowed;
    return present == kAir ? Refusal::none : Refusal::occupied;
  }
  if (present == kAir) return Refusal::nothing_there;
  return kinds.of(present).breakable ? Refusal::none : Refusal::not_allowed;
}

}  // namespace

Refusal why_not(const World& world, const Grid& grid, MapId map, EntityHandle body, const Action& action, std::vector<Row>& scratch) {
  const Row row = world.entities.row(body);
  if (row == kNoRow) return Refusal::link_dead;
  const Wish wish = wish_of(action);
  const Chunk* chunk = wish.place.map == map ? world.chunks.find(chunk_of(map, wish.place.at)) : nullptr;
  if (!chunk) return Refusal::no_such_place;
  if (!within_reach(world.entities.body(row), wish.place.at)) return Refusal::out_of_reach;
  const BlockId present = chunk->at(wish.place.layer, cell_of(wish.place.at));
  if (const Refusal refusal = why_not_kind(world.kinds, wish, present); refusal != Refusal::none) return refusal;
  if (leaves_no_room(world.kinds, wish.place.layer, wish.block) && somebody_in(world, grid, wish.place.at, scratch))
    return Refusal::somebody_there;
  return Refusal::none;
}

void run_block_intents(std::span<const BlockIntent> intents, const Grid& grid, MapId map, ChangeLog& log, std::vector<BlockOutcome>& out,
                       std::vector<Row>& scratch) {
  for (const BlockIntent& intent : intents) {
    Refusal refusal = Refusal::too_fast;
    if (intent.rate->take()) refusal = why_not(log.world(), grid, map, intent.body, intent.action, scratch);
    const Wish wish = wish_of(intent.action);
    // One write of a place a tick, all judged by how the tick found it: two that undo each other would leave no change to tell, and whoever
    // was told "done" first would be wrong about it for ever.
    if (refusal == Refusal::none && log.wrote(wish.place)) refusal = wish.is_place ? Refusal::occupied : Refusal::nothing_there;
    if (refusal == Refusal::none) log.write_block(wish.place, wish.block);
    out.push_back({intent.player, {id_of(intent.action), refusal}});
  }
}

}  // namespace meridian
