#include "base/error.hpp"

namespace meridian {

std::string Error::text() const {
  std::string line = what;
  if (!why.empty()) line += ": " + why;
  if (what_to_do.empty()) return line;
  line += ". " + what_to_do;
  // A sentence of its own begins with a capital, unless its first word is a name (net.udp, ./dev).
  const std::size_t end = what_to_do.find_first_not_of("abcdefghijklmnopqrstuvwxyz");
  char& first = line[line.size() - what_to_do.size()];
  if (end == std::string::npos || (end > 0 && (what_to_do[end] == ' ' || what_to_do[end] == ','))) first -= 'a' - 'A';
  return line;
}

}  // namespace meridian
