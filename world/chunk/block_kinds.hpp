// What a block id means. Filled from config/content/blocks.yaml by regional_node/content; the world only reads it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "world/chunk/coords.hpp"

namespace meridian {

struct BlockId {
  std::uint16_t value = 0;  // 0 = air in ACTIVE and CEILING, void (not walkable) in FLOOR
  friend auto operator<=>(const BlockId&, const BlockId&) = default;
};
inline constexpr BlockId kAir{0};

struct Rgb {
  std::uint8_t r = 0, g = 0, b = 0;
  friend auto operator<=>(const Rgb&, const Rgb&) = default;
};

struct BlockKind {
  std::string name;                  // "oak_tree"; [a-z0-9_], unique
  Layer layer = Layer::active;       // the layer where it may stand
  bool solid = false;                // ACTIVE: stops bodies
  bool walkable = true;              // FLOOR: bodies may stand on it
  std::uint8_t speed_percent = 100;  // FLOOR: per cent of walking speed, 1-200
  bool placeable = false;            // players may place it
  bool breakable = false;            // players may break it
  char32_t glyph = U'?';             // look on a text map
  Rgb color;                         // of the glyph
  Rgb background;                    // FLOOR: of the cell
  friend bool operator==(const BlockKind&, const BlockKind&) = default;
};

class BlockKinds {
 public:
  // Kind 0 ("air") is always there. At most 65,535 kinds; ids are the order of `kinds`, from 1.
  explicit BlockKinds(std::vector<BlockKind> kinds = {});

  std::size_t size() const { return kinds_.size(); }
  bool known(BlockId id) const { return id.value < kinds_.size(); }
  // id must be known().
  const BlockKind& of(BlockId id) const { return kinds_[id.value]; }
  std::optional<BlockId> find(std::string_view name) const;
  // What the movement rule reads. These three answer for any id: an unknown one (a peer with other content) is solid, void and of full
  // speed.
  bool solid(BlockId id) const { return !known(id) || (flags_[id.value] & 1) != 0; }
  bool walkable(BlockId id) const { return known(id) && (flags_[id.value] & 2) != 0; }
  std::uint8_t speed_percent(BlockId id) const { return known(id) ? speed_percent_[id.value] : 100; }
  // Equal for equal rules: SipHash-2-4 over names, layers, flags and speeds (not looks). Client and node compare it on entering.
  std::uint64_t rules_hash() const { return rules_hash_; }

 private:
  std::vector<BlockKind> kinds_;
  std::vector<std::uint8_t> flags_;          // bit 0 solid, bit 1 walkable: what the movement rule reads, densely
  std::vector<std::uint8_t> speed_percent_;  // by id
  std::uint64_t rules_hash_ = 0;
};

}  // namespace meridian
