// Content is written by hand and by tools, and clients read the file of whoever runs the server. Whatever bytes come, reading ends with
// kinds that the rules can use or with located errors.
#include <string_view>

#include "base/assert.hpp"
#include "regional_node/content/blocks_content.hpp"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  using namespace meridian;
  const auto kinds = read_blocks(std::string_view(reinterpret_cast<const char*>(data), size), "fuzz.yaml");
  if (!kinds) {
    MRD_ASSERT(!kinds.error().empty());
    for (const ConfigError& error : kinds.error()) MRD_ASSERT(error.line >= 1 && error.column >= 1 && !error.what.empty());
    return 0;
  }
  for (std::size_t id = 0; id < kinds->size(); ++id) {
    const BlockKind& kind = kinds->of(BlockId{static_cast<std::uint16_t>(id)});
    MRD_ASSERT(kind.speed_percent >= 1 && kind.speed_percent <= 200);
    MRD_ASSERT(kinds->find(kind.name) == BlockId{static_cast<std::uint16_t>(id)});
    MRD_ASSERT(!kind.solid || kind.layer == Layer::active);
  }
  (void)generator_kinds(*kinds);
  return 0;
}
