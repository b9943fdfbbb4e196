// An ack repeats what the acks before it said; `claimed_` remembers that as a bitmap, so each packet's ack costs only the numbers that are
// new in it. Records stay in the ring behind oldest_flying_ until they are overwritten: that is how a late ack of a packet thought lost is
// still understood.
#include "netchannel/reliability/sent_packets.hpp"

#include <bit>

#include "base/assert.hpp"
#include "netchannel/wire/packet_number.hpp"

namespace meridian {
namespace {

// A bitmap relative to `from` seen relative to `to` >= from: `from` itself counts as set.
std::uint64_t moved(std::uint64_t bitmap, std::uint64_t from, std::uint64_t to) {
  const std::uint64_t step = to - from;
  if (step == 0) return bitmap;
  if (step > 64) return 0;
  return (step < 64 ? bitmap << step : 0) | std::uint64_t{1} << (step - 1);
}

}  // namespace

void SentPackets::add(std::int64_t now_us, bool eliciting, std::uint64_t ack_newest, std::span<const UnitCode> units,
                      std::optional<std::uint32_t> snapshot) {
  MRD_ASSERT(eliciting ? !full() : units.empty());  // CLOSE goes out even then
  records_.hold(oldest_flying_, next_, next_ + 1);
  if (units_.hold(oldest_unit_, next_unit_, next_unit_ + units.size())) units_from_ = oldest_unit_;
  units_.write(next_unit_, units);
  records_[next_] = {.sent_us = now_us,
                     .first_unit = static_cast<std::uint32_t>(next_unit_),
                     .ack_newest = static_cast<std::uint32_t>(ack_newest),
                     .snapshot = snapshot.value_or(0),
                     .unit_count = static_cast<std::uint16_t>(units.size()),
                     .fate = eliciting ? Fate::flying : Fate::quiet,
                     .has_snapshot = snapshot.has_value()};
  next_unit_ += units.size();
  if (eliciting) ++flying_;
  ++next_;
  if (flying_ == 0) {
    oldest_flying_ = next_;
    oldest_unit_ = next_unit_;
  }
}

void SentPackets::skip() {
  if (full()) return;
  records_.hold(oldest_flying_, next_, next_ + 1);
  records_[next_] = {};
  records_[next_].fate = Fate::trap;
  ++next_;
}

std::uint64_t SentPackets::newly_claimed(std::uint64_t newest, std::uint64_t missing) const {
  return ~missing & ~moved(claimed_, newest_acked_, newest);
}

std::optional<std::uint64_t> SentPackets::resolve(const AckField& ack) const {
  const std::uint64_t newest = least_with_low_bits(newest_acked_, ack.newest_low, ack.newest_bits);
  if (newest >= next_) return std::nullopt;
  if (newest > newest_acked_ && known(newest) && records_[newest].fate == Fate::trap) return std::nullopt;
  for (std::uint64_t bits = newly_claimed(newest, ack.missing); bits != 0; bits &= bits - 1) {
    const std::uint64_t number = newest - 1 - static_cast<std::uint64_t>(std::countr_zero(bits));
    if (known(number) && records_[number].fate == Fate::trap) return std::nullopt;
  }
  return newest;
}

std::uint64_t SentPackets::on_ack(std::uint64_t newest, std::uint64_t missing, std::uint64_t received, PacketFates& fates) {
  const std::uint64_t fresh = newly_claimed(newest, missing);
  const bool moves = newest > newest_acked_;
  claimed_ = moved(claimed_, newest_acked_, newest) | fresh;
  newest_acked_ = newest;
  for (std::uint64_t bits = fresh; bits != 0; bits &= bits - 1) {
    acked(newest - 1 - static_cast<std::uint64_t>(std::countr_zero(bits)), fates);
  }
  if (!moves || !known(newest)) return 0;
  acked(newest, fates);
  // The peer has read what this packet's ack named, or something newer in a packet that overtook it.
  return nearest_with_low_bits(received, records_[newest].ack_newest, 32);
}

void SentPackets::acked(std::uint64_t number, PacketFates& fates) {
  if (!known(number)) return;
  Record& record = records_[number];
  if (record.fate == Fate::lost) ++fates.spurious;
  if (record.fate == Fate::flying) --flying_;
  if (record.fate == Fate::flying || record.fate == Fate::lost) {
    const bool first_word = record.fate == Fate::flying;
    tell(number, record, true, fates);
    if (first_word && record.has_snapshot) fates.snapshots.push_back({record.snapshot, true});
    ++fates.acked;
  }
  record.fate = Fate::acked;
}

void SentPackets::tell(std::uint64_t number, const Record& record, bool acked, PacketFates& fates) {
  if (record.unit_count == 0) return;
  const std::uint64_t first = nearest_with_low_bits(next_unit_, record.first_unit, 32);
  if (first < units_from_ || next_unit_ - first > units_.capacity()) return;  // only of a packet lost long ago
  for (std::uint64_t i = 0; i < record.unit_count; ++i) fates.units.push_back({units_[first + i], number, acked});
}

void SentPackets::find_lost(std::int64_t now_us, std::int64_t loss_after_us, PacketFates& fates) {
  unsigned newer_acked = 0;
  for (std::uint64_t number = newest_acked_; number >= oldest_flying_; --number) {
    Record& record = records_[number];
    if (record.fate == Fate::acked) ++newer_acked;
    if (record.fate != Fate::flying) continue;
    if (newer_acked < 3 && now_us - record.sent_us < loss_after_us) continue;
    record.fate = Fate::lost;
    --flying_;
    ++fates.lost;
    tell(number, record, false, fates);
    if (record.has_snapshot) fates.snapshots.push_back({record.snapshot, false});
  }
  while (oldest_flying_ < next_ && records_[oldest_flying_].fate != Fate::flying) ++oldest_flying_;
  if (flying_ == 0) oldest_flying_ = next_;
  oldest_unit_ = oldest_flying_ < next_ ? nearest_with_low_bits(next_unit_, records_[oldest_flying_].first_unit, 32) : next_unit_;
}

}  // namespace meridian
