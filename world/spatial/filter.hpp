// The distance filter of the grid: the inner loop of every query. Two forms that give the same answer in the same order: a branch-free
// scalar one, the reference and the one for other machines, and eight at a time with AVX2.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "world/entity/entities.hpp"

namespace meridian {

// Places begin to end, without end, of the arrays in cell order.
struct PlaceRun {
  std::uint32_t begin, end;
};

// Rows in cell order, and who asks. The arrays hold kFilterSlack elements more than any run reaches: whatever they are, they are not kept.
struct FilterInput {
  const std::int32_t* x_q8;
  const std::int32_t* y_q8;
  const Row* row;
  std::int32_t center_x_q8, center_y_q8;
  std::uint64_t radius2_q16;
  Row self;  // left out
};

// Room beyond what is read and what is kept: both forms store first and count after, and one reads eight at a time.
inline constexpr std::size_t kFilterSlack = 8;

// Writes (squared distance, row) of all in the runs and within the radius; returns how many. Distances on one axis must be below 2^31.
std::size_t filter_scalar(const FilterInput& in, std::span<const PlaceRun> runs, std::uint64_t* distance2, Row* row);

// Only where has_avx2(), and only for kMaxNarrow_q8 and less on either axis: squared distances are then exact in 32 bits.
bool has_avx2();
inline constexpr std::int64_t kMaxNarrow_q8 = 46'340;  // 2 x 46,340^2 < 2^32
std::size_t filter_avx2(const FilterInput& in, std::span<const PlaceRun> runs, std::uint64_t* distance2, Row* row);

}  // namespace meridian
