// Does this client's prediction hold? (`netcode.md` 8.8), over the last 10 s:
//   matched    at most 1 correction a minute, p95 of the error <= 1/16 block, fewer than 1 % of inputs late
//   jitter     not matched, and every correction has a cause
//   diverging  a correction without one: the rules differ
// A correction without a cause is `diverging` also where it is the only one: it is never the link's fault.
#pragma once

#include <array>
#include <cstdint>

#include "netchannel/prediction/predictor.hpp"

namespace meridian {

enum class Verdict : std::uint8_t { matched, jitter, diverging };
const char* name(Verdict verdict);

class VerdictWindow {
 public:
  // The node's own state was compared with ours: by a match, or by a full state that agreed.
  void agreed(std::int64_t now_us) { compared(0, now_us); }
  void corrected(const Correction& correction, std::int64_t now_us);
  // A snapshot reported on our inputs.
  void input_reported(bool late, std::int64_t now_us);

  Verdict verdict(std::int64_t now_us) const;
  // Of all comparisons of the last 10 s; 0 where there was none.
  double error_p95_blocks(std::int64_t now_us) const;

 private:
  static constexpr std::size_t kCompared = 256;  // 10 s at 20 Hz, with room
  static constexpr std::size_t kSeconds = 60;
  struct Compared {
    std::int64_t at_us = 0;
    double error_blocks = 0;
  };
  struct Second {
    std::int64_t second = -1;
    std::uint32_t corrections = 0, without_cause = 0, reports = 0, late = 0;
  };
  void compared(double error_blocks, std::int64_t now_us);
  Second& second(std::int64_t now_us);

  std::array<Compared, kCompared> compared_{};
  std::size_t compared_count_ = 0;  // ever
  std::array<Second, kSeconds> seconds_{};
};

}  // namespace meridian
