#include "netchannel/relay/impairment.hpp"

#include <algorithm>

namespace meridian {
namespace {

// The first period passes whole, so that a session can come up.
bool inside_cut(const ImpairmentCut& cut, std::int64_t since_start_us) {
  if (cut.every_ms == 0 || cut.for_ms == 0) return false;
  const std::int64_t period_us = std::int64_t{cut.every_ms} * 1000;
  return since_start_us >= period_us && since_start_us % period_us < std::int64_t{cut.for_ms} * 1000;
}

}  // namespace

Impairment::Impairment(const ImpairmentSettings& settings, std::uint64_t seed) : settings_(settings), chance_(seed) {}

void Impairment::decide(std::int64_t now_us, std::size_t bytes, std::vector<Passage>& out) {
  out.clear();
  ++counters_.in;
  if (started_us_ < 0) started_us_ = now_us;
  if (inside_cut(settings_.cut, now_us - started_us_)) {
    ++counters_.cut;
    return;
  }

  std::int64_t leaves_us = now_us;
  if (settings_.rate_bytes_per_s != 0) {
    const std::int64_t free_us = std::max(link_free_us_, now_us);
    if (free_us - now_us > std::int64_t{settings_.queue_ms} * 1000) {
      ++counters_.queue_dropped;
      return;
    }
    link_free_us_ = free_us + static_cast<std::int64_t>(bytes) * 1'000'000 / settings_.rate_bytes_per_s;
    leaves_us = link_free_us_;
  }

  if (settings_.burst_per_million == 0) burst_left_ = 0;  // set anew in the middle of one
  if (burst_left_ == 0 && settings_.burst_length != 0 && chance_.one_in(settings_.burst_per_million)) burst_left_ = settings_.burst_length;
  if (burst_left_ != 0) {
    --burst_left_;
    ++counters_.burst_lost;
    return;
  }
  if (chance_.one_in(settings_.loss_per_million)) {
    ++counters_.lost;
    return;
  }

  out.push_back(passage(now_us, leaves_us, bytes));
  if (chance_.one_in(settings_.duplicate_per_million)) {
    ++counters_.duplicated;
    out.push_back(passage(now_us, leaves_us, bytes));
  }
  counters_.delivered += out.size();
}

Passage Impairment::passage(std::int64_t now_us, std::int64_t leaves_us, std::size_t bytes) {
  const std::int64_t jitter_us = std::int64_t{settings_.jitter_ms} * 1000;
  std::int64_t at_us = leaves_us + std::int64_t{settings_.delay_ms} * 1000;
  if (jitter_us != 0) at_us += static_cast<std::int64_t>(chance_.below(static_cast<std::uint64_t>(2 * jitter_us + 1))) - jitter_us;
  at_us = std::max({at_us, now_us, last_out_us_});

  Passage passage;
  if (chance_.one_in(settings_.reorder_per_million)) {  // held back; those behind it do not wait for it
    ++counters_.reordered;
    passage.at_us = at_us + std::int64_t{settings_.reorder_ms} * 1000;
  } else {
    passage.at_us = last_out_us_ = at_us;
  }
  if (bytes != 0 && chance_.one_in(settings_.corrupt_per_million)) {
    ++counters_.corrupted;
    passage.corrupt = true;
    passage.corrupt_bit = static_cast<std::uint32_t>(chance_.below(bytes * 8));
  }
  return passage;
}

}  // namespace meridian
