// A viewer who loses nothing: reads every snapshot of one session in the order of their ticks and knows after each who is in which slot.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace meridian::sim {

struct ReadOwn {
  std::int32_t x = 0, y = 0;
  std::uint32_t layer = 0, heading = 0, speed = 0, push = 0, cooldown = 0;
};
struct ReadRecord {
  std::uint64_t id = 0;
  std::uint32_t kind = 0, appearance = 0;
  std::int32_t x = 0, y = 0;  // 1/256 block
  std::uint32_t heading = 0, speed = 0;
};
struct ReadSnapshot {
  std::uint16_t tick_low = 0;
  bool own_match = false;
  std::optional<ReadOwn> own;
  std::uint32_t input_age = 0, cause_age = 0;
  std::int32_t margin = 0;
  std::vector<ReadRecord> records;
};

class SnapshotReader {
 public:
  // nullopt: refused; why() says what is wrong with it.
  std::optional<ReadSnapshot> read(std::span<const std::uint8_t> bytes);
  const std::string& why() const { return why_; }

 private:
  struct Slot {
    bool taken = false;
    std::uint64_t id = 0;
    std::uint32_t kind = 0, appearance = 0, generation = 0;
  };
  bool refuse(const char* why) {
    why_ = why;
    return false;
  }
  bool read_records(class BitSource& in, const std::vector<std::uint32_t>& leaves, ReadSnapshot& out, std::array<Slot, 64>& slots);

  std::array<Slot, 64> slots_{};
  std::string why_;
};

}  // namespace meridian::sim
