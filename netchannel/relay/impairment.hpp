// What a bad link does to datagrams, decided from a seed: delay, jitter, loss, bursts, duplication, reordering, corruption, cuts, rate.
// Pure: `Impairment` decides, the UDP relay (udp_relay.hpp) and the simulated network carry. Two instances make a link, one each way.
//
// A datagram meets, in this order: a cut, the bottleneck's queue (rate), a burst, loss on its own; each copy of what is left then has its
// own jitter, hold-back and corruption. A copy never leaves before one that entered earlier, unless that one was held back; never before it
// entered.
#pragma once

#include <cstdint>
#include <vector>

#include "base/chance.hpp"

namespace meridian {

// Nothing passes for the first for_ms of every period, from the first period's end on. 0 = none.
struct ImpairmentCut {
  std::uint32_t every_ms = 0, for_ms = 0;
};

struct ImpairmentSettings {
  std::uint32_t delay_ms = 0;           // one way
  std::uint32_t jitter_ms = 0;          // uniform +- this, order kept unless reorder
  std::uint32_t loss_per_million = 0;   // each datagram on its own
  std::uint32_t burst_per_million = 0;  // a burst starts here ...
  std::uint32_t burst_length = 3;       // ... and takes this many in a row
  std::uint32_t duplicate_per_million = 0;
  std::uint32_t reorder_per_million = 0;  // this one is held back a further reorder_ms
  std::uint32_t reorder_ms = 20;
  std::uint32_t corrupt_per_million = 0;  // one bit flipped
  std::uint32_t rate_bytes_per_s = 0;     // 0 = no limit; a queue of queue_ms, then tail drop
  std::uint32_t queue_ms = 300;
  ImpairmentCut cut{};
};

// One copy to deliver.
struct Passage {
  std::int64_t at_us = 0;
  bool corrupt = false;
  std::uint32_t corrupt_bit = 0;  // modulo the datagram's bits
};

struct ImpairmentCounters {
  std::uint64_t in = 0, delivered = 0, lost = 0, burst_lost = 0, duplicated = 0, reordered = 0, corrupted = 0, cut = 0, queue_dropped = 0;
};

class Impairment {
 public:
  Impairment(const ImpairmentSettings& settings, std::uint64_t seed);
  // When each copy of a datagram that enters now leaves; none = lost. `out` holds these copies alone afterwards. `now_us` never goes back.
  void decide(std::int64_t now_us, std::size_t bytes, std::vector<Passage>& out);
  void set(const ImpairmentSettings& settings) { settings_ = settings; }
  const ImpairmentCounters& counters() const { return counters_; }

 private:
  Passage passage(std::int64_t now_us, std::int64_t leaves_us, std::size_t bytes);

  ImpairmentSettings settings_;
  SeededChance chance_;
  ImpairmentCounters counters_;
  std::uint32_t burst_left_ = 0;
  std::int64_t last_out_us_ = 0;   // order is kept behind this
  std::int64_t link_free_us_ = 0;  // rate: when the link is free again
  std::int64_t started_us_ = -1;
};

}  // namespace meridian
