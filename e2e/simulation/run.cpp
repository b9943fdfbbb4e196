// Three clocks meet here: parcels (when they are due), the node (every 10 ms; every fifth time a tick) and each client (every few ms,
// drawn, so that no two walk in step). At equal times parcels go first, then the node, then clients by number.
#include "e2e/simulation/run.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <memory>

#include "e2e/simulation/checks.hpp"
#include "e2e/simulation/simulated_client.hpp"
#include "netchannel/connection/session_states.hpp"

namespace meridian::sim {
namespace {

constexpr std::int64_t kWallAtStart_ms = 1'750'000'000'000;
constexpr std::int64_t kNodeStep_us = 10'000;
constexpr std::int64_t kQuiet_us = 6'000'000;   // before the end nobody builds or walks away: what is told must settle
constexpr std::int64_t kAround_us = 1'500'000;  // how long before a goodbye and after a return the attacker is busy with it
constexpr std::int64_t kHealing_us = 10'000'000;
constexpr std::int64_t kConfirm_us = 250'000;  // how often clients are held against the truth

Now at(std::int64_t since_start_us) { return {.mono_us = kStart_us + since_start_us, .wall_ms = kWallAtStart_ms + since_start_us / 1000}; }

class Runner {
 public:
  Runner(const Plan& plan, const Content& content)
      : plan_(plan),
        network_(plan, report_.coverage),
        node_(plan, content, network_, checks_, trace_),
        attacker_(stream(plan.seed, Purpose::attacker)) {
    for (int i = 0; i < plan.clients; ++i) {
      clients_.push_back(std::make_unique<SimulatedClient>(plan, i, content, network_, node_));
      SeededChance chance = stream(plan.seed, Purpose::client_play, 1000 + static_cast<std::uint64_t>(i));
      period_us_.push_back(4'000 + static_cast<std::int64_t>(chance.below(9'000)));
      next_wake_us_.push_back(static_cast<std::int64_t>(chance.below(800'000)));  // they come one by one
    }
    states_.resize(plan.faults.size());
    abandoned_.resize(static_cast<std::size_t>(plan.clients));
    held_against_.resize(static_cast<std::size_t>(plan.clients));
  }

  RunReport go() {
    node_.start(at(0));
    std::int64_t next_node = kNodeStep_us, next_confirm = 2'000'000;
    int until_tick = 5;
    for (std::int64_t now = 0; now < plan_.end_us;) {
      now = std::min({network_.next_us() == INT64_MAX ? INT64_MAX : network_.next_us() - kStart_us, next_node, next_confirm,
                      *std::min_element(next_wake_us_.begin(), next_wake_us_.end())});
      ++report_.steps;
      if (network_.next_us() - kStart_us <= now) {
        hand_over(network_.take());
      } else if (now == next_node) {
        next_node += kNodeStep_us;
        run_faults(now);
        node_.step(at(now));
        if (--until_tick == 0) {
          until_tick = 5;
          node_.tick(at(now));
        }
      } else if (now == next_confirm) {
        next_confirm += kConfirm_us;
        for (auto& client : clients_) {
          checks_.client_confirmed(at(now), *client);
          must_be_back(now, *client);
        }
      } else {
        wake_client(now);
      }
    }
    for (auto& client : clients_)
      if (checks_.client_is_back(at(plan_.end_us), *client, node_)) checks_.client_settled(at(plan_.end_us), *client, node_);
    count_cells();
    report_.coverage.cell("a packet number past its 13 bits", checks_.past_wire_numbers());
    report_.violations = checks_.violations();
    report_.trace_hash = trace_.value();
    report_.counters = node_.core().counters();
    return report_;
  }

 private:
  // Where the session table of this life of the node has been: a batch must have been everywhere.
  void count_cells() {
    for (unsigned s = 0; s < kSessionStates; ++s)
      for (unsigned i = 0; i < kSessionInputs; ++i) {
        const auto state = static_cast<SessionState>(s);
        const auto input = static_cast<SessionInput>(i);
        if (reachable(state, input))
          report_.coverage.cell(fmt::format("session {} x {}", name(state), name(input)), node_.connections().counters().cells[s][i]);
      }
  }

  void hand_over(Parcel parcel) {
    if (parcel.to_node) {
      node_.deliver(std::move(parcel));
    } else {
      clients_[static_cast<std::size_t>(parcel.client)]->deliver(std::move(parcel));
    }
  }

  void wake_client(std::int64_t now) {
    for (std::size_t i = 0; i < clients_.size(); ++i) {
      if (next_wake_us_[i] != now) continue;
      next_wake_us_[i] += period_us_[i];
      SimulatedClient& client = *clients_[i];
      if (plan_.end_us - now < kQuiet_us) client.build(false);
      if (stalled(now, static_cast<int>(i))) continue;
      if (!client.ever_joined()) {
        client.join(at(now));
      }
      client.step(at(now));
      if (client.stirred()) checks_.client_stepped(at(now), client);
      if (client.own_time(at(now)).mono_us != at(now).mono_us) report_.coverage.reached(FaultKind::drift);
      maybe_abandon(now, static_cast<int>(i));
      return;
    }
  }

  // A login given up half way: the lid is shut between CONNECT and WELCOME, and opened again after the node has forgotten it.
  void maybe_abandon(std::int64_t now, int client) {
    constexpr std::int64_t kShut_us = 6'500'000;
    Abandoned& a = abandoned_[static_cast<std::size_t>(client)];
    const auto& connects = network_.captured_connects(client);
    if (!a.next || connects.empty() || connects.back().from != clients_[static_cast<std::size_t>(client)]->address()) return;
    a = {.next = false, .until_us = now + kShut_us};
  }

  bool stalled(std::int64_t now, int client) {
    if (now < abandoned_[static_cast<std::size_t>(client)].until_us) return true;
    bool stalled = false;
    for (const Fault& f : plan_.faults) {
      if ((f.kind != FaultKind::client_stall && f.kind != FaultKind::silence) || f.client != client || now < f.from_us || now >= f.to_us)
        continue;
      stalled = true;
      const bool plays = clients_[static_cast<std::size_t>(client)]->joined();
      if (plays && (f.kind == FaultKind::client_stall || now - f.from_us > kNodeWaits_us)) report_.coverage.reached(f.kind);
    }
    return stalled;
  }

  // Once, 10 s after the last that was done to this client: it may not take longer.
  void must_be_back(std::int64_t now, SimulatedClient& client) {
    const auto i = static_cast<std::size_t>(client.index());
    std::int64_t healed_us = std::max(plan_.faults_end_us, abandoned_[i].until_us);
    for (const Fault& f : plan_.faults)
      if (f.client < 0 || f.client == client.index()) healed_us = std::max(healed_us, f.to_us);
    if (held_against_[i] || now < healed_us + kHealing_us) return;
    held_against_[i] = true;
    checks_.client_is_back(at(now), client, node_);
  }

  // What happens at moments rather than to datagrams.
  void run_faults(std::int64_t now) {
    for (std::size_t i = 0; i < plan_.faults.size(); ++i) {
      const Fault& fault = plan_.faults[i];
      State& state = states_[i];
      const bool active = now >= fault.from_us && now < fault.to_us;
      if (active && !state.begun) begin(now, fault);
      if (!active && state.begun && !state.ended) {
        state.ended = true;
        end(now, fault);
      }
      state.begun = state.begun || active;
      if (active && fault.kind == FaultKind::replay && now >= state.next_us) {
        state.next_us = now + static_cast<std::int64_t>(fault.amount) * 1000;
        attack(now, fault);
      }
      if (fault.kind == FaultKind::leave && now >= fault.from_us - kAround_us && now < fault.to_us + kAround_us)
        attack_login(now, fault.client);
    }
  }

  void begin(std::int64_t now, const Fault& fault) {
    switch (fault.kind) {
      case FaultKind::node_restart:
        count_cells();
        node_.start(at(now));
        break;
      case FaultKind::second_login:  // the same character from another socket; the first SDK goes silent, as a stolen or forgotten window
                                     // does
      case FaultKind::leave: {
        SimulatedClient& client = *clients_[static_cast<std::size_t>(fault.client)];
        if (!client.joined()) return;
        if (fault.kind == FaultKind::leave) {
          client.leave(at(now));
        } else {
          client.join(at(now));
        }
        break;
      }
      case FaultKind::drift:
        clients_[static_cast<std::size_t>(fault.client)]->set_drift(at(now),
                                                                    (fault.extra != 0 ? 1 : -1) * static_cast<std::int32_t>(fault.amount));
        return;
      default: return;  // counted where a datagram or a wake meets them
    }
    report_.coverage.reached(fault.kind);
  }

  void end(std::int64_t now, const Fault& fault) {
    if (fault.kind == FaultKind::drift) clients_[static_cast<std::size_t>(fault.client)]->set_drift(at(now), 0);
    if (fault.kind == FaultKind::leave && !clients_[static_cast<std::size_t>(fault.client)]->joined()) {
      clients_[static_cast<std::size_t>(fault.client)]->join(at(now));
      abandoned_[static_cast<std::size_t>(fault.client)].next = attacker_.below(3) == 0;
    }
  }

  // Around a goodbye and the return: CONNECTs of this client again, whose tokens stand as used by now, and what it just sent with a broken
  // tag, ahead of the true one. In whatever state its session is.
  void attack_login(std::int64_t now, int victim) {
    const auto& connects = network_.captured_connects(victim);
    if (connects.empty() || attacker_.below(2) == 0) return;
    const Network::Captured& connect = connects[attacker_.below(connects.size())];
    network_.forge(at(now).mono_us, victim, connect.from, Network::node_address(), connect.bytes, connect.sent_id);
    const Network::Captured& newest = network_.captured(victim).back();
    std::vector<std::uint8_t> broken = newest.bytes;
    broken.back() ^= 1;
    network_.forge(at(now).mono_us, victim, newest.from, Network::node_address(), broken, 0);
  }

  // An attacker on the path: something captured, sent again whole, cut, or with a bit flipped, from where it came or from elsewhere.
  void attack(std::int64_t now, const Fault& fault) {
    const int victim = fault.client >= 0 ? fault.client : static_cast<int>(attacker_.below(clients_.size()));
    const auto& captured = network_.captured(victim);
    if (captured.empty()) return;
    const Network::Captured& chosen = captured[attacker_.below(captured.size())];
    std::vector<std::uint8_t> bytes = chosen.bytes;
    Address from = chosen.from;
    switch (attacker_.below(4)) {
      case 0: break;
      case 1: bytes.resize(attacker_.below(bytes.size() + 1)); break;
      case 2: bytes[attacker_.below(bytes.size())] ^= static_cast<std::uint8_t>(1u << attacker_.below(8)); break;
      default: from.port = static_cast<std::uint16_t>(30'000 + attacker_.below(1000)); break;
    }
    const bool true_copy = bytes == chosen.bytes && from == chosen.from;
    network_.forge(at(now).mono_us, victim, from, Network::node_address(), bytes, true_copy ? chosen.sent_id : 0);
    report_.coverage.reached(FaultKind::replay);
  }

  struct State {
    bool begun = false, ended = false;
    std::int64_t next_us = 0;
  };
  struct Abandoned {
    bool next = false;
    std::int64_t until_us = 0;
  };
  const Plan& plan_;
  RunReport report_;
  TraceHash trace_;
  Checks checks_;
  Network network_;
  SimulatedNode node_;
  SeededChance attacker_;
  std::vector<std::unique_ptr<SimulatedClient>> clients_;
  std::vector<std::int64_t> period_us_, next_wake_us_;
  std::vector<State> states_;
  std::vector<Abandoned> abandoned_;
  std::vector<bool> held_against_;
};

}  // namespace

RunReport run(const Plan& plan, const Content& content) { return Runner(plan, content).go(); }

}  // namespace meridian::sim
