// The snapshot codec, form 1: CPU and bytes an entity, 9 to 64 in view, everybody walking at 6 blocks/s within 64 blocks, acks three ticks
// late. Beside it the barest thing that says the same: the slots kept by hand, and 6 B an entity copied (x, y u16 in 1/16 block, heading,
// speed).
//
// What would make the figure a lie, and what is done about it:
//   - entities that stand: they cost nothing once acked. Here all move every tick, a third turns every tick (a mouse), the others keep one
//   of 8 directions.
//   - one viewer whose slots stay in the first-level cache: 256 viewers, 2 MB of state, take turns.
//   - nobody coming or going: one in 200 entity-ticks is replaced, so identities and leaves are in the bytes (about 0.3 a packet at 64).
//   - a list whose order never changes: it is sorted by distance anew each tick, as the node's is. Moving and sorting are not counted.
//   - packets that nobody could read: before any time counts every packet of a run is decoded and compared with what was to be said.
// The baseline has no leaves, identities, loss or priorities: it is the floor of touching the entities, not a rival.
#include <algorithm>
#include <fmt/format.h>

#include "base/chance.hpp"
#include "bench/benches.hpp"
#include "netchannel/snapshot/snapshot_codec.hpp"
#include "world/motion/movement.hpp"

namespace meridian {
namespace {

constexpr std::size_t kViewers = 256;
constexpr std::int32_t kRadius_q8 = 64 * kBlock_q8;
constexpr std::uint8_t kSpeed_q8 = 77;
constexpr std::uint32_t kAckTicks = 3;

struct Viewer {
  SnapshotEncoder encoder = {};
  std::vector<VisibleEntity> nearest = {};  // around (0, 0)
};

// What one mouse or keyboard does in a tick; who walks out is replaced by somebody new.
class Views {
 public:
  explicit Views(std::size_t in_view) : chance_(in_view), viewers_(kViewers) {
    for (Viewer& viewer : viewers_) {
      for (std::size_t i = 0; i < in_view; ++i) viewer.nearest.push_back(stranger());
    }
    walk();
  }
  std::vector<Viewer>& viewers() { return viewers_; }
  Tick tick() const { return tick_; }
  std::uint32_t packet() const { return static_cast<std::uint32_t>(tick_.value); }

  void walk() {
    ++tick_;
    for (Viewer& viewer : viewers_) {
      for (VisibleEntity& e : viewer.nearest) {
        if (e.id.bits % 3 == 0) e.heading = static_cast<std::uint8_t>(e.heading + chance_.below(9) - 4);
        const Direction d = kDirections[e.heading];
        e.x_q8 += (d.x * kSpeed_q8 + (1 << 13)) >> 14;
        e.y_q8 += (d.y * kSpeed_q8 + (1 << 13)) >> 14;
        if (chance_.below(200) == 0 || distance2(e) > std::int64_t{kRadius_q8} * kRadius_q8) e = stranger();
      }
      std::ranges::sort(viewer.nearest, {}, distance2);
    }
  }

 private:
  static std::int64_t distance2(const VisibleEntity& e) { return std::int64_t{e.x_q8} * e.x_q8 + std::int64_t{e.y_q8} * e.y_q8; }
  VisibleEntity stranger() {
    VisibleEntity e{.id = EntityId::make(NodeId{1}, ++last_id_), .look = {static_cast<std::uint16_t>(last_id_)}, .speed = kSpeed_q8};
    e.heading = static_cast<std::uint8_t>(chance_.below(8) * 32);
    do {
      e.x_q8 = static_cast<std::int32_t>(chance_.below(2 * kRadius_q8)) - kRadius_q8;
      e.y_q8 = static_cast<std::int32_t>(chance_.below(2 * kRadius_q8)) - kRadius_q8;
    } while (distance2(e) > std::int64_t{kRadius_q8} * kRadius_q8);
    return e;
  }

  SeededChance chance_;
  std::uint64_t last_id_ = 0;
  Tick tick_{0};
  std::vector<Viewer> viewers_;
};

std::size_t encode(Views& views, Viewer& viewer, MutableBytes room) {
  const std::size_t size =
      viewer.encoder.encode(views.packet(), views.tick(), {.own_match = true, .margin_sixteenths = 8}, viewer.nearest, room);
  if (views.packet() > kAckTicks) viewer.encoder.fate(views.packet() - kAckTicks, true);
  return size;
}

// The baseline: 6 B each behind a head of 6 B.
struct FixedRecord {
  std::uint16_t x, y;
  std::uint8_t heading, speed;
};
std::size_t copy_fixed(const Viewer& viewer, MutableBytes room) {
  std::size_t at = 6;
  for (const VisibleEntity& e : viewer.nearest) {
    const FixedRecord record{static_cast<std::uint16_t>((e.x_q8 + 8) >> 4), static_cast<std::uint16_t>((e.y_q8 + 8) >> 4), e.heading,
                             e.speed};
    static_assert(sizeof record == 6);
    std::memcpy(room.data() + at, &record, sizeof record);
    at += sizeof record;
  }
  return at;
}

// Both say the same: each place on the grid, each heading and speed, of everybody.
void check(const Bench& bench, std::size_t in_view) {
  Views views(in_view);
  std::vector<SnapshotDecoder> decoders(kViewers);
  std::array<std::uint8_t, kMaxSnapshotBytes> room, fixed;
  SnapshotUpdate update;
  for (int i = 0; i < 40; ++i, views.walk()) {
    for (std::size_t v = 0; v < kViewers; ++v) {
      Viewer& viewer = views.viewers()[v];
      const std::size_t size = encode(views, viewer, room);
      bench.must(decoders[v].read(Bytes(room).first(size), views.tick(), update).has_value(), "a packet was refused");
      copy_fixed(viewer, fixed);
      std::size_t told = 0;
      for (std::size_t e = 0; e < viewer.nearest.size(); ++e) {
        FixedRecord record;
        std::memcpy(&record, fixed.data() + 6 + 6 * e, 6);
        const auto said = std::ranges::find(update.entities, viewer.nearest[e].id, &EntityUpdate::id);
        if (said == update.entities.end()) continue;
        ++told;
        bench.must(static_cast<std::uint16_t>(said->x_q8 / 16) == record.x && static_cast<std::uint16_t>(said->y_q8 / 16) == record.y &&
                       said->heading == record.heading && said->speed == record.speed,
                   "codec and fixed records differ");
      }
      bench.must(told == update.entities.size(), "somebody was told who is not there");
      // The first packets are full of identities, and a slot is free only when its leave is acked.
      bench.must(i < 4 || told + 8 >= viewer.nearest.size(), "too few are told");
    }
  }
}

}  // namespace

void snapshot(Bench& bench) {
  bench.note(
      fmt::format("{} viewers, all in view walking at 6 blocks/s, acks {} ticks late; bytes with the head of 6 B, without packet and tag",
                  kViewers, kAckTicks));
  const int ticks = bench.quick() ? 5 : 40;
  for (const std::size_t in_view : {9u, 17u, 36u, 64u}) {
    check(bench, in_view);
    Views ours(in_view), bare(in_view);
    std::array<std::uint8_t, kMaxSnapshotBytes> room;
    std::size_t bytes = 0, packets = 0;
    std::uint64_t read = 0;  // so that nothing is optimised away
    const auto round = [&](Views& views, auto&& one) {
      double cost_us = 0;
      for (int i = 0; i < ticks; ++i) {
        views.walk();
        const double start_us = thread_cpu_us();
        for (Viewer& viewer : views.viewers()) read += room[one(viewer) - 1];
        cost_us += thread_cpu_us() - start_us;
      }
      return cost_us * 1e3 / static_cast<double>(static_cast<std::size_t>(ticks) * kViewers * in_view);
    };
    const auto encode_all = [&] {
      return round(ours, [&](Viewer& viewer) {
        const std::size_t size = encode(ours, viewer, room);
        bytes += size;
        ++packets;
        return size;
      });
    };
    encode_all();  // everybody enters
    bytes = packets = 0;
    const std::vector<std::function<double()>> variants = {
        encode_all, [&] { return round(bare, [&](Viewer& viewer) { return copy_fixed(viewer, room); }); }};
    const auto cost = by_turns(bench.rounds(15), variants);
    bench.must(read != 0, "nothing was written");
    const double bytes_each = static_cast<double>(bytes) / static_cast<double>(packets * in_view);
    const double fixed_each = 6 + 6.0 / static_cast<double>(in_view);
    bench.report({.name = fmt::format("encode, {} in view", in_view),
                  .unit = "ns/entity",
                  .value = cost[0],
                  .baseline = "6 B records copied",
                  .baseline_value = cost[1]});
    bench.report({.name = fmt::format("bytes, {} in view", in_view),
                  .unit = "B/entity",
                  .value = {bytes_each, bytes_each},
                  .baseline = "6 B records copied",
                  .baseline_value = {fixed_each, fixed_each},
                  .target = 4.0});
  }
}

}  // namespace meridian
