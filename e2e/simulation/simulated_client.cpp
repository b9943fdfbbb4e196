#include "e2e/simulation/simulated_client.hpp"

#include <string>
#include <utility>

namespace meridian::sim {

SimulatedClient::SimulatedClient(const Plan& plan, int index, const Content& content, Network& network, SimulatedNode& node)
    : plan_(plan),
      index_(index),
      content_(content),
      network_(network),
      node_(node),
      keys_(stream(plan.seed, Purpose::client_keys, static_cast<std::uint64_t>(index))),
      play_(stream(plan.seed, Purpose::client_play, static_cast<std::uint64_t>(index))),
      gate_(stream(plan.seed, Purpose::gate, static_cast<std::uint64_t>(index))) {}

std::uint64_t SimulatedClient::account() const { return dev_account("client-" + std::to_string(index_)); }

Now SimulatedClient::own_time(Now now) const {
  const std::int64_t passed = now.mono_us - drift_since_.mono_us;
  const std::int64_t gained = drift_gained_us_ + passed * drift_ppm_ / 1'000'000;
  return {.mono_us = now.mono_us + gained, .wall_ms = now.wall_ms + gained / 1000};
}

void SimulatedClient::set_drift(Now now, std::int32_t ppm) {
  drift_gained_us_ = own_time(now).mono_us - now.mono_us;
  drift_since_ = now;
  drift_ppm_ = ppm;
}

void SimulatedClient::join(Now now) {
  ++generation_;
  socket_ = std::make_unique<SimulatedSocket>(network_, index_);
  socket_->rebind(Network::client_address(index_, generation_));
  ClientOptions options;
  options.kinds = &content_.kinds;
  options.connection.allow_aes = false;
  // The gate of the simulation: what `meridian token --dev` does, with the run's chance and clock.
  options.ticket = [this]() -> std::expected<Ticket, Error> {
    ConnectToken token;
    token.key_id = 1;
    token.node = kNode;
    token.issued_ms = static_cast<std::uint64_t>(last_now_.wall_ms);
    token.expires_ms = token.issued_ms + 30'000;
    gate_.fill(token.id);
    gate_.fill(token.secret.bytes);
    token.account = token.character = account();
    token.epoch = token.issued_ms;
    Ticket ticket;
    ticket.node = kNode;
    ticket.udp = Network::node_address().text();
    ticket.token = seal_token(token, node_.key(), gate_);
    ticket.secret = token.secret;
    ticket.expires_ms = token.expires_ms;
    return ticket;
  };
  last_now_ = now;
  true_packets_.clear();
  socket_->begin(now.mono_us);
  client_ = std::make_unique<Client>(std::move(options), *socket_, keys_);
  client_->connect(own_time(now));
  joined_ = true;
}

void SimulatedClient::leave(Now now) {
  socket_->begin(now.mono_us);
  client_->close(own_time(now));
  joined_ = false;
}

void SimulatedClient::deliver(Parcel parcel) {
  if (!socket_ || parcel.to != socket_->address()) return;
  const bool sealed = !parcel.bytes.empty() && (parcel.bytes[0] & 0x80) == 0;
  if (sealed && !parcel.flipped) true_packets_.insert(parcel.sent_id);
  stirred_ = true;
  socket_->deliver(std::move(parcel));
}

Input SimulatedClient::choose(Now) {
  if (--ticks_until_turn_ <= 0) {
    ticks_until_turn_ = 5 + static_cast<int>(play_.below(30));
    walking_.heading = static_cast<std::uint8_t>(play_.below(256));
    const std::uint64_t gait = play_.below(8);
    walking_.gait = gait == 0 ? Gait::stand : gait == 1 ? Gait::sneak : gait < 4 ? Gait::walk : Gait::run;
  }
  Input input = walking_;
  input.buttons = 0;
  input.aim = 0;
  if (play_.below(40) == 0) {
    input.buttons = kButtonPush;
    input.aim = static_cast<std::uint16_t>(play_.below(4096));
  }
  return input;
}

void SimulatedClient::maybe_build(Now now) {
  if (!may_build_ || play_.below(20) >= plan_.edits_per_s) return;
  const SelfView* self = client_->self(own_time(now));
  if (self == nullptr) return;
  const BlockPlace place{self->map,
                         {(self->body.x_q8 >> 8) + static_cast<std::int32_t>(play_.below(7)) - 3,
                          (self->body.y_q8 >> 8) + static_cast<std::int32_t>(play_.below(7)) - 3},
                         Layer::active};
  if (play_.below(3) == 0) {
    // Refused only while 32 wait for an answer: then it is not worth asking again.
    (void)client_->break_block(own_time(now), place);  // NOLINT(bugprone-unused-return-value): said above
  } else {
    const BlockId wall = content_.kinds.find("stone_wall").value_or(BlockId{1});
    (void)client_->place_block(own_time(now), place, wall);  // NOLINT(bugprone-unused-return-value): said above
  }
}

void SimulatedClient::step(Now now) {
  if (!client_) return;
  last_now_ = now;
  socket_->begin(now.mono_us);
  const Now own = own_time(now);
  client_->step(own);
  for (int due = client_->ticks_due(own); due > 0; --due) {
    stirred_ = true;
    client_->input(own, choose(now));
    maybe_build(now);
  }
  while (auto event = client_->poll()) {
    if (auto* corrected = std::get_if<Corrected>(&*event)) corrections_.push_back(*corrected);
    if (auto* link = std::get_if<LinkChanged>(&*event)) last_word_ = std::string(name(link->reason)) + ": " + link->text;
  }
}

}  // namespace meridian::sim
