// Replaces operator new for the whole test program of this folder. ThreadSanitizer brings one of its own that cannot be replaced, and a
// hook into it.
#include "world/testing/allocations.hpp"

#include <cstdlib>
#include <gtest/gtest.h>
#include <new>
#include <vector>

#ifdef __has_feature  // clang
#define MERIDIAN_THREAD_SANITIZER __has_feature(thread_sanitizer)
#endif
#if MERIDIAN_THREAD_SANITIZER
#include <sanitizer/allocator_interface.h>
#endif

namespace {
thread_local std::size_t g_allocations = 0;  // the asking thread's own: some programs have others
}  // namespace

#if MERIDIAN_THREAD_SANITIZER
[[maybe_unused]] const int g_hooked =
    __sanitizer_install_malloc_and_free_hooks([](const volatile void*, std::size_t) { ++g_allocations; }, [](const volatile void*) {});
#else
void* operator new(std::size_t size) {
  ++g_allocations;
  if (void* p = std::malloc(size == 0 ? 1 : size)) return p;
  throw std::bad_alloc();
}
void operator delete(void* p) noexcept { std::free(p); }
void operator delete(void* p, std::size_t) noexcept { std::free(p); }
#endif

namespace meridian {

std::size_t allocations_so_far() { return g_allocations; }

TEST(Allocations, Are_counted) {
  const std::size_t before = allocations_so_far();
  const std::vector<int> some(100 + before);
  asm volatile("" : : "r"(some.data()) : "memory");  // somebody may look at it: it is not optimised away
  EXPECT_EQ(allocations_so_far(), before + 1);
}

}  // namespace meridian
