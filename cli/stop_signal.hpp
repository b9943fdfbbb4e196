// SIGINT, SIGTERM and SIGHUP as a question that a loop asks: a command ends cleanly instead of being cut off.
#pragma once

namespace meridian {

// From now on these signals only set a flag. A second SIGINT or SIGTERM ends the process at once, as if never caught.
void catch_stop_signals();
bool stop_asked();

}  // namespace meridian
