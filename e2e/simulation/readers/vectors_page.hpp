// For tests alone: the vectors of docs/protocol.md, read from the page as somebody else would read them.
#pragma once

#include <cctype>
#include <cstdint>
#include <fstream>
#include <string>
#include <vector>

namespace meridian::sim {

struct Vector {
  std::string title;                // the line that names it
  std::vector<std::uint8_t> bytes;  // its lines of hex
  std::vector<std::string> fields;  // the indented lines below
};

// Of the block between "<!-- vectors NAME -->" and "<!-- end NAME -->"; empty when there is none. Tests run from the root of the checkout.
inline std::vector<Vector> vectors_of_page(const std::string& name) {
  std::ifstream page("docs/protocol.md");
  std::vector<Vector> out;
  std::string line;
  while (std::getline(page, line) && line != "<!-- vectors " + name + " -->") {
  }
  const auto is_hex = [](const std::string& text) {
    return text.size() >= 2 && text.find_first_not_of("0123456789abcdef ") == std::string::npos && (text.size() == 2 || text[2] == ' ');
  };
  while (std::getline(page, line) && line != "<!-- end " + name + " -->") {
    if (line.empty() || line.starts_with("```")) continue;
    if (line.starts_with("  ")) {
      out.back().fields.push_back(line);
    } else if (is_hex(line)) {
      for (std::size_t at = 0; at < line.size(); at += 3)
        out.back().bytes.push_back(static_cast<std::uint8_t>(std::stoul(line.substr(at, 2), nullptr, 16)));
    } else {
      out.push_back({line, {}, {}});
    }
  }
  return out;
}

// The number after a field's name ("speed" in "... heading 64  speed 51"), decimal or 0x; `absent` when the text does not name it.
inline std::int64_t field_of(const std::string& text, const std::string& name, std::int64_t absent = -1'000'000'000) {
  for (std::size_t at = text.find(name + " "); at != std::string::npos; at = text.find(name + " ", at + 1))
    if (at == 0 || !std::isalpha(static_cast<unsigned char>(text[at - 1])))
      return std::stoll(text.substr(at + name.size() + 1), nullptr, 0);
  return absent;
}

}  // namespace meridian::sim
