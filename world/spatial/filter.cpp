#include "world/spatial/filter.hpp"

#if defined(__x86_64__)
#include <array>
#include <bit>
#include <immintrin.h>
#endif

namespace meridian {

std::size_t filter_scalar(const FilterInput& in, std::span<const PlaceRun> runs, std::uint64_t* distance2, Row* row) {
  std::size_t kept = 0;
  for (const PlaceRun& run : runs) {
    for (std::size_t i = run.begin; i < run.end; ++i) {
      const std::int64_t dx = std::int64_t{in.x_q8[i]} - in.center_x_q8;
      const std::int64_t dy = std::int64_t{in.y_q8[i]} - in.center_y_q8;
      const auto d2 = static_cast<std::uint64_t>(dx * dx + dy * dy);
      distance2[kept] = d2;
      row[kept] = in.row[i];
      kept += static_cast<std::size_t>(static_cast<unsigned>(d2 <= in.radius2_q16) & static_cast<unsigned>(in.row[i] != in.self));
    }
  }
  return kept;
}

#if defined(__x86_64__)
namespace {

// For each mask of kept lanes the permutation that moves them to the front: one byte a lane, widened when it is used. 2 KiB.
constexpr std::array<std::uint64_t, 256> compress_table() {
  std::array<std::uint64_t, 256> table{};
  for (unsigned mask = 0; mask < 256; ++mask) {
    unsigned to = 0;
    for (unsigned lane = 0; lane < 8; ++lane) {
      if ((mask >> lane) & 1u) table[mask] |= std::uint64_t{lane} << (8 * to++);
    }
  }
  return table;
}
constexpr std::array<std::uint64_t, 256> kCompress = compress_table();

}  // namespace

bool has_avx2() { return __builtin_cpu_supports("avx2") != 0; }

__attribute__((target("avx2"))) std::size_t filter_avx2(const FilterInput& in, std::span<const PlaceRun> runs, std::uint64_t* distance2,
                                                        Row* row) {
  const __m256i center_x = _mm256_set1_epi32(in.center_x_q8);
  const __m256i center_y = _mm256_set1_epi32(in.center_y_q8);
  const __m256i radius2 = _mm256_set1_epi32(static_cast<int>(static_cast<std::uint32_t>(in.radius2_q16)));
  const __m256i self = _mm256_set1_epi32(static_cast<int>(in.self));
  std::size_t kept = 0;
  for (const PlaceRun& run : runs) {
    for (std::size_t i = run.begin; i < run.end; i += 8) {
      const __m256i dx = _mm256_sub_epi32(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(in.x_q8 + i)), center_x);
      const __m256i dy = _mm256_sub_epi32(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(in.y_q8 + i)), center_y);
      const __m256i d2 = _mm256_add_epi32(_mm256_mullo_epi32(dx, dx), _mm256_mullo_epi32(dy, dy));
      const __m256i rows = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(in.row + i));
      const __m256i within = _mm256_cmpeq_epi32(_mm256_max_epu32(d2, radius2), radius2);  // unsigned d2 <= radius2
      const __m256i keep = _mm256_andnot_si256(_mm256_cmpeq_epi32(rows, self), within);
      // Most runs are short: their ends are masked off here instead of left to a second loop.
      const unsigned in_run = (1u << std::min<std::size_t>(run.end - i, 8)) - 1;
      const unsigned mask = static_cast<unsigned>(_mm256_movemask_ps(_mm256_castsi256_ps(keep))) & in_run;
      const __m256i order = _mm256_cvtepu8_epi32(_mm_cvtsi64_si128(static_cast<long long>(kCompress[mask])));
      const __m256i d2_front = _mm256_permutevar8x32_epi32(d2, order);
      _mm256_storeu_si256(reinterpret_cast<__m256i*>(row + kept), _mm256_permutevar8x32_epi32(rows, order));
      _mm256_storeu_si256(reinterpret_cast<__m256i*>(distance2 + kept), _mm256_cvtepu32_epi64(_mm256_castsi256_si128(d2_front)));
      _mm256_storeu_si256(reinterpret_cast<__m256i*>(distance2 + kept + 4), _mm256_cvtepu32_epi64(_mm256_extracti128_si256(d2_front, 1)));
      kept += static_cast<std::size_t>(std::popcount(mask));
    }
  }
  return kept;
}
#else
bool has_avx2() { return false; }
std::size_t filter_avx2(const FilterInput& in, std::span<const PlaceRun> runs, std::uint64_t* distance2, Row* row) {
  return filter_scalar(in, runs, distance2, row);
}
#endif

}  // namespace meridian
