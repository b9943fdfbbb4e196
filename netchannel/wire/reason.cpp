// One row a reason. The sentence says what happened and, where the player can do something, what.
#include "netchannel/wire/reason.hpp"

namespace meridian {
namespace {

struct Words {
  std::string_view name, text;
};

Words words(Reason reason) {
  switch (reason) {
    case Reason::none: return {"none", "Nothing happened."};
    case Reason::version: return {"version", "This client and the server speak different versions: update the game."};
    case Reason::expired: return {"expired", "The ticket to this server has run out: log in again."};
    case Reason::stale: return {"stale", "The server has restarted since the ticket was issued: log in again."};
    case Reason::used: return {"used", "The ticket to this server has been used already: log in again."};
    case Reason::bad_token: return {"bad_token", "The server does not accept this ticket: log in again."};
    case Reason::full: return {"full", "The server is full: try again in a moment or choose another region."};
    case Reason::draining: return {"draining", "The server is closing and takes nobody in: try again soon or choose another region."};
    case Reason::banned: return {"banned", "This account may not play here."};
    case Reason::epoch: return {"epoch", "This character is played from somewhere else now."};
    case Reason::busy: return {"busy", "Too many players are connecting at this moment: try again in a few seconds."};
    case Reason::suite: return {"suite", "This client and the server share no way to encrypt: update the game."};
    case Reason::bye: return {"bye", "You left the world."};
    case Reason::timeout: return {"timeout", "The connection was lost: nothing was heard for 10 seconds."};
    case Reason::shutdown: return {"shutdown", "The server is stopping: come back in a few minutes."};
    case Reason::flood: return {"flood", "The connection was closed: the client sent too much."};
    case Reason::reassembly: return {"reassembly", "The connection was closed: a message was begun and never finished."};
    case Reason::bad_ack: return {"bad_ack", "The connection was closed: the client confirmed what was never sent."};
    case Reason::slow_reader: return {"slow_reader", "The connection was closed: it is too slow to keep up with the world."};
    case Reason::malformed: return {"malformed", "The connection was closed: too much of what was sent could not be read."};
    case Reason::internal: return {"internal", "The server made a mistake and closed the connection: try again."};
    case Reason::unreachable: return {"unreachable", "The server does not answer: check the address and the network."};
    case Reason::content: return {"content", "The server's world has other rules than this client: update the game."};
  }
  return {"unknown", "The server gave a reason that this client does not know: update the game."};
}

}  // namespace

std::string_view name(Reason reason) { return words(reason).name; }
std::string_view text(Reason reason) { return words(reason).text; }

}  // namespace meridian
