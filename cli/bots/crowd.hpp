// The bots of one process: a client and a walker each, on one socket for all of them (`light`) or one each, driven by one loop on one
// thread.
#pragma once

#include <expected>
#include <iosfwd>
#include <memory>
#include <vector>

#include "cli/bots/summary.hpp"
#include "cli/bots/walker.hpp"
#include "cli/region.hpp"

namespace meridian {

struct CrowdSettings {
  std::uint32_t count = 50;
  bool light = false;        // one shared socket (loopback only), others not interpolated
  std::string name = "bot";  // bot i is NAME-i; whoever logs in under a name ends the one who is in under it
  std::string udp;           // instead of the node's own address
  std::uint64_t seed = 1;    // of what they do; keys come from the system
  WalkerSettings walker;
  std::uint32_t starts_per_s = 200;  // below what a node takes in handshakes beside its players
};

class Crowd {
 public:
  // `region` must outlive the crowd.
  static std::expected<Crowd, Error> open(const CrowdSettings& settings, const Region& region);
  Crowd(Crowd&&) noexcept;
  ~Crowd();

  // Every few ms: reads, walks, sends; bots start one after another. What a person should know goes to `err`.
  void step(Now now, std::ostream& err);
  // Ends the warm-up: figures count from here. Not called: from the start.
  void start_counting(Now now);
  // Once a second: takes note of verdicts.
  void look(Now now);
  std::uint32_t entered() const;  // bots that were in the world at some time
  std::vector<BotFigures> figures(Now now);
  void close(Now now);  // CLOSE goes out with this and the next steps

 private:
  struct State;
  explicit Crowd(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace meridian
