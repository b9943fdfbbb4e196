// What to acknowledge, and whether it is worth a packet of its own. Beside the replay window, because a packet that opened but broke a rule
// is marked there and not here: it never opens again, and its messages are not said to have arrived.
#pragma once

#include <cstdint>

#include "netchannel/wire/ack_field.hpp"

namespace meridian {

class ReceivedAcks {
 public:
  // A packet whose frames were taken. eliciting = it held something that its sender waits for. bulk = it held lane 5.
  void add(std::uint64_t number, bool eliciting, bool bulk, std::int64_t now_us) {
    if (number > newest_) {
      const std::uint64_t step = number - newest_;
      // The numbers skipped are missing; the newest until now moves to bit step - 1, received.
      const std::uint64_t skipped = step > 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << (step - 1)) - 1;
      missing_ = (step < 64 ? missing_ << step : 0) | skipped;
      newest_ = number;
    } else if (number < newest_ && newest_ - number <= 64) {
      missing_ &= ~(std::uint64_t{1} << (newest_ - 1 - number));
    }
    if (eliciting && !pending_) {
      pending_ = true;
      pending_since_us_ = now_us;
    }
    if (bulk && bulk_pending_++ == 0) bulk_since_us_ = now_us;
  }
  AckField field() const { return make_ack_field(newest_, missing_, read_by_peer_); }
  std::uint64_t newest() const { return newest_; }
  // A packet of ours that said `newest` has been acked: the peer has read an ack at least as new.
  void read_by_peer(std::uint64_t newest) {
    if (newest > read_by_peer_) read_by_peer_ = newest;
  }
  void sent() {
    pending_ = false;
    bulk_pending_ = 0;
  }
  bool pending() const { return pending_; }
  bool bulk_pending() const { return bulk_pending_ != 0; }
  // While bulk arrives: after each second packet of it, or 10 ms after the first.
  bool bulk_due(std::int64_t now_us) const { return bulk_pending_ >= 2 || (bulk_pending_ == 1 && now_us - bulk_since_us_ >= 10'000); }
  bool older_than(std::int64_t age_us, std::int64_t now_us) const { return pending_ && now_us - pending_since_us_ >= age_us; }

 private:
  std::uint64_t newest_ = 0;
  std::uint64_t missing_ = 0;  // bit n = newest - 1 - n has not come
  std::uint64_t read_by_peer_ = 0;
  std::int64_t pending_since_us_ = 0, bulk_since_us_ = 0;
  std::uint32_t bulk_pending_ = 0;
  bool pending_ = false;
};

}  // namespace meridian
