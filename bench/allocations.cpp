// Replaces operator new for the whole program that links it. Plain malloc behind it, so that costs stay what they are.
#include "bench/allocations.hpp"

#include <atomic>
#include <cstdlib>
#include <new>

namespace {
std::atomic<std::size_t> g_allocations = 0;  // relaxed: a count, read by the thread that made them
}  // namespace

void* operator new(std::size_t size) {
  g_allocations.fetch_add(1, std::memory_order_relaxed);
  if (void* p = std::malloc(size == 0 ? 1 : size)) return p;
  throw std::bad_alloc();
}
void operator delete(void* p) noexcept { std::free(p); }
void operator delete(void* p, std::size_t) noexcept { std::free(p); }

namespace meridian {

std::size_t allocations_so_far() { return g_allocations.load(std::memory_order_relaxed); }

}  // namespace meridian
