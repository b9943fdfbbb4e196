// Replaces operator new for the whole test program of this folder.
#include "world/testing/allocations.hpp"

#include <cstdlib>
#include <gtest/gtest.h>
#include <new>
#include <vector>

namespace {
thread_local std::size_t g_allocations = 0;  // the asking thread's own: some programs have others
}  // namespace

void* operator new(std::size_t size) {
  ++g_allocations;
  if (void* p = std::malloc(size == 0 ? 1 : size)) return p;
  throw std::bad_alloc();
}
void operator delete(void* p) noexcept { std::free(p); }
void operator delete(void* p, std::size_t) noexcept { std::free(p); }

namespace meridian {

std::size_t allocations_so_far() { return g_allocations; }

TEST(Allocations, Are_counted) {
  const std::size_t before = allocations_so_far();
  const std::vector<int> some(100 + before);
  EXPECT_EQ(allocations_so_far(), before + 1) << some.size();
}

}  // namespace meridian
