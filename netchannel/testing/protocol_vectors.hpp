// For tests alone: the generated blocks of docs/protocol.md. A test renders its vectors and calls expect_vectors(); it fails when the page
// says anything else. MERIDIAN_WRITE_VECTORS=1 writes the page instead: a change of vectors is a change of the protocol, so it wants a new
// `wire`.
//
//   <!-- vectors NAME -->      what stands between the two lines is the block, written by the test alone
//   <!-- end NAME -->
#pragma once

#include <cstdlib>
#include <fmt/format.h>
#include <fstream>
#include <gtest/gtest.h>
#include <iterator>
#include <string>

#include "base/bytes.hpp"

namespace meridian {

// Lower case, a space between bytes, 32 bytes a line.
inline std::string hex_lines(Bytes bytes) {
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); ++i)
    out += fmt::format("{:02x}{}", bytes[i], i + 1 == bytes.size() || i % 32 == 31 ? '\n' : ' ');
  return out;
}

inline void expect_vectors(const std::string& name, const std::string& block) {
  const std::string path = "docs/protocol.md";  // tests run from the root of the checkout
  std::ifstream in(path, std::ios::binary);
  std::string page(std::istreambuf_iterator<char>(in), {});
  const std::string begin = "<!-- vectors " + name + " -->\n", end = "<!-- end " + name + " -->\n";
  const std::size_t from = page.find(begin), to = page.find(end);
  ASSERT_TRUE(from != std::string::npos && to != std::string::npos && from < to) << path << " has no block " << name;
  const std::size_t start = from + begin.size();
  if (const char* write = std::getenv("MERIDIAN_WRITE_VECTORS"); write != nullptr && std::string(write) == "1") {
    page.replace(start, to - start, block);
    std::ofstream(path, std::ios::binary) << page;
    return;
  }
  EXPECT_EQ(page.substr(start, to - start), block) << path << ", block " << name << ": MERIDIAN_WRITE_VECTORS=1 rewrites it";
}

}  // namespace meridian
