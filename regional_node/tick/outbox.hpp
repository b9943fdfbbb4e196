// What one tick wants sent, and the arena its bytes lie in. Write into room(), then hand over what was written; it lives until clear().
//
//   outbox.message(session, Lane::event, write_event(event, outbox.room(kEventRoom)));
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/assert.hpp"
#include "netchannel/connection/session_event.hpp"

namespace meridian {

class Outbox {
 public:
  void clear() {
    all_.messages.clear();
    all_.snapshots.clear();
    all_.closings.clear();
    block_ = used_ = 0;
  }
  // Room for one message; valid until the next call of anything here. What is not handed over is free again.
  MutableBytes room(std::size_t bytes) {
    MRD_ASSERT(bytes <= kBlockBytes);
    if (used_ + bytes > kBlockBytes) {
      ++block_;
      used_ = 0;
    }
    if (block_ >= blocks_.size()) blocks_.push_back(std::make_unique<std::uint8_t[]>(kBlockBytes));
    return {blocks_[block_].get() + used_, bytes};
  }
  // `bytes` must start where the last room() did.
  void message(SessionId session, Lane lane, Bytes bytes) { all_.messages.push_back({session, lane, keep(bytes)}); }
  void snapshot(SessionId session, std::uint32_t id, Bytes bytes) { all_.snapshots.push_back({session, id, keep(bytes)}); }
  void close(SessionId session, Reason reason) { all_.closings.push_back({session, reason}); }

  const TickOutbox& all() const { return all_; }

 private:
  static constexpr std::size_t kBlockBytes = 256 * 1024;  // blocks stay where they are: spans into them must survive growth

  Bytes keep(Bytes bytes) {
    MRD_ASSERT(block_ < blocks_.size() && bytes.data() == blocks_[block_].get() + used_);
    used_ += bytes.size();
    return bytes;
  }

  TickOutbox all_;
  std::vector<std::unique_ptr<std::uint8_t[]>> blocks_;
  std::size_t block_ = 0, used_ = 0;
};

}  // namespace meridian
