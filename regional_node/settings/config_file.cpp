#include "regional_node/settings/config_file.hpp"

#include <array>
#include <filesystem>
#include <fstream>

namespace meridian {
namespace {

constexpr std::size_t kMaxBytes = 1 << 20;  // a region takes a page; a device that never ends is no file

}  // namespace

std::expected<std::string, ConfigError> read_config_file(const std::string& path) {
  const auto cannot = [&](const char* why) {
    return std::unexpected(ConfigError{path, 1, 1, std::string("cannot read the file: ") + why});
  };
  std::error_code unknown;
  if (std::filesystem::is_directory(path, unknown)) return cannot("it is a folder; name a file in it");
  std::ifstream in(path, std::ios::binary);
  std::string text;
  // Not `<< in.rdbuf()`: that swallows an error of the disk.
  for (std::array<char, 4096> part; in.read(part.data(), part.size()) || in.gcount() > 0;)
    if (text.append(part.data(), static_cast<std::size_t>(in.gcount())).size() > kMaxBytes) return cannot("it is over 1 MiB");
  if (!in.is_open() || in.bad()) return cannot("check the path and that you may read it");
  return text;
}

}  // namespace meridian
