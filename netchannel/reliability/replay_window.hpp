// Which of the peer's packets have been opened: 64 numbers up to the newest (`netcode.md` 4). Order of use: fresh(), open the seal, mark().
// A packet whose tag fails is never marked, so a forged one cannot move the window.
#pragma once

#include <cstdint>

namespace meridian {

class ReplayWindow {
 public:
  // Not seen yet and at most 63 below the newest: what is older could no longer be acked.
  bool fresh(std::uint64_t number) const {
    if (number > newest_) return true;
    const std::uint64_t below = newest_ - number;
    return below < 64 && (seen_ >> below & 1) == 0;
  }
  void mark(std::uint64_t number) {
    if (number > newest_) {
      const std::uint64_t step = number - newest_;
      seen_ = (step < 64 ? seen_ << step : 0) | 1;
      newest_ = number;
    } else {
      seen_ |= std::uint64_t{1} << (newest_ - number);
    }
  }
  std::uint64_t newest() const { return newest_; }

 private:
  std::uint64_t newest_ = 0;                // CONNECT or WELCOME counts as packet 0
  std::uint64_t seen_ = ~std::uint64_t{0};  // bit n = newest - n has been opened; all below 0 count as opened
};

}  // namespace meridian
