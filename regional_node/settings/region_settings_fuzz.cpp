// A region's YAML is written by an operator, not a stranger, but tools generate such files and a parser that hangs or dies says nothing
// about why. Whatever is accepted must also survive being printed and read back.
#include <string_view>

#include "base/assert.hpp"
#include "regional_node/settings/region_settings.hpp"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  using namespace meridian;
  const auto read = read_region_settings(std::string_view(reinterpret_cast<const char*>(data), size), "fuzz.yaml");
  if (!read) {
    MRD_ASSERT(!read.error().empty());
    return 0;
  }
  const std::string printed = print_region_settings(*read);
  const auto again = read_region_settings(printed, "printed.yaml");
  MRD_ASSERT(again && print_region_settings(*again) == printed);
  return 0;
}
