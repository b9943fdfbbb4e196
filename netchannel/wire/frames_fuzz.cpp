// Frames and control messages behind the tag: a player with an own client seals what he likes. What reads is written again and must read
// the same.
#include <algorithm>
#include <array>
#include <vector>

#include "base/assert.hpp"
#include "netchannel/wire/control.hpp"
#include "netchannel/wire/frame.hpp"

using namespace meridian;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > 1200) return 0;
  std::vector<Frame> frames;
  ByteReader in({data, size});
  while (in.left() > 0) {
    const auto frame = read_frame(in);
    if (!frame) return 0;
    if (frame->lane == 15) {
      if (const auto control = read_control(frame->bytes)) {
        std::array<std::uint8_t, 2 + kMaxCloseText> room{};
        const Bytes written = write_control(*control, room);
        if (!std::holds_alternative<SkippedControl>(*control))
          MRD_ASSERT(std::equal(written.begin(), written.end(), frame->bytes.begin(), frame->bytes.end()));
      }
    }
    frames.push_back(*frame);
  }
  MRD_ASSERT(in.done());
  std::array<std::uint8_t, 1300> room{};
  FrameWriter out(room);
  for (const Frame& frame : frames) out.add(frame);
  ByteReader again(out.finish());
  for (const Frame& frame : frames) {
    const auto same = read_frame(again);
    MRD_ASSERT(same && same->lane == frame.lane && same->id == frame.id && same->fragment == frame.fragment && same->index == frame.index &&
               same->count == frame.count && std::equal(same->bytes.begin(), same->bytes.end(), frame.bytes.begin(), frame.bytes.end()));
  }
  MRD_ASSERT(again.done());
  return 0;
}
