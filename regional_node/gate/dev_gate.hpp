// The development gate: connect tickets minted from a key file in the node's state folder, until there is a gate with accounts. Whoever can
// read the file may enter as anybody, so it is 0600 and a node accepts such tokens only with `gate.dev: true`.
//
//   node (gate.dev)       load_or_create_dev_key(state_dir)                   -> ConnectionsSettings::token_keys
//   meridian token --dev  mint_dev_ticket(settings.state_dir, request, chance) -> Ticket, printed as one JSON line
//
// The file `dev_gate.key` holds K_master as 64 hex digits and a newline; the node's own key is derived from it (crypto/connect_token.hpp).
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

#include "base/chance.hpp"
#include "base/error.hpp"
#include "base/ids.hpp"
#include "netchannel/crypto/connect_token.hpp"

namespace meridian {

inline constexpr std::uint8_t kDevKeyId = 1;
inline constexpr std::int64_t kTicketLifetime_ms =
    30'000;  // use comes within seconds of issue; a short life keeps the table of used ids small
inline constexpr std::size_t kMaxNameBytes = 64;

// K_master. Refused when the file is readable by anybody but its owner or is not 64 hex digits.
std::expected<Secret32, Error> load_dev_key(const std::string& state_dir);
// As above; made (0600, fsynced) when it is missing. The folder must exist.
std::expected<Secret32, Error> load_or_create_dev_key(const std::string& state_dir, Chance& chance);

struct DevTicketRequest {
  NodeId node;
  std::string udp;          // RegionSettings::udp; an address that means "all interfaces" becomes the loopback
  std::string name;         // of the player, 1-64 bytes; account = character = dev_account(name)
  std::int64_t now_ms = 0;  // Unix; also the session epoch, so that a second login ends the first
};
std::expected<Ticket, Error> mint_dev_ticket(const std::string& state_dir, const DevTicketRequest& request, Chance& chance);

// Where a client on this machine reaches a node that listens at `udp`: "[::]:7777" and "0.0.0.0:7777" become "127.0.0.1:7777".
std::string reachable_address(std::string_view udp);

}  // namespace meridian
