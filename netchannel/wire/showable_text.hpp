// What came over the wire and may go to a player's terminal as it is: well-formed UTF-8 (Unicode 15, table 3-7) without control characters,
// those of C1 among them (a terminal may take U+009B for the start of a command).
#pragma once

#include <string_view>

namespace meridian {

bool showable_utf8(std::string_view text);

}  // namespace meridian
