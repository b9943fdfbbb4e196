// The messages inside lanes 0, 2, 4, 5 and 7: one struct, one write, one read each; drawn in docs/protocol.md. Little-endian; first byte =
// type. A read takes exactly the whole message: trailing bytes are refused. Lane 0 is `input_packet.hpp`, lane 1
// `snapshot/snapshot_codec.hpp`.
#pragma once

#include <array>
#include <cstdint>
#include <expected>
#include <string>
#include <variant>
#include <vector>

#include "base/bytes.hpp"
#include "base/ids.hpp"
#include "netchannel/wire/wire_error.hpp"
#include "world/chunk/chunks.hpp"
#include "world/chunk/coords.hpp"

namespace meridian {

// Coordinates on the wire: bodies are at i32 of 1/256 block, so the world ends at +-2^23 blocks. A reader refuses what lies outside, and
// arithmetic behind it (block x 256, chunk x 32) cannot overflow.
inline constexpr std::int32_t kMaxBlockCoord = 1 << 23;
inline constexpr std::int32_t kMaxChunkCoord = kMaxBlockCoord / kChunkBlocks;
inline constexpr std::uint8_t kMaxDeltasPerSerial = 64;  // then a new full chunk: the client keeps at most so many waiting

// ---- lane 2 up: what a player asks for; id counts up from 1 per session (u16, 65,535 is followed by 1; 0 is refused)
struct PlaceBlock {
  std::uint16_t id;
  BlockPlace place;  // map u16, x i32, y i32, layer u8
  BlockId block;
};
struct BreakBlock {
  std::uint16_t id;
  BlockPlace place;
};
using Action = std::variant<PlaceBlock, BreakBlock>;  // type bytes 1, 2

// ---- lane 2 down: the answer, in the order of the asking
enum class Refusal : std::uint8_t {
  none = 0,            // done (not durable: nothing is until storage comes)
  out_of_reach = 1,    // more than kReach away
  too_fast = 2,        // more than the rate allows
  occupied = 3,        // something stands there already
  nothing_there = 4,   // nothing to break
  somebody_there = 5,  // a body would be inside the block
  not_allowed = 6,     // this kind may not be placed or broken
  no_such_block = 7,
  no_such_place = 8,
  cooling_down = 9,  // push: too soon after the last
  nobody_in_reach = 10,
  link_dead = 11,  // your body is not in the world
};
inline constexpr Refusal kLastRefusal = Refusal::link_dead;  // greater numbers are refused
const char* text(Refusal refusal);                           // for the player: "out of reach"
struct ActionResult {                                        // type 1
  std::uint16_t id;
  Refusal refusal;
};

// ---- lane 4 down
struct BlockDelta {  // type 1: the n-th since the full chunk `serial`; valid only on n - 1
  std::uint16_t serial;
  std::uint8_t n;  // 1-64
  struct Cell {
    std::uint16_t cell;  // 10 bits
    Layer layer;         // 2 bits; 10 + 2 + 16 bits packed with base/bits.hpp
    BlockId block;
  };
  std::vector<Cell> cells;  // 1-255
};
struct ForgetChunk {  // type 2: drops every serial of x, y up to this one
  std::int32_t x, y;
  std::uint16_t serial;
};
struct PushResult {  // type 3: what became of the push pressed in this tick
  std::uint16_t tick_low;
  Refusal refusal;  // none = somebody was pushed
};
using Event = std::variant<BlockDelta, ForgetChunk, PushResult>;

// ---- lane 5 down: a chunk whole (type 1). `blocks` = 6,144 bytes (3 layers x 1,024 cells x u16) zstd-compressed without dictionary
struct ChunkHead {  // x, y in chunks; followed by the compressed bytes
  std::int32_t x, y;
  std::uint16_t serial;
};

// ---- lane 7 down
struct WorldInfo {  // type 1: first message of a session
  EntityId self;
  MapId map;
  std::uint16_t tick_hz;          // 1-120
  std::uint64_t rules_hash;       // BlockKinds::rules_hash: unequal = the client says so and leaves
  bool durable;                   // false until storage comes: a restart begins from the seed
  std::uint8_t view_blocks_div8;  // radius within which chunks are held, in 8 blocks; not 0
};
struct Notice {       // type 2: plain UTF-8 without control characters, shown to the player, <= 200 B
  std::uint8_t kind;  // 0 info, 1 the node stops
  std::string text;
};
using SystemDown = std::variant<WorldInfo, Notice>;
// ---- lane 7 up
struct AskChunk {  // type 1: a delta was missing for 1 s
  std::int32_t x, y;
  std::uint16_t serial;
};

// Each writes into `room` and returns the bytes written; room of 1,100 B always suffices for BlockDelta of 255 cells and less for the
// others.
Bytes write_action(const Action& message, MutableBytes room);
std::expected<Action, WireError> read_action(Bytes bytes);
Bytes write_action_result(const ActionResult& message, MutableBytes room);
std::expected<ActionResult, WireError> read_action_result(Bytes bytes);
Bytes write_event(const Event& message, MutableBytes room);
std::expected<Event, WireError> read_event(Bytes bytes);
Bytes write_system_down(const SystemDown& message, MutableBytes room);
std::expected<SystemDown, WireError> read_system_down(Bytes bytes);
Bytes write_ask_chunk(const AskChunk& message, MutableBytes room);
std::expected<AskChunk, WireError> read_ask_chunk(Bytes bytes);
// Whole chunk messages; `read` decompresses into `cells` (layer-major), refusing any size but 6,144 B before anything is allocated.
std::vector<std::uint8_t> write_chunk(const ChunkHead& head, const Chunk& chunk);
// Another session's serial into such a message: a chunk is compressed once a revision, whoever it goes to.
void set_chunk_serial(MutableBytes message, std::uint16_t serial);
struct ReadChunk {
  ChunkHead head;
  std::array<std::array<BlockId, kCellsPerLayer>, kLayers> cells;
};
std::expected<void, WireError> read_chunk(Bytes bytes, ReadChunk& out);

}  // namespace meridian
