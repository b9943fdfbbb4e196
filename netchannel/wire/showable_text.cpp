#include "netchannel/wire/showable_text.hpp"

#include <cstddef>
#include <cstdint>

namespace meridian {

bool showable_utf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const auto byte = [&](std::size_t i) { return at + i < text.size() ? static_cast<std::uint8_t>(text[at + i]) : std::uint8_t{0}; };
    const auto tail = [&](std::size_t i) { return (byte(i) & 0xC0) == 0x80; };
    const std::uint8_t first = byte(0);
    if (first < 0x80) {
      if (first < 0x20 || first == 0x7F) return false;
      at += 1;
    } else if (first >= 0xC2 && first <= 0xDF) {
      if (!tail(1) || (first == 0xC2 && byte(1) < 0xA0)) return false;  // C2 80-9F: the C1 controls
      at += 2;
    } else if (first >= 0xE0 && first <= 0xEF) {
      const bool second_ok = (first != 0xE0 || byte(1) >= 0xA0) && (first != 0xED || byte(1) < 0xA0);  // overlong; surrogates
      if (!tail(1) || !tail(2) || !second_ok) return false;
      at += 3;
    } else if (first >= 0xF0 && first <= 0xF4) {
      const bool second_ok = (first != 0xF0 || byte(1) >= 0x90) && (first != 0xF4 || byte(1) < 0x90);  // overlong; past U+10FFFF
      if (!tail(1) || !tail(2) || !tail(3) || !second_ok) return false;
      at += 4;
    } else {
      return false;
    }
  }
  return true;
}

}  // namespace meridian
