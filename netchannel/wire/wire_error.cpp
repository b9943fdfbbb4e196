#include "netchannel/wire/wire_error.hpp"

namespace meridian {

const char* name(WireError error) {
  switch (error) {
    case WireError::truncated: return "truncated";
    case WireError::trailing: return "trailing";
    case WireError::not_data: return "not_data";
    case WireError::out_of_range: return "out_of_range";
    case WireError::bad_tag: return "bad_tag";
    case WireError::replayed: return "replayed";
    case WireError::unknown_connection: return "unknown_connection";
    case WireError::malformed: return "malformed";
  }
  return "unknown";
}

}  // namespace meridian
