// How it works: each read takes its fields in order, then `judge` decides: something missing = truncated, something left = trailing, a
// field outside its range = out_of_range. Writers assert what our own code owes; readers never assert. Chunks (zstd) are in
// chunk_message.cpp.
#include "netchannel/wire/messages.hpp"

#include <string_view>

#include "base/assert.hpp"
#include "base/bits.hpp"
#include "netchannel/wire/showable_text.hpp"

namespace meridian {
namespace {

enum class ActionType : std::uint8_t { place = 1, break_block = 2 };
enum class EventType : std::uint8_t { delta = 1, forget = 2, push = 3 };
enum class SystemType : std::uint8_t { info = 1, notice = 2 };
constexpr std::uint8_t kActionResultType = 1, kAskChunkType = 1;  // the only ones of their lane and direction

constexpr unsigned kCellBits = 10, kLayerBits = 2, kBlockBits = 16;
constexpr std::size_t kMaxNoticeBytes = 200;  // a line or two of text
constexpr std::uint16_t kMaxTickHz = 120;     // ticks of less than 8 ms are no game's

template <typename T, typename Variant>
std::expected<Variant, WireError> judge(const ByteReader& in, bool in_range, T&& message) {
  if (in.failed()) return std::unexpected(WireError::truncated);
  if (in.left() != 0) return std::unexpected(WireError::trailing);
  if (!in_range) return std::unexpected(WireError::out_of_range);
  return Variant(std::forward<T>(message));
}

Bytes finish(const ByteWriter& out) {
  MRD_ASSERT(!out.full());
  return out.written();
}

std::int32_t i32(ByteReader& in) { return static_cast<std::int32_t>(in.u32()); }
void put_i32(ByteWriter& out, std::int32_t value) { out.u32(static_cast<std::uint32_t>(value)); }

void put_place(ByteWriter& out, const BlockPlace& place) {
  out.u16(place.map.value);
  put_i32(out, place.at.x);
  put_i32(out, place.at.y);
  out.u8(static_cast<std::uint8_t>(place.layer));
}
// The layer comes back unchecked: in_range() judges it with the rest.
BlockPlace get_place(ByteReader& in) {
  BlockPlace place;
  place.map.value = in.u16();
  place.at.x = i32(in);
  place.at.y = i32(in);
  place.layer = static_cast<Layer>(in.u8());
  return place;
}
bool in_range(const BlockPlace& place) {
  const auto block_ok = [](std::int32_t at) { return at >= -kMaxBlockCoord && at < kMaxBlockCoord; };
  return block_ok(place.at.x) && block_ok(place.at.y) && static_cast<std::uint8_t>(place.layer) < kLayers;
}
bool chunk_in_range(std::int32_t x, std::int32_t y) {
  const auto chunk_ok = [](std::int32_t at) { return at >= -kMaxChunkCoord && at < kMaxChunkCoord; };
  return chunk_ok(x) && chunk_ok(y);
}

template <typename... Cases>
struct Overload : Cases... {
  using Cases::operator()...;
};

}  // namespace

// ---- lane 2

Bytes write_action(const Action& message, MutableBytes room) {
  ByteWriter out(room);
  std::visit(Overload{[&](const PlaceBlock& m) {
                        MRD_ASSERT(m.id != 0 && in_range(m.place));
                        out.u8(static_cast<std::uint8_t>(ActionType::place));
                        out.u16(m.id);
                        put_place(out, m.place);
                        out.u16(m.block.value);
                      },
                      [&](const BreakBlock& m) {
                        MRD_ASSERT(m.id != 0 && in_range(m.place));
                        out.u8(static_cast<std::uint8_t>(ActionType::break_block));
                        out.u16(m.id);
                        put_place(out, m.place);
                      }},
             message);
  return finish(out);
}

std::expected<Action, WireError> read_action(Bytes bytes) {
  ByteReader in(bytes);
  const auto type = static_cast<ActionType>(in.u8());
  if (in.failed()) return std::unexpected(WireError::truncated);
  if (type != ActionType::place && type != ActionType::break_block) return std::unexpected(WireError::out_of_range);
  const std::uint16_t id = in.u16();
  const BlockPlace place = get_place(in);
  const bool good = id != 0 && in_range(place);
  if (type == ActionType::break_block) return judge<BreakBlock, Action>(in, good, {id, place});
  const BlockId block{in.u16()};
  return judge<PlaceBlock, Action>(in, good, {id, place, block});
}

Bytes write_action_result(const ActionResult& message, MutableBytes room) {
  MRD_ASSERT(message.id != 0);
  ByteWriter out(room);
  out.u8(kActionResultType);
  out.u16(message.id);
  out.u8(static_cast<std::uint8_t>(message.refusal));
  return finish(out);
}

std::expected<ActionResult, WireError> read_action_result(Bytes bytes) {
  ByteReader in(bytes);
  const std::uint8_t type = in.u8();
  const std::uint16_t id = in.u16();
  const auto refusal = static_cast<Refusal>(in.u8());
  return judge<ActionResult, ActionResult>(in, type == kActionResultType && id != 0 && refusal <= kLastRefusal, {id, refusal});
}

const char* text(Refusal refusal) {
  switch (refusal) {
    case Refusal::none: return "done";
    case Refusal::out_of_reach: return "out of reach";
    case Refusal::too_fast: return "too fast";
    case Refusal::occupied: return "something stands there";
    case Refusal::nothing_there: return "nothing there to break";
    case Refusal::somebody_there: return "somebody stands there";
    case Refusal::not_allowed: return "not allowed with this block";
    case Refusal::no_such_block: return "no such block";
    case Refusal::no_such_place: return "no such place";
    case Refusal::cooling_down: return "not ready yet";
    case Refusal::nobody_in_reach: return "nobody in reach";
    case Refusal::link_dead: return "your body is not in the world";
  }
  return "refused";
}

// ---- lane 4

Bytes write_event(const Event& message, MutableBytes room) {
  ByteWriter out(room);
  std::size_t bits_bytes = 0;  // behind the byte fields
  std::visit(Overload{[&](const BlockDelta& m) {
                        MRD_ASSERT(m.n >= 1 && m.n <= kMaxDeltasPerSerial && !m.cells.empty() && m.cells.size() <= 255);
                        out.u8(static_cast<std::uint8_t>(EventType::delta));
                        out.u16(m.serial);
                        out.u8(m.n);
                        out.u8(static_cast<std::uint8_t>(m.cells.size()));
                        BitWriter bits(room.subspan(out.size()));
                        for (const BlockDelta::Cell& cell : m.cells) {
                          MRD_ASSERT(cell.cell < kCellsPerLayer && static_cast<std::uint8_t>(cell.layer) < kLayers);
                          bits.put(cell.cell, kCellBits);
                          bits.put(static_cast<std::uint8_t>(cell.layer), kLayerBits);
                          bits.put(cell.block.value, kBlockBits);
                        }
                        MRD_ASSERT(!bits.full());
                        bits_bytes = bits.size_bytes();
                      },
                      [&](const ForgetChunk& m) {
                        MRD_ASSERT(chunk_in_range(m.x, m.y));
                        out.u8(static_cast<std::uint8_t>(EventType::forget));
                        put_i32(out, m.x);
                        put_i32(out, m.y);
                        out.u16(m.serial);
                      },
                      [&](const PushResult& m) {
                        out.u8(static_cast<std::uint8_t>(EventType::push));
                        out.u16(m.tick_low);
                        out.u8(static_cast<std::uint8_t>(m.refusal));
                      }},
             message);
  return room.first(finish(out).size() + bits_bytes);
}

namespace {

std::expected<Event, WireError> read_delta(ByteReader& in) {
  BlockDelta m;
  m.serial = in.u16();
  m.n = in.u8();
  const std::size_t count = in.u8();
  const Bytes packed = in.bytes((count * (kCellBits + kLayerBits + kBlockBits) + 7) / 8);
  bool good = m.n >= 1 && m.n <= kMaxDeltasPerSerial && count >= 1;
  if (!in.failed()) {
    BitReader bits(packed);
    m.cells.resize(count);
    for (BlockDelta::Cell& cell : m.cells) {
      cell.cell = static_cast<std::uint16_t>(bits.get(kCellBits));
      cell.layer = static_cast<Layer>(bits.get(kLayerBits));
      cell.block.value = static_cast<std::uint16_t>(bits.get(kBlockBits));
      good = good && static_cast<std::uint8_t>(cell.layer) < kLayers;
    }
    good = good && bits.get(static_cast<unsigned>(bits.bits_left())) == 0;  // the last byte is filled up with zeros
  }
  return judge<BlockDelta, Event>(in, good, std::move(m));
}

}  // namespace

std::expected<Event, WireError> read_event(Bytes bytes) {
  ByteReader in(bytes);
  const auto type = static_cast<EventType>(in.u8());
  if (in.failed()) return std::unexpected(WireError::truncated);
  switch (type) {
    case EventType::delta: return read_delta(in);
    case EventType::forget: {
      ForgetChunk m{};
      m.x = i32(in);
      m.y = i32(in);
      m.serial = in.u16();
      return judge<const ForgetChunk&, Event>(in, chunk_in_range(m.x, m.y), m);
    }
    case EventType::push: {
      PushResult m{};
      m.tick_low = in.u16();
      m.refusal = static_cast<Refusal>(in.u8());
      return judge<const PushResult&, Event>(in, m.refusal <= kLastRefusal, m);
    }
  }
  return std::unexpected(WireError::out_of_range);
}

// ---- lane 7

Bytes write_system_down(const SystemDown& message, MutableBytes room) {
  ByteWriter out(room);
  std::visit(Overload{[&](const WorldInfo& m) {
                        MRD_ASSERT(m.self.bits != 0 && m.tick_hz >= 1 && m.tick_hz <= kMaxTickHz && m.view_blocks_div8 != 0);
                        out.u8(static_cast<std::uint8_t>(SystemType::info));
                        out.u64(m.self.bits);
                        out.u16(m.map.value);
                        out.u16(m.tick_hz);
                        out.u64(m.rules_hash);
                        out.u8(m.durable ? 1 : 0);
                        out.u8(m.view_blocks_div8);
                      },
                      [&](const Notice& m) {
                        MRD_ASSERT(m.kind <= 1 && m.text.size() <= kMaxNoticeBytes && showable_utf8(m.text));
                        out.u8(static_cast<std::uint8_t>(SystemType::notice));
                        out.u8(m.kind);
                        out.bytes({reinterpret_cast<const std::uint8_t*>(m.text.data()), m.text.size()});
                      }},
             message);
  return finish(out);
}

std::expected<SystemDown, WireError> read_system_down(Bytes bytes) {
  ByteReader in(bytes);
  const auto type = static_cast<SystemType>(in.u8());
  if (in.failed()) return std::unexpected(WireError::truncated);
  switch (type) {
    case SystemType::info: {
      WorldInfo m{};
      m.self.bits = in.u64();
      m.map.value = in.u16();
      m.tick_hz = in.u16();
      m.rules_hash = in.u64();
      const std::uint8_t durable = in.u8();
      m.durable = durable != 0;
      m.view_blocks_div8 = in.u8();
      const bool good = m.self.bits != 0 && m.tick_hz >= 1 && m.tick_hz <= kMaxTickHz && durable <= 1 && m.view_blocks_div8 != 0;
      return judge<const WorldInfo&, SystemDown>(in, good, m);
    }
    case SystemType::notice: {
      Notice m{};
      m.kind = in.u8();
      const Bytes text = in.rest();
      if (text.size() > kMaxNoticeBytes) return std::unexpected(WireError::out_of_range);
      m.text.assign(text.begin(), text.end());
      const bool good = m.kind <= 1 && showable_utf8(m.text);
      return judge<Notice, SystemDown>(in, good, std::move(m));
    }
  }
  return std::unexpected(WireError::out_of_range);
}

Bytes write_ask_chunk(const AskChunk& message, MutableBytes room) {
  MRD_ASSERT(chunk_in_range(message.x, message.y));
  ByteWriter out(room);
  out.u8(kAskChunkType);
  put_i32(out, message.x);
  put_i32(out, message.y);
  out.u16(message.serial);
  return finish(out);
}

std::expected<AskChunk, WireError> read_ask_chunk(Bytes bytes) {
  ByteReader in(bytes);
  const std::uint8_t type = in.u8();
  AskChunk m{};
  m.x = i32(in);
  m.y = i32(in);
  m.serial = in.u16();
  return judge<AskChunk, AskChunk>(in, type == kAskChunkType && chunk_in_range(m.x, m.y), AskChunk{m});
}

}  // namespace meridian
