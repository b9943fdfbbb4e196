#include "cli/status/report.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace meridian {
namespace {

std::string duration(std::int64_t ms) {
  const std::int64_t s = ms / 1000;
  if (s < 60) return fmt::format("{} s", s);
  if (s < 3600) return fmt::format("{} min {} s", s / 60, s % 60);
  if (s < 86'400) return fmt::format("{} h {} min", s / 3600, s / 60 % 60);
  return fmt::format("{} d {} h", s / 86'400, s / 3600 % 24);
}

// At most 80 columns, broken between words; later lines are indented.
std::string wrapped(std::string_view words) {
  std::string text;
  std::size_t column = 0;
  while (!words.empty()) {
    const std::size_t end = std::min(words.find(' '), words.size());
    if (column != 0 && column + 1 + end > 80) {
      text += "\n  ";
      column = 2;
    } else if (column != 0) {
      text += ' ';
      ++column;
    }
    text += words.substr(0, end);
    column += end;
    words.remove_prefix(std::min(end + 1, words.size()));
  }
  return text + "\n";
}

}  // namespace

std::expected<StatusReport, std::string> read_status(std::string_view text) {
  try {
    const auto json = nlohmann::json::parse(text);
    const auto verdict = json.at("verdict").get<std::string>();
    StatusReport report{.well = verdict == "ok", .players = json.at("players").get<std::uint32_t>(), .text = {}};
    report.text = wrapped(fmt::format("{}: {}", verdict, json.at("reason").get<std::string>())) + "\n";
    const auto line = [&report](const char* name, const std::string& value) { report.text += fmt::format("{:<9} {}\n", name, value); };
    const auto count = [&json](const char* key) { return json.at(key).get<std::uint64_t>(); };
    line("region", fmt::format("{}, node {}, start number {}, pid {}", json.at("region").get<std::string>(), count("node"),
                               count("incarnation"), count("pid")));
    line("running",
         fmt::format("{}, tick {} at {} Hz", duration(json.at("uptime_ms").get<std::int64_t>()), count("tick"), count("tick_hz")));
    line("players", fmt::format("{} of {}, {} link-dead", report.players, count("max_players"), count("link_dead")));
    line("ticks", fmt::format("p50 {:.2f} ms, p99 {:.2f} ms, {} began too late", json.at("tick_p50_ms").get<double>(),
                              json.at("tick_p99_ms").get<double>(), count("overruns")));
    line("world", fmt::format("{} entities, {} chunks, {} block{} changed", count("entities"), count("chunks"), count("block_changes"),
                              count("block_changes") == 1 ? "" : "s"));
    line("durable", json.at("durable").get<bool>() ? "yes" : "no: a restart begins from the seed");
    return report;
  } catch (const nlohmann::json::exception& error) {  // the library's border: it tells by exceptions what is missing or of another type
    return std::unexpected(fmt::format("its /v1/status cannot be read ({})", error.what()));
  }
}

}  // namespace meridian
