#include "netchannel/connection/session_states.hpp"

namespace meridian {
namespace {

using enum SessionAction;

// clang-format off
constexpr SessionAction kTable[kSessionStates][kSessionInputs] = {
    //            connect_good     connect_same   token_used   sealed_ok     sealed_bad  silence
    /* none    */ {admit,           impossible,    refuse_used, impossible,   hint_lost,  impossible},
    /* half    */ {admit,           welcome_again, refuse_used, go_up,        count,      free_unused},
    /* up      */ {admit_if_newer,  welcome_again, refuse_used, process,      count,      close_timeout},
    /* handing */ {refuse_draining, impossible,    refuse_used, process,      count,      back_to_up},
    /* closing */ {admit,           impossible,    refuse_used, answer_close, count,      free},
};
// clang-format on

}  // namespace

SessionAction decide(SessionState state, SessionInput input) { return kTable[static_cast<unsigned>(state)][static_cast<unsigned>(input)]; }

bool reachable(SessionState state, SessionInput input) { return state != SessionState::handing && decide(state, input) != impossible; }

const char* name(SessionState state) {
  constexpr const char* kNames[kSessionStates] = {"none", "half", "up", "handing", "closing"};
  return kNames[static_cast<unsigned>(state)];
}

const char* name(SessionInput input) {
  constexpr const char* kNames[kSessionInputs] = {"connect_good", "connect_same", "token_used", "sealed_ok", "sealed_bad", "silence"};
  return kNames[static_cast<unsigned>(input)];
}

}  // namespace meridian
