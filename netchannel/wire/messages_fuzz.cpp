// The boundary: a sealed peer's messages on lanes 2, 4, 5 and 7. The first byte chooses the reader, the rest is the message.
// What is accepted must survive being written and read again, byte for byte (zstd frames: cell for cell).
#include <algorithm>

#include "base/assert.hpp"
#include "netchannel/wire/messages.hpp"

using namespace meridian;

namespace {

void written_again_is_equal(Bytes message, Bytes again) { MRD_ASSERT(std::ranges::equal(message, again)); }

void chunk(Bytes message) {
  static ReadChunk first, second;
  if (!read_chunk(message, first)) return;
  Chunk copy;
  copy.cells = first.cells;
  MRD_ASSERT(read_chunk(write_chunk(first.head, copy), second));
  MRD_ASSERT(first.cells == second.cells && first.head.serial == second.head.serial);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const Bytes message(data + 1, size - 1);
  std::array<std::uint8_t, 1100> room;
  switch (data[0] % 6) {
    case 0: {
      if (const auto read = read_action(message)) written_again_is_equal(message, write_action(*read, room));
      break;
    }
    case 1: {
      if (const auto read = read_action_result(message)) written_again_is_equal(message, write_action_result(*read, room));
      break;
    }
    case 2: {
      if (const auto read = read_event(message)) written_again_is_equal(message, write_event(*read, room));
      break;
    }
    case 3: {
      if (const auto read = read_system_down(message)) written_again_is_equal(message, write_system_down(*read, room));
      break;
    }
    case 4: {
      if (const auto read = read_ask_chunk(message)) written_again_is_equal(message, write_ask_chunk(*read, room));
      break;
    }
    default: chunk(message);
  }
  return 0;
}
