// What sessions bring to the tick is sealed but a stranger's all the same: a player's own client may send any bytes on any lane, ask for
// anything, ack or lose whatever it likes, leave and come back. Whatever comes, the tick must end, stay within its bounds, and its change
// log must rebuild the same world.
//
//   input: a byte of set-up, then a sequence of operations, each one byte of kind and session, then its own bytes
#include "base/assert.hpp"
#include "regional_node/tick/core_scene.hpp"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  using namespace meridian;
  using testing::Scene;
  constexpr std::size_t kMaxTicks = 64;
  constexpr Lane kLanes[] = {Lane::input, Lane::action, Lane::system, Lane::chat};

  NodeCoreSettings settings = testing::scene_settings();
  settings.max_players = 3;
  settings.link_dead_s = 1;
  ByteReader in(Bytes(data, size));
  // What costs the most, making worlds and reading chunks, is done where the input asks for it.
  const std::uint8_t set_up = in.u8();
  const bool wide = (set_up & 7) == 7;
  if (!wide) settings.spawn = {16, 16};
  const std::int32_t corner = (wide ? 48 : 16) - 4;
  Scene scene(settings, wide ? 2 : 1);
  scene.read_chunks = (set_up & 8) != 0;
  bool up[4] = {};
  std::uint16_t use[4] = {1, 1, 1, 1};
  std::size_t ticks = 0;
  while (in.left() > 0 && ticks < kMaxTicks) {
    const std::uint8_t op = in.u8();
    const std::uint16_t slot = op & 3;
    const SessionId session = Scene::session(slot, use[slot]);
    switch ((op >> 2) & 7) {
      case 0:
        if (up[slot]) break;
        up[slot] = true;
        scene.open(session, 1 + in.u8() % 5);
        break;
      case 1:
        if (!up[slot]) break;
        up[slot] = false;
        ++use[slot];
        scene.close(session, static_cast<Reason>(32 + in.u8() % 9));
        break;
      case 2: {  // raw bytes on a lane
        const Lane lane = kLanes[in.u8() % 4];
        const Bytes bytes = in.bytes(std::min<std::size_t>(in.u8() % 48, in.left()));
        if (up[slot]) scene.message(session, lane, bytes);
        break;
      }
      case 3: {  // a good input, for some tick about now
        const Input input{
            .heading = in.u8(), .gait = static_cast<Gait>(op >> 6), .buttons = static_cast<std::uint8_t>(in.u8() & 1), .aim = 0};
        if (up[slot]) scene.input(session, input, in.u16());
        break;
      }
      case 4: {  // a good action near the spawn point
        const BlockPlace place{MapId{0}, {corner + in.u8() % 10, corner + in.u8() % 10}, static_cast<Layer>(op >> 6 == 3 ? 1 : op >> 6)};
        if (up[slot]) scene.act(session, in.u8() % 2 == 0 ? Action(PlaceBlock{1, place, BlockId{in.u8()}}) : Action(BreakBlock{1, place}));
        break;
      }
      case 5:
        scene.room.snapshot_bytes = static_cast<std::uint16_t>(in.u16() % 1101);
        scene.room.bulk_free_bytes = in.u16();
        scene.room.event_unacked = in.u8();
        break;
      case 6: scene.lose_snapshots = !scene.lose_snapshots; break;
      default:
        scene.step();
        ++ticks;
        MRD_ASSERT(scene.core.world().entities.size() <= 6);
    }
  }
  scene.step();
  MRD_ASSERT(scene.rebuilt_alike());
  return 0;
}
