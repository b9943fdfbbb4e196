// Why a stranger's bytes were refused. Counted by reason; never asserted on.
#pragma once

#include <cstdint>

namespace meridian {

enum class WireError : std::uint8_t {
  truncated,     // ended inside a field
  trailing,      // bytes or more than 7 bits left over
  not_data,      // a handshake byte where a packet was expected
  out_of_range,  // a field outside its range
  bad_tag,       // the seal did not open
  replayed,      // seen already, or too old to tell
  unknown_connection,
  malformed,  // a rule between fields is broken
};

const char* name(WireError error);

}  // namespace meridian
