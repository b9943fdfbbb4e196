// What was sent and what became of it: one record a packet, with the units and the snapshot that rode in it. Acks and the loss rule turn
// records into fates; messages are resent, never packets, so this knows nothing of bytes (`netcode.md` 4 and 5; loss: RFC 9002, 6.1).
//
//   flying --acked--> acked      flying --lost--> lost --acked late--> acked (spurious)
//   quiet (asks for no ack) --acked--> acked      trap (a number never sent): an ack of it is a lie
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "netchannel/reliability/channel.hpp"
#include "netchannel/reliability/index_ring.hpp"
#include "netchannel/wire/ack_field.hpp"

namespace meridian {

inline constexpr std::uint64_t kMaxUnacked = 512;  // then sending stops: 25 s at 20 packets/s

// A message or one of its fragments, as a packet's record names it.
struct UnitCode {
  std::uint32_t bits = 0;  // lane 4 | fragment 6 | message id 16
  static UnitCode of(std::uint8_t lane, std::uint8_t fragment, std::uint64_t id) {
    return {static_cast<std::uint32_t>(lane) << 22 | static_cast<std::uint32_t>(fragment) << 16 | static_cast<std::uint16_t>(id)};
  }
  std::uint8_t lane() const { return static_cast<std::uint8_t>(bits >> 22); }
  std::uint8_t fragment() const { return static_cast<std::uint8_t>(bits >> 16 & 63); }
  std::uint16_t id_low() const { return static_cast<std::uint16_t>(bits); }
};
struct UnitFate {
  UnitCode unit;
  std::uint64_t packet = 0;
  bool acked = false;
};
// Filled by one call and emptied by the caller; keeps its capacity.
struct PacketFates {
  std::vector<UnitFate> units;
  std::vector<SnapshotFate> snapshots;
  std::uint32_t acked = 0, lost = 0, spurious = 0;
  void clear() {
    units.clear();
    snapshots.clear();
    acked = lost = spurious = 0;
  }
};

class SentPackets {
 public:
  std::uint64_t next() const { return next_; }
  bool full() const { return next_ - oldest_flying_ >= kMaxUnacked; }
  std::uint32_t flying() const { return flying_; }
  std::uint64_t newest_acked() const { return newest_acked_; }

  // Packet next() is being sent. eliciting = the peer will ack it; ack_newest = the newest number its ack names.
  void add(std::int64_t now_us, bool eliciting, std::uint64_t ack_newest, std::span<const UnitCode> units,
           std::optional<std::uint32_t> snapshot);
  // Number next() is never sent: who acks it has not received what he acks (optimistic acks).
  void skip();

  // The whole number of an ack field, or nothing when it names a packet that was never sent.
  std::optional<std::uint64_t> resolve(const AckField& ack) const;
  // Takes a resolved ack. Packets must be given in the order of the peer's numbers, old ones left out. `received` = the newest of the
  // peer's packets that we ack ourselves; returns how much of that the peer is now known to have read.
  std::uint64_t on_ack(std::uint64_t newest, std::uint64_t missing, std::uint64_t received, PacketFates& fates);
  // Lost: a later packet is acked, and 3 newer are, or it was sent `loss_after_us` ago.
  void find_lost(std::int64_t now_us, std::int64_t loss_after_us, PacketFates& fates);

 private:
  enum class Fate : std::uint8_t { none, flying, quiet, acked, lost, trap };
  struct Record {  // 24 B
    std::int64_t sent_us = 0;
    std::uint32_t first_unit = 0;  // low bits of its place in units_
    std::uint32_t ack_newest = 0;  // low bits
    std::uint32_t snapshot = 0;
    std::uint16_t unit_count = 0;
    Fate fate = Fate::none;
    bool has_snapshot = false;
  };
  static_assert(sizeof(Record) == 24);
  // Those among newest - 1 .. newest - 64 that this ack claims and no ack before it did; bit n = newest - 1 - n.
  std::uint64_t newly_claimed(std::uint64_t newest, std::uint64_t missing) const;
  void acked(std::uint64_t number, PacketFates& fates);
  void tell(std::uint64_t number, const Record& record, bool acked, PacketFates& fates);
  bool known(std::uint64_t number) const { return number >= 1 && number < next_ && next_ - number <= records_.capacity(); }

  IndexRing<Record> records_{64};
  IndexRing<UnitCode> units_{64};
  std::uint64_t next_ = 1, oldest_flying_ = 1;
  std::uint64_t next_unit_ = 0, oldest_unit_ = 0;  // units_ keeps those of packets from oldest_flying_ on,
  std::uint64_t units_from_ = 0;                   // and of older ones as far back as this, unless overwritten
  std::uint64_t newest_acked_ = 0;
  std::uint64_t claimed_ = ~std::uint64_t{0};  // bit n = newest_acked_ - 1 - n has been acked
  std::uint32_t flying_ = 0;
};

}  // namespace meridian
