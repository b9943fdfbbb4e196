// What can go wrong in use, as a value with three parts that a person can act on.
#pragma once

#include <string>

namespace meridian {

struct Error {
  std::string what;        // what failed: "cannot bind UDP 0.0.0.0:7777"
  std::string why;         // the cause: "address already in use by pid 812"
  std::string what_to_do;  // the next step: "stop it with ./dev down, or set net.udp"

  // One line: "what: why. what_to_do"
  std::string text() const;
};

}  // namespace meridian
