// What `meridian play` shows, put together from what the client knows. Pure: the same knowledge gives the same picture.
//
//   the map, two columns a block, the player in its middle; over its lowest rows what is wrong with the link, and a notice
//   the blocks that can be placed, by number, and what stands in the faced cell
//   round trip, corrections, verdict, link, what was refused last
#pragma once

#include <span>
#include <string>
#include <vector>

#include "cli/play/screen.hpp"
#include "netchannel/client/client.hpp"

namespace meridian {

struct PlayView {
  const Chunks* chunks = nullptr;
  const BlockKinds* kinds = nullptr;
  const SelfView* self = nullptr;  // nullptr: not in the world yet; then the messages alone are shown
  std::span<const EntityView> others;
  std::span<const BlockPlace> pending;  // own edits that the node has not answered: drawn faint
  std::span<const BlockId> placeable;   // of kinds; the first nine have keys
  std::size_t chosen = 0;
  ClientStats stats;
  std::string link, notice;  // "" = none
  std::string last_refusal;  // "" = none yet
};

void draw_play(const PlayView& view, Canvas& canvas);

// The cell that a player works on: the first one ahead that his own body does not touch. Ahead is the nearest of east, south, west, north.
BlockCoord faced_cell(const BodyState& body);
// What may be placed, in the order of the content.
std::vector<BlockId> placeable_kinds(const BlockKinds& kinds);

}  // namespace meridian
