// The blocks around a client as the node tells them (`netcode.md` 7.5): whole chunks on lane 5, block deltas and `forget` on lane 4. The
// lanes keep no order between them, so each message says by its serial what it belongs to:
//
//   full    a greater serial of the same x, y replaces the chunk, a smaller one is dropped
//   delta   the n-th since its full, valid only on n - 1; of a hole, or of a full not yet here, it waits (at most 64 a serial)
//   hole    in a full that is here, for 1 s: asked for again, once a second, until a new full comes
//   forget  drops every serial of x, y up to its own
// Ended serials (replaced, dropped, forgotten) are kept 60 s, so that what is still on the way to them is dropped and not kept waiting.
//
// Serials are 16 bits and wrap: "greater" is by signed distance. A chunk that has been here for over a minute takes any other serial as
// greater: nothing older can still be on the way, and by then the count may have gone round.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "netchannel/wire/messages.hpp"
#include "world/chunk/chunks.hpp"

namespace meridian {

class ChunkMirror {
 public:
  // `kinds` must outlive the mirror: a block of an unknown kind is refused.
  explicit ChunkMirror(const BlockKinds& kinds) : kinds_(&kinds) {}

  // A new session: nothing is held. The map is known from WorldInfo on.
  void clear(MapId map);

  // What a message changed in chunks(), in order: the owner lays its own edits over it.
  // Each register once a message, after all that the message wrote: whoever lays own edits over it must find the node's block there, not
  // his own.
  struct Written {
    ChunkCoord chunk;
    bool whole = false;  // or
    BlockPlace place{};  // this register alone
  };
  enum class Accepted : std::uint8_t { applied, waits, dropped, refused };  // refused = a block of no known kind: changes nothing
  Accepted full(const ReadChunk& chunk, std::int64_t now_us, std::vector<Written>& written);
  Accepted delta(const BlockDelta& delta, std::int64_t now_us, std::vector<Written>& written);
  Accepted forget(const ForgetChunk& message, std::int64_t now_us, std::vector<Written>& written);
  // The chunks to ask for again now, each at most once a second. Cheap when nothing is due.
  void ask_again(std::int64_t now_us, std::vector<AskChunk>& out);

  const Chunks& chunks() const { return chunks_; }
  Chunks& chunks() { return chunks_; }  // for optimistic edits
  MapId map() const { return map_; }
  std::size_t waiting() const;  // deltas

 private:
  struct Waiting {
    BlockDelta delta;
    std::int64_t at_us;
  };
  struct Held {  // a full that is here
    std::int32_t x, y;
    std::uint16_t serial;
    std::uint8_t applied = 0;  // deltas since the full
    std::int64_t received_us = 0;
    std::int64_t asked_us = 0;    // again, last
    std::vector<Waiting> deltas;  // behind a hole, in order of n
  };
  struct Early {  // deltas of a full not yet here
    std::uint16_t serial;
    std::int64_t since_us;
    std::vector<Waiting> deltas;
  };
  struct Ended {
    std::int32_t x, y;
    std::uint16_t serial;
    std::int64_t until_us;
    bool and_before;  // by `forget`: every serial of x, y up to it
  };

  static bool insert_waiting(std::vector<Waiting>& deltas, const BlockDelta& delta, std::int64_t now_us);
  Held* held_at(std::int32_t x, std::int32_t y);
  bool ended(std::int32_t x, std::int32_t y, std::uint16_t serial) const;
  void end(std::int32_t x, std::int32_t y, std::uint16_t serial, std::int64_t now_us, bool and_before);
  void write(Held& held, const BlockDelta& delta, std::vector<Written>& written);
  void drain(Held& held, std::vector<Written>& written);
  bool known_blocks(const BlockDelta& delta) const;
  void prune(std::int64_t now_us);

  const BlockKinds* kinds_;
  MapId map_{};
  Chunks chunks_;
  std::vector<Held> held_;
  std::vector<Early> early_;
  std::vector<Ended> ended_;
  std::int64_t pruned_us_ = 0;
  std::size_t holes_ = 0;  // held chunks with waiting deltas
};

}  // namespace meridian
