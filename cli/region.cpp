#include "cli/region.hpp"

#include "base/clock.hpp"
#include "netchannel/crypto/keys.hpp"
#include "netchannel/transport/datagram.hpp"
#include "regional_node/content/blocks_content.hpp"
#include "regional_node/gate/dev_gate.hpp"

namespace meridian {
namespace {

Error config_error(const std::vector<ConfigError>& errors) {
  Error error{"the config cannot be used", "", ""};
  for (const ConfigError& one : errors) error.why += "\n  " + one.text();
  error.why += "\n";
  error.what_to_do = "mend it, or name another file with --config";
  return error;
}

}  // namespace

std::expected<RegionSettings, Error> load_settings(const std::string& config, const std::string& state_dir) {
  auto settings = load_region_settings(config);
  if (!settings) return std::unexpected(config_error(settings.error()));
  if (!state_dir.empty()) settings->state_dir = state_dir;
  return std::move(*settings);
}

std::expected<Region, Error> load_region(const std::string& config, const std::string& state_dir) {
  auto settings = load_settings(config, state_dir);
  if (!settings) return std::unexpected(settings.error());
  auto kinds = load_blocks(settings->blocks);
  if (!kinds) return std::unexpected(config_error(kinds.error()));
  return Region{std::move(*settings), std::move(*kinds)};
}

std::string address_problem(const std::string& text) {
  const auto address = Address::parse(text);
  return address ? "" : address.error().text();
}

std::function<std::expected<Ticket, Error>()> dev_tickets(const RegionSettings& settings, std::string name, std::string udp) {
  return [state_dir = settings.state_dir, node = settings.node, own_udp = settings.udp, name = std::move(name),
          udp = std::move(udp)]() -> std::expected<Ticket, Error> {
    SystemChance chance;
    auto ticket = mint_dev_ticket(state_dir, {.node = node, .udp = own_udp, .name = name, .now_ms = system_now().wall_ms}, chance);
    if (ticket && !udp.empty()) ticket->udp = udp;
    return ticket;
  };
}

}  // namespace meridian
