// How it works: parse() reads the whole packet into fixed scratch and judges every field, also against what is known; only then apply()
// changes anything.
//
// Packets come in any order. A slot holds one stay after another, and every packet that speaks of a stay is older than every packet that
// speaks of the next one (viewer_slots.hpp). A plain record is only sent after a packet with the stay's identity was acked, so the identity
// was read here before. So a packet's tick decides what it may say about a slot:
//   - not newer than the newest leave read: it speaks of a stay that is over; skipped.
//   - the present stay's generation (and id): it speaks of the present stay; the newest tick's place and look win.
//   - another one: older than the newest word of the present stay, it is over; newer, a new stay begins, which takes an identity.
//   - a leave newer than the newest word of the present stay ends it; an older one ended an earlier stay.
#include <array>
#include <optional>

#include "base/assert.hpp"
#include "netchannel/snapshot/snapshot_form1.hpp"

namespace meridian {
namespace {

struct Known {
  bool here = false;
  EntityId id;
  EntityKind kind = EntityKind::player;
  Look look;
  std::uint8_t generation = 0;
  Tick place_tick, identity_tick;  // the newest read
  std::optional<Tick> closed;      // the newest leave read of this slot
};

struct Record {
  std::uint8_t slot = 0, generation = 0;
  bool identity = false;
  EntityId id;
  EntityKind kind = EntityKind::player;
  Look look;
  std::int32_t x_q8 = 0, y_q8 = 0;
  std::uint8_t heading = 0, speed = 0;
};

struct Parsed {
  SnapshotHead head;
  Tick tick;
  std::array<std::uint8_t, kMaxSlots> leaves;
  std::array<Record, kMaxSlots> records;
  std::size_t leave_count = 0, record_count = 0;
};

bool after(Tick a, Tick b) { return a - b > 0; }

std::optional<WireError> read_head(BitReader& in, Tick near, Parsed& out) {
  out.head.tick_low = static_cast<std::uint16_t>(in.get(form1::kTickBits));
  out.tick = nearest_tick(near, out.head.tick_low);
  out.head.own_match = in.get_bool();
  const bool own_full = in.get_bool();
  if (in.get(form1::kReservedFlagBits) != 0) return WireError::out_of_range;
  out.head.input_age = static_cast<std::uint8_t>(in.get(form1::kAgeBits));
  out.head.cause_age = static_cast<std::uint8_t>(in.get(form1::kAgeBits));
  out.head.margin_sixteenths = static_cast<std::int8_t>(in.get_signed(form1::kMarginBits));
  if (!own_full) return std::nullopt;
  OwnStateBytes own;
  for (std::uint8_t& byte : own) byte = static_cast<std::uint8_t>(in.get(8));
  BodyState body;
  if (!unpack_own_state(own, body)) return WireError::out_of_range;
  out.head.own_full = body;
  return std::nullopt;
}

std::optional<WireError> read_leaves(BitReader& in, Parsed& out) {
  unsigned next_slot = 0;
  for (unsigned count = form1::kLeavesInGroup; count == form1::kLeavesInGroup;) {
    count = static_cast<unsigned>(in.get(form1::kLeaveCountBits));
    for (unsigned i = 0; i < count; ++i) {
      const auto slot = static_cast<unsigned>(in.get(form1::kLeaveSlotBits));
      if (in.failed()) return WireError::truncated;
      if (slot < next_slot || slot >= kMaxSlots) return WireError::out_of_range;
      out.leaves[out.leave_count++] = static_cast<std::uint8_t>(slot);
      next_slot = slot + 1;
    }
  }
  return std::nullopt;
}

std::optional<WireError> read_records(BitReader& in, Parsed& out) {
  const auto anchor_x = static_cast<std::int32_t>(in.get_signed(form1::kPlaceBits));
  const auto anchor_y = static_cast<std::int32_t>(in.get_signed(form1::kPlaceBits));
  const auto width = static_cast<unsigned>(in.get(form1::kWidthBits));
  if (width > form1::kPlaceBits) return WireError::out_of_range;
  unsigned next_slot = 0;
  while (in.bits_left() > 7 && !in.failed()) {
    const unsigned slot = next_slot + form1::get_gap(in);
    if (slot >= kMaxSlots) return WireError::out_of_range;
    next_slot = slot + 1;
    Record& record = out.records[out.record_count++];
    record = {};
    record.slot = static_cast<std::uint8_t>(slot);
    record.identity = in.get_bool();
    record.generation = static_cast<std::uint8_t>(in.get(form1::kGenerationBits));
    if (record.identity) {
      record.id.bits = in.get(form1::kIdBits);
      record.kind = static_cast<EntityKind>(in.get(form1::kKindBits));
      record.look.appearance = static_cast<std::uint16_t>(in.get(form1::kAppearanceBits));
      if (record.id.bits == 0 || record.kind < EntityKind::player || record.kind > EntityKind::item) return WireError::out_of_range;
    }
    const std::int64_t x = anchor_x + static_cast<std::int64_t>(in.get(width)), y = anchor_y + static_cast<std::int64_t>(in.get(width));
    if (x > form1::kMaxPlace || y > form1::kMaxPlace) return WireError::out_of_range;
    record.x_q8 = form1::from_grid(static_cast<std::int32_t>(x));
    record.y_q8 = form1::from_grid(static_cast<std::int32_t>(y));
    record.heading = form1::get_heading(in);
    record.speed = form1::get_speed(in);
  }
  if (out.record_count == 0) return WireError::malformed;  // an anchor for nothing
  return std::nullopt;
}

std::optional<WireError> parse(Bytes bytes, Tick near, Parsed& out) {
  BitReader in(bytes);
  auto error = read_head(in, near, out);
  if (!error) error = read_leaves(in, out);
  if (!error && !in.failed() && in.bits_left() > 7) error = read_records(in, out);
  if (in.failed()) return WireError::truncated;  // what looked out of range then is what a reader past its end returns
  if (error) return error;
  if (in.get(static_cast<unsigned>(in.bits_left())) != 0) return WireError::out_of_range;  // fill bits are zero
  return std::nullopt;
}

}  // namespace

struct SnapshotDecoder::State {
  std::array<Known, kMaxSlots> slots{};
  Parsed parsed;

  enum class Meaning { over, present, enters };
  Meaning meaning(const Record& record) const;
  std::optional<WireError> judge() const;
  void leave(std::uint8_t slot, SnapshotUpdate& out);
  void say(const Record& record, SnapshotUpdate& out);
};

// Which stay a record speaks of: one that is over, the present one, or one that begins with it.
SnapshotDecoder::State::Meaning SnapshotDecoder::State::meaning(const Record& record) const {
  const Known& slot = slots[record.slot];
  const Tick tick = parsed.tick;
  if (slot.closed && !after(tick, *slot.closed)) return Meaning::over;
  if (!slot.here) return Meaning::enters;
  const bool same = record.generation == slot.generation && (!record.identity || record.id == slot.id);
  if (same) return Meaning::present;
  return after(tick, slot.place_tick) ? Meaning::enters : Meaning::over;
}

// What the fields alone cannot show: slots that nobody introduced, one entity in two slots, a slot that leaves and speaks in one packet.
std::optional<WireError> SnapshotDecoder::State::judge() const {
  std::uint64_t leaving = 0;
  for (std::size_t i = 0; i < parsed.leave_count; ++i) leaving |= std::uint64_t{1} << parsed.leaves[i];
  for (std::size_t i = 0; i < parsed.record_count; ++i) {
    const Record& record = parsed.records[i];
    if ((leaving >> record.slot & 1) != 0) return WireError::malformed;
    if (meaning(record) != Meaning::enters) continue;
    if (!record.identity) return WireError::malformed;
    for (std::size_t other = 0; other < kMaxSlots; ++other) {
      if (other == record.slot || !slots[other].here || slots[other].id != record.id) continue;
      const bool goes = (leaving >> other & 1) != 0 && after(parsed.tick, slots[other].place_tick);
      if (!goes) return WireError::malformed;
    }
    for (std::size_t j = 0; j < i; ++j) {
      if (parsed.records[j].identity && parsed.records[j].id == record.id) return WireError::malformed;
    }
  }
  return std::nullopt;
}

void SnapshotDecoder::State::leave(std::uint8_t index, SnapshotUpdate& out) {
  Known& slot = slots[index];
  if (!slot.closed || after(parsed.tick, *slot.closed)) slot.closed = parsed.tick;
  if (!slot.here || !after(parsed.tick, slot.place_tick)) return;
  slot.here = false;
  out.left.push_back(slot.id);
}

void SnapshotDecoder::State::say(const Record& record, SnapshotUpdate& out) {
  const Meaning stay = meaning(record);
  if (stay == Meaning::over) return;
  Known& slot = slots[record.slot];
  const Tick tick = parsed.tick;
  const bool entered = stay == Meaning::enters && !(slot.here && slot.id == record.id);
  if (stay == Meaning::enters) {
    if (slot.here && entered) out.left.push_back(slot.id);
    slot = {.here = true,
            .id = record.id,
            .kind = record.kind,
            .look = record.look,
            .generation = record.generation,
            .place_tick = tick,
            .identity_tick = tick,
            .closed = slot.closed};
  } else {
    if (record.identity && after(tick, slot.identity_tick)) {
      slot.identity_tick = tick;
      slot.kind = record.kind;
      slot.look = record.look;
    }
    if (!after(tick, slot.place_tick)) return;  // nothing newer than what is known
    slot.place_tick = tick;
  }
  out.entities.push_back({.id = slot.id,
                          .kind = slot.kind,
                          .look = slot.look,
                          .entered = entered,
                          .x_q8 = record.x_q8,
                          .y_q8 = record.y_q8,
                          .heading = record.heading,
                          .speed = record.speed});
}

SnapshotDecoder::SnapshotDecoder() : state_(std::make_unique<State>()) {}
SnapshotDecoder::~SnapshotDecoder() = default;

std::expected<void, WireError> SnapshotDecoder::read(Bytes bytes, Tick near, SnapshotUpdate& out) {
  Parsed& parsed = state_->parsed;
  parsed.head = {};
  parsed.leave_count = parsed.record_count = 0;
  if (bytes.size() > kMaxSnapshotBytes) return std::unexpected(WireError::out_of_range);
  if (const auto error = parse(bytes, near, parsed)) return std::unexpected(*error);
  if (const auto error = state_->judge()) return std::unexpected(*error);

  out.head = parsed.head;
  out.tick = parsed.tick;
  out.entities.clear();
  out.left.clear();
  for (std::size_t i = 0; i < parsed.leave_count; ++i) state_->leave(parsed.leaves[i], out);
  for (std::size_t i = 0; i < parsed.record_count; ++i) state_->say(parsed.records[i], out);
  return {};
}

}  // namespace meridian
