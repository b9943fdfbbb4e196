#include "netchannel/prediction/verdict.hpp"

#include <algorithm>

namespace meridian {
namespace {

constexpr std::int64_t kSecond_us = 1'000'000;
constexpr std::int64_t kWindow_s = 10;
constexpr double kMostError_blocks = 1.0 / 16;
constexpr std::uint32_t kMostCorrections = 1;  // a minute
constexpr std::uint32_t kLatePer = 100;        // fewer than one in

}  // namespace

const char* name(Verdict verdict) {
  switch (verdict) {
    case Verdict::matched: return "matched";
    case Verdict::jitter: return "jitter";
    case Verdict::diverging: return "diverging";
  }
  return "unknown";
}

VerdictWindow::Second& VerdictWindow::second(std::int64_t now_us) {
  const std::int64_t number = now_us / kSecond_us;
  Second& s = seconds_[static_cast<std::size_t>(number) % kSeconds];
  if (s.second != number) s = {.second = number};
  return s;
}

void VerdictWindow::compared(double error_blocks, std::int64_t now_us) {
  compared_[compared_count_++ % kCompared] = {now_us, error_blocks};
}

void VerdictWindow::corrected(const Correction& correction, std::int64_t now_us) {
  compared(correction.error_blocks, now_us);
  Second& s = second(now_us);
  ++s.corrections;
  if (!correction.has_cause) ++s.without_cause;
}

void VerdictWindow::input_reported(bool late, std::int64_t now_us) {
  Second& s = second(now_us);
  ++s.reports;
  if (late) ++s.late;
}

Verdict VerdictWindow::verdict(std::int64_t now_us) const {
  Second window, minute;
  for (const Second& s : seconds_) {
    const std::int64_t ago = now_us / kSecond_us - s.second;
    if (s.second < 0 || ago >= static_cast<std::int64_t>(kSeconds)) continue;
    minute.corrections += s.corrections;
    if (ago >= kWindow_s) continue;
    window.without_cause += s.without_cause;
    window.reports += s.reports;
    window.late += s.late;
  }
  if (window.without_cause > 0) return Verdict::diverging;
  const bool inputs_in_time = window.late == 0 || window.late * kLatePer < window.reports;
  const bool matched = minute.corrections <= kMostCorrections && error_p95_blocks(now_us) <= kMostError_blocks && inputs_in_time;
  return matched ? Verdict::matched : Verdict::jitter;
}

double VerdictWindow::error_p95_blocks(std::int64_t now_us) const {
  std::array<double, kCompared> errors;
  std::size_t count = 0;
  for (std::size_t i = 0; i < std::min(compared_count_, kCompared); ++i) {
    if (compared_[i].at_us > now_us - kWindow_s * kSecond_us) errors[count++] = compared_[i].error_blocks;
  }
  if (count == 0) return 0;
  const auto p95 = errors.begin() + static_cast<std::ptrdiff_t>((count * 95 + 99) / 100 - 1);
  std::nth_element(errors.begin(), p95, errors.begin() + static_cast<std::ptrdiff_t>(count));
  return *p95;
}

}  // namespace meridian
