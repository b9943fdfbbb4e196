#include "cli/play/keys.hpp"

namespace meridian {
namespace {

constexpr std::uint8_t kEast = 0, kSouth = 64, kWest = 128, kNorth = 192;

Press walk(std::uint8_t heading, bool run) { return {.kind = Press::Kind::walk, .heading = heading, .run = run}; }

}  // namespace

void KeyDecoder::feed(std::string_view bytes, std::vector<Press>& out) {
  for (const char byte : bytes) {
    switch (state_) {
      case State::plain:
        if (byte == '\x1b') {
          state_ = State::escape;
        } else {
          plain(byte, out);
        }
        break;
      case State::escape:  // ESC [ and ESC O begin an arrow key; a lone ESC means nothing here
        if (byte == '[' || byte == 'O') {
          state_ = State::sequence;
          before_last_ = last_ = 0;
        } else if (byte != '\x1b') {
          state_ = State::plain;
          plain(byte, out);
        }
        break;
      case State::sequence: {
        if (byte < 0x40 || byte > 0x7E) {  // a parameter
          before_last_ = last_;
          last_ = byte;
          break;
        }
        state_ = State::plain;
        const bool run = before_last_ == ';' && last_ == '2';
        if (byte == 'A') out.push_back(walk(kNorth, run));
        if (byte == 'B') out.push_back(walk(kSouth, run));
        if (byte == 'C') out.push_back(walk(kEast, run));
        if (byte == 'D') out.push_back(walk(kWest, run));
        break;
      }
    }
  }
}

void KeyDecoder::plain(char byte, std::vector<Press>& out) {
  const auto as = [&out](Press::Kind kind) { out.push_back({.kind = kind}); };
  const bool shift = byte >= 'A' && byte <= 'Z';
  switch (shift ? static_cast<char>(byte + 32) : byte) {
    case 'w': out.push_back(walk(kNorth, shift)); break;
    case 's': out.push_back(walk(kSouth, shift)); break;
    case 'd': out.push_back(walk(kEast, shift)); break;
    case 'a': out.push_back(walk(kWest, shift)); break;
    case ' ': as(Press::Kind::stand); break;
    case 'b':
    case '\r': as(Press::Kind::place); break;
    case 'x': as(Press::Kind::break_block); break;
    case 'f': as(Press::Kind::push); break;
    case 'q':
    case '\x03': as(Press::Kind::quit); break;  // Ctrl-C: a raw terminal sends the byte, no signal
    default:
      if (byte >= '1' && byte <= '9') out.push_back({.kind = Press::Kind::choose, .number = static_cast<std::uint8_t>(byte - '0')});
  }
}

void HeldKey::press(std::uint8_t heading, bool run, std::int64_t now_us) {
  const bool repeats = now_us < until_us_ && heading == heading_ && run == run_;
  heading_ = heading;
  run_ = run;
  until_us_ = now_us + (repeats ? kNextRepeat_us : kFirstRepeat_us);
}

Input HeldKey::input(std::int64_t now_us) const {
  Input input;
  input.heading = heading_;
  if (now_us < until_us_) input.gait = run_ ? Gait::run : Gait::walk;
  return input;
}

}  // namespace meridian
