#include "world/chunk/block_kinds.hpp"

#include <iterator>
#include <utility>

#include "base/assert.hpp"
#include "base/bytes.hpp"
#include "base/siphash.hpp"

namespace meridian {
namespace {

constexpr std::size_t kMaxKinds = 65'535;  // ids are 16 bits and 0 is air

BlockKind air() {
  BlockKind kind;
  kind.name = "air";
  kind.walkable = false;  // air in FLOOR is void
  kind.glyph = U' ';
  return kind;
}

std::uint64_t hash_of_rules(const std::vector<BlockKind>& kinds) {
  std::vector<std::uint8_t> bytes;
  for (const BlockKind& kind : kinds) {
    bytes.insert(bytes.end(), kind.name.begin(), kind.name.end());
    bytes.push_back(0);  // no name contains it, so no two lists run into the same bytes
    bytes.push_back(static_cast<std::uint8_t>(kind.layer));
    bytes.push_back(
        static_cast<std::uint8_t>((kind.solid ? 1 : 0) | (kind.walkable ? 2 : 0) | (kind.placeable ? 4 : 0) | (kind.breakable ? 8 : 0)));
    bytes.push_back(kind.speed_percent);
  }
  return siphash24(bytes);
}

}  // namespace

BlockKinds::BlockKinds(std::vector<BlockKind> kinds) {
  MRD_ASSERT(kinds.size() <= kMaxKinds);
  kinds_.reserve(kinds.size() + 1);
  kinds_.push_back(air());
  kinds_.insert(kinds_.end(), std::make_move_iterator(kinds.begin()), std::make_move_iterator(kinds.end()));
  for (const BlockKind& kind : kinds_) {
    flags_.push_back(static_cast<std::uint8_t>((kind.solid ? 1 : 0) | (kind.walkable ? 2 : 0)));
    speed_percent_.push_back(kind.speed_percent);
  }
  rules_hash_ = hash_of_rules(kinds_);
}

std::optional<BlockId> BlockKinds::find(std::string_view name) const {
  for (std::size_t id = 0; id < kinds_.size(); ++id) {
    if (kinds_[id].name == name) return BlockId{static_cast<std::uint16_t>(id)};
  }
  return std::nullopt;
}

}  // namespace meridian
