// The node's side of a viewer's 64 slots: who is in which, what the viewer is known to have, and what each packet under way holds.
//
//   free --enter--> known --out of view--> leaving --a packet with the leave acked--> free
//                     ^------ in view again ----'   (a new generation: the viewer may or may not have seen the leave)
//
// A stay in a slot is one generation. All packets that speak of one stay are older than all that speak of the next, so a reader can tell by
// the packet's tick alone which stay it means; the generation's two bits are a second witness. Nothing is forgotten until a packet that
// held it is acked, so a lost packet needs no handling of its own.
#pragma once

#include <array>
#include <cstdint>

#include "netchannel/snapshot/snapshot_codec.hpp"

namespace meridian {

using SlotMask = std::uint64_t;  // bit n = slot n
static_assert(kMaxSlots == 64);

struct ViewerSlot {
  EntityId id;
  std::int32_t x = 0, y = 0;  // 1/16 block, as last seen by the encoder
  Look look;
  std::uint16_t waited = 0;  // priority accumulator: grows while there is something to say, 0 when said
  std::uint8_t heading = 0, speed = 0;
  EntityKind kind = EntityKind::player;
  std::uint8_t generation = 0;
  std::uint8_t rank = 0;  // place in the nearest-first list of this tick
};
static_assert(sizeof(ViewerSlot) <= 32);  // two a cache line: a thousand viewers' slots do not stay in the second level

class ViewerSlots {
 public:
  ViewerSlots();

  // One tick's view, nearest first: `packet` is the number of the packet about to be written, counting up.
  void observe(std::span<const VisibleEntity> nearest, std::uint32_t packet);
  // Notes what the packet held. `id` is the caller's name for it.
  void sent(std::uint32_t id, std::uint32_t packet, SlotMask records, SlotMask identities, SlotMask leaves);
  void acked(std::uint32_t id);
  // Asks for what these three will touch, while another viewer's turn is on.
  void prefetch() const;

  const ViewerSlot& operator[](unsigned slot) const { return slots_[slot]; }
  SlotMask leaving() const { return leaving_; }
  SlotMask identity_pending() const { return identity_pending_; }
  // Known slots with something that no acked packet has said.
  SlotMask to_say() const { return known_ & (identity_pending_ | place_pending_); }

 private:
  struct Sent {
    std::uint32_t id = 0, packet = 0;  // packet 0 = none
    SlotMask records = 0, identities = 0, leaves = 0;
  };
  static constexpr std::uint8_t kNobody = 0xFF;

  unsigned find(EntityId id) const;  // kMaxSlots = not there
  void index(unsigned slot);
  void rebuild_index();
  void enter(const VisibleEntity& entity, std::size_t rank, std::uint32_t packet);
  void see(unsigned slot, const VisibleEntity& entity, std::size_t rank, std::uint32_t packet);

  // By slot: the first packet that could hold the present value. Apart from the slots, because an ack reads nothing else of them.
  using Since = std::array<std::uint32_t, kMaxSlots>;
  SlotMask confirmed(const Sent& sent, SlotMask held, const Since& since) const;

  SlotMask known_ = 0, leaving_ = 0, identity_pending_ = 0, place_pending_ = 0;
  Since place_since_{};
  // Open addressing, at most a quarter full: 256 B that stay in the first-level cache. Holds known and leaving entities.
  std::array<std::uint8_t, 256> index_;
  std::array<ViewerSlot, kMaxSlots> slots_{};  // the lowest free one is taken, so those in use lie in front
  Since identity_since_{}, leave_since_{};
  // 6.4 s of packets at 20 Hz; one that is older counts as lost, which costs nothing but saying it again.
  std::array<Sent, 128> sent_{};
};

}  // namespace meridian
