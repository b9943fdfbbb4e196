#include "base/error.hpp"

namespace meridian {

std::string Error::text() const {
  std::string line = what;
  if (!why.empty()) line += ": " + why;
  if (!what_to_do.empty()) line += ". " + what_to_do;
  return line;
}

}  // namespace meridian
