// The life of a server session as a table (`netcode.md` 3). Connections asks decide() for each thing that happens; nothing else knows what
// follows what.
//
//   none --CONNECT--> half --first sealed packet--> up --CLOSE, a rule broken, 10 s of silence, a newer session--> closing --3 s--> none
//                      '--5 s of silence--> none (its token is unused again)
// For a CONNECT the state is that of the session that its character has here (up before half before closing), for a sealed packet or
// silence that of the packet's own session; `none` for a packet whose connection id is nobody's. `handing` comes with handoffs; its row is
// the design's, nothing enters it yet.
#pragma once

#include <cstdint>

namespace meridian {

enum class SessionState : std::uint8_t { none, half, up, handing, closing };
enum class SessionInput : std::uint8_t { connect_good, connect_same, token_used, sealed_ok, sealed_bad, silence };
inline constexpr unsigned kSessionStates = 5, kSessionInputs = 6;

enum class SessionAction : std::uint8_t {
  impossible,      // the two cannot meet
  admit,           // DH, a slot, WELCOME -> half
  admit_if_newer,  // the same beside the session that is up. (In every state: only under an epoch greater than any that came in lately)
  welcome_again,   // the stored bytes (of a session that is up in its first 5 s only; later the token counts as used)
  refuse_used,
  refuse_draining,
  hint_lost,  // LOST, if the packet had 24 B, once a second a source
  go_up,      // -> up; the character's other sessions are closed now, not before
  process,
  count,
  free_unused,    // -> none, the token is good again
  close_timeout,  // -> closing
  back_to_up,
  answer_close,  // CLOSE again, at most one in 100 ms (Channel does)
  free,          // -> none
};

SessionAction decide(SessionState state, SessionInput input);
// Whether a simulation can be asked to have been there: not impossible, and not of a state that nothing enters yet.
bool reachable(SessionState state, SessionInput input);
const char* name(SessionState state);
const char* name(SessionInput input);

}  // namespace meridian
