// Counting sort: number the cell of each row, count, sum up, place. A page is 32 x 32 cells with consecutive numbers, row by row, so a
// window of cells is a few runs of consecutive rows; pages are numbered as they are met, and answers are ordered by (distance, row), so the
// numbering never shows.
//
// The k nearest come from a bucket cut: candidates are counted into buckets of squared distance (which is even for an even crowd), whole
// buckets are taken while fewer than k are, and what is placed by bucket is nearly sorted.
#include "world/spatial/grid.hpp"

#include <algorithm>
#include <array>
#include <bit>

#include "base/assert.hpp"

namespace meridian {
namespace {

constexpr int kCellShift = 13;  // 32 blocks of 256
constexpr int kPageShift = 5;   // 32 cells
constexpr std::int32_t kPageSide = 1 << kPageShift;
constexpr std::uint32_t kPageCells = 1024;
constexpr std::size_t kBuckets = 128;
constexpr std::uint32_t kInsertionBucket = 16;  // up to so many in one bucket, insertion beats std::sort

static_assert(kChunkBlocks * kBlock_q8 == 1 << kCellShift);

// Pages have 14 bits a side: 32-bit positions over 2^18.
std::uint32_t page_key(std::int32_t page_x, std::int32_t page_y) {
  return (static_cast<std::uint32_t>(page_y) << 16) | (static_cast<std::uint32_t>(page_x) & 0xFFFF);
}
std::int32_t page_x(std::uint32_t key) { return static_cast<std::int16_t>(key & 0xFFFF); }
std::int32_t page_y(std::uint32_t key) { return static_cast<std::int16_t>(key >> 16); }

std::int32_t clamp_to_world(std::int64_t q8) { return static_cast<std::int32_t>(std::clamp<std::int64_t>(q8, INT32_MIN, INT32_MAX)); }

bool nearer(const Neighbour& a, const Neighbour& b) {
  return a.distance2_q16 != b.distance2_q16 ? a.distance2_q16 < b.distance2_q16 : a.row < b.row;
}

// 1.15 x the root of a squared distance, up to 0.4 % more: it decides what the next tick costs, never what it answers. Two steps of
// Newton's method from 2^k or 1.5 x 2^k, at most half above the root; from above they stay above.
std::int32_t radius_to_remember(std::uint64_t distance2) {
  const std::uint64_t square = distance2 / 400 * 529 + distance2 % 400 * 529 / 400;  // 1.15^2 = 529 / 400
  if (square == 0) return 1;
  const auto bits = static_cast<unsigned>(std::bit_width(square));
  std::uint64_t root = bits % 2 == 0 ? std::uint64_t{1} << (bits / 2) : (std::uint64_t{3} << (bits / 2)) / 2;
  for (int step = 0; step < 2; ++step) root = (root + square / root) / 2 + 1;
  return static_cast<std::int32_t>(std::min<std::uint64_t>(root, Grid::kMaxRadius_q8));
}

// Elements move only within their bucket, so this is linear in all but the crowdedness of the buckets.
void insertion_sort(Neighbour* first, std::size_t count) {
  for (std::size_t i = 1; i < count; ++i) {
    const Neighbour moving = first[i];
    std::size_t to = i;
    for (; to > 0 && nearer(moving, first[to - 1]); --to) first[to] = first[to - 1];
    first[to] = moving;
  }
}

}  // namespace

std::size_t Grid::page_place(std::uint32_t key) const {
  const std::size_t mask = page_table_.size() - 1;
  const int bits = std::countr_zero(page_table_.size());  // 6 at the least once there is a page
  std::size_t at = (key * 0x9E3779B1u) >> ((32 - bits) & 31);
  while (page_table_[at].number != kNone && page_table_[at].key != key) at = (at + 1) & mask;
  return at;
}

std::uint32_t Grid::number_page(std::uint32_t key) {
  const std::size_t at = page_place(key);
  if (page_table_[at].number != kNone) return page_table_[at].number;
  const auto number = static_cast<std::uint32_t>(pages_.size());
  page_table_[at] = {.key = key, .number = number};
  pages_.push_back(key);
  if (pages_.size() * 2 > page_table_.size()) {
    page_table_.assign(page_table_.size() * 2, {});
    for (std::uint32_t n = 0; n < pages_.size(); ++n) page_table_[page_place(pages_[n])] = {.key = pages_[n], .number = n};
  }
  return number;
}

void Grid::rebuild(std::span<const MapId> maps, std::span<const std::int32_t> x_q8, std::span<const std::int32_t> y_q8, MapId map) {
  MRD_ASSERT(x_q8.size() == maps.size() && y_q8.size() == maps.size());
  pages_.clear();
  page_table_.assign(std::max<std::size_t>(64, page_table_.size()), {});
  cell_of_row_.resize(maps.size());
  place_of_row_.assign(maps.size(), kNone);

  std::size_t here = 0;
  std::uint32_t last_key = 0, last_page = kNone;
  for (std::size_t row = 0; row < maps.size(); ++row) {
    if (maps[row] != map) {
      cell_of_row_[row] = kNone;
      continue;
    }
    ++here;
    const std::int32_t cell_x = x_q8[row] >> kCellShift, cell_y = y_q8[row] >> kCellShift;
    const std::uint32_t key = page_key(cell_x >> kPageShift, cell_y >> kPageShift);
    if (key != last_key || last_page == kNone) {
      last_key = key;
      last_page = number_page(key);
    }
    cell_of_row_[row] = last_page * kPageCells + (static_cast<std::uint32_t>(cell_y & 31) << 5) + static_cast<std::uint32_t>(cell_x & 31);
  }

  // Counted two places on and summed up, cell_begin_[cell + 1] is where the cell begins; placing its rows moves that to where it ends,
  // which is where the next one begins.
  cell_begin_.assign(pages_.size() * kPageCells + 2, 0);
  for (const std::uint32_t cell : cell_of_row_) {
    if (cell != kNone) ++cell_begin_[cell + 2];
  }
  for (std::size_t cell = 2; cell < cell_begin_.size(); ++cell) cell_begin_[cell] += cell_begin_[cell - 1];
  size_ = here;
  x_q8_.resize(here + kFilterSlack);
  y_q8_.resize(here + kFilterSlack);
  row_.resize(here + kFilterSlack);
  for (std::size_t row = 0; row < maps.size(); ++row) {
    if (cell_of_row_[row] == kNone) continue;
    const std::uint32_t place = cell_begin_[cell_of_row_[row] + 1]++;
    place_of_row_[row] = place;
    x_q8_[place] = x_q8[row];
    y_q8_[place] = y_q8[row];
    row_[place] = static_cast<Row>(row);
  }
  // Every query may keep everybody.
  scratch_.distance2.resize(here + kFilterSlack);
  scratch_.row.resize(here + kFilterSlack);
  scratch_.nearest.resize(here + 1);
}

Grid::Window Grid::window_around(std::int32_t x_q8, std::int32_t y_q8, std::int32_t radius_q8) {
  MRD_ASSERT(radius_q8 >= 0 && radius_q8 <= kMaxRadius_q8);
  const std::int64_t x = x_q8, y = y_q8, r = radius_q8;
  return {.x0 = clamp_to_world(x - r) >> kCellShift,
          .y0 = clamp_to_world(y - r) >> kCellShift,
          .x1 = clamp_to_world(x + r) >> kCellShift,
          .y1 = clamp_to_world(y + r) >> kCellShift};
}

// Fills the scratch with the runs of places whose cells lie in the window.
void Grid::find_runs(const Window& window) const {
  scratch_.runs.clear();
  if (pages_.empty()) return;
  const std::int32_t px0 = window.x0 >> kPageShift, px1 = window.x1 >> kPageShift;
  const std::int32_t py0 = window.y0 >> kPageShift, py1 = window.y1 >> kPageShift;
  const auto visit_page = [&](std::uint32_t number, std::int32_t px, std::int32_t py) {
    const auto x0 = static_cast<std::uint32_t>(std::max(window.x0 - px * kPageSide, 0));
    const auto x1 = static_cast<std::uint32_t>(std::min(window.x1 - px * kPageSide, kPageSide - 1));
    const auto y0 = static_cast<std::uint32_t>(std::max(window.y0 - py * kPageSide, 0));
    const auto y1 = static_cast<std::uint32_t>(std::min(window.y1 - py * kPageSide, kPageSide - 1));
    for (std::uint32_t y = y0; y <= y1; ++y) {
      const std::uint32_t* row_of_cells = &cell_begin_[number * kPageCells + y * kPageSide];
      if (row_of_cells[x0] != row_of_cells[x1 + 1]) scratch_.runs.push_back({.begin = row_of_cells[x0], .end = row_of_cells[x1 + 1]});
    }
  };
  // A window may span more pages than there are: then it is cheaper to ask each page whether it lies inside.
  if (std::int64_t{px1 - px0 + 1} * (py1 - py0 + 1) > static_cast<std::int64_t>(pages_.size())) {
    for (std::uint32_t n = 0; n < pages_.size(); ++n) {
      const std::int32_t px = page_x(pages_[n]), py = page_y(pages_[n]);
      if (px >= px0 && px <= px1 && py >= py0 && py <= py1) visit_page(n, px, py);
    }
    return;
  }
  for (std::int32_t py = py0; py <= py1; ++py) {
    for (std::int32_t px = px0; px <= px1; ++px) {
      const PageEntry& entry = page_table_[page_place(page_key(px, py))];
      if (entry.number != kNone) visit_page(entry.number, px, py);
    }
  }
}

// Fills the scratch with all within the radius but `self`; returns how many.
std::size_t Grid::gather(std::int32_t x_q8, std::int32_t y_q8, std::int32_t radius_q8, Row self) const {
  const FilterInput in{.x_q8 = x_q8_.data(),
                       .y_q8 = y_q8_.data(),
                       .row = row_.data(),
                       .center_x_q8 = x_q8,
                       .center_y_q8 = y_q8,
                       .radius2_q16 = static_cast<std::uint64_t>(std::int64_t{radius_q8} * radius_q8),
                       .self = self};
  find_runs(window_around(x_q8, y_q8, radius_q8));
  // What the window holds lies within the radius and one cell.
  static const bool kAvx2 = has_avx2();
  const bool narrow = kAvx2 && !scalar_ && radius_q8 + (std::int64_t{1} << kCellShift) <= kMaxNarrow_q8;
  const auto filter = narrow ? filter_avx2 : filter_scalar;
  return filter(in, scratch_.runs, scratch_.distance2.data(), scratch_.row.data());
}

// The min(k, candidates) nearest of the gathered candidates, in order, to scratch_.nearest; returns how many.
std::size_t Grid::select_nearest(std::size_t candidates, std::size_t k, std::int32_t radius_q8) const {
  const std::size_t take = std::min(k, candidates);
  if (take == 0) return 0;
  const auto radius2 = static_cast<std::uint64_t>(std::int64_t{radius_q8} * radius_q8);
  const auto shift =
      std::max(std::bit_width(radius2), std::bit_width(kBuckets - 1)) - std::bit_width(kBuckets - 1);  // distance2 >> shift < kBuckets

  std::array<std::uint32_t, kBuckets + 1> end{};  // counts, then where each bucket ends
  const std::uint64_t* const distance2 = scratch_.distance2.data();
  for (std::size_t i = 0; i < candidates; ++i) ++end[distance2[i] >> shift];
  std::size_t last = 0;  // the bucket that holds the k-th
  std::uint32_t sum = 0, begin_of_last = 0, largest = 0;
  std::array<std::uint32_t, kBuckets + 1> at;  // where the next of each bucket goes
  for (;; ++last) {
    at[last] = begin_of_last = sum;
    largest = std::max(largest, end[last]);
    sum += end[last];
    if (sum >= take) break;
  }
  // What lies beyond the last bucket is stored one past the end, again and again: cheaper than a branch that is hard to foresee.
  at[last + 1] = sum;
  Neighbour* const nearest = scratch_.nearest.data();
  for (std::size_t i = 0; i < candidates; ++i) {
    const std::size_t bucket = std::min<std::size_t>(distance2[i] >> shift, last + 1);
    nearest[at[bucket]] = {.row = scratch_.row[i], .distance2_q16 = distance2[i]};
    at[bucket] += bucket <= last;
  }
  if (largest <= kInsertionBucket) {
    insertion_sort(nearest, sum);
  } else {
    std::nth_element(nearest + begin_of_last, nearest + take - 1, nearest + sum, nearer);
    std::sort(nearest, nearest + take, nearer);
  }
  return take;
}

void Grid::query_radius(std::int32_t x_q8, std::int32_t y_q8, std::int32_t radius_q8, std::vector<Neighbour>& out) const {
  const std::size_t found = gather(x_q8, y_q8, radius_q8, kNoRow);
  for (std::size_t i = 0; i < found; ++i) out.push_back({.row = scratch_.row[i], .distance2_q16 = scratch_.distance2[i]});
}

void Grid::query_rect(std::int32_t x0_q8, std::int32_t y0_q8, std::int32_t x1_q8, std::int32_t y1_q8, std::vector<Row>& out) const {
  if (x0_q8 > x1_q8 || y0_q8 > y1_q8) return;
  const Window window{.x0 = x0_q8 >> kCellShift, .y0 = y0_q8 >> kCellShift, .x1 = x1_q8 >> kCellShift, .y1 = y1_q8 >> kCellShift};
  find_runs(window);
  for (const PlaceRun& run : scratch_.runs) {
    for (std::uint32_t i = run.begin; i < run.end; ++i) {
      if (x_q8_[i] >= x0_q8 && x_q8_[i] <= x1_q8 && y_q8_[i] >= y0_q8 && y_q8_[i] <= y1_q8) out.push_back(row_[i]);
    }
  }
}

void Grid::k_nearest(std::int32_t x_q8, std::int32_t y_q8, std::int32_t radius_q8, std::size_t k, Row self,
                     std::vector<Neighbour>& out) const {
  const std::size_t found = select_nearest(gather(x_q8, y_q8, radius_q8, self), k, radius_q8);
  out.insert(out.end(), scratch_.nearest.begin(), scratch_.nearest.begin() + static_cast<std::ptrdiff_t>(found));
}

void Grid::k_nearest_all(const Viewers& viewers, std::int32_t radius_q8, std::size_t k, Views& out) const {
  MRD_ASSERT(viewers.rows.size() == viewers.remembered_q8.size());
  MRD_ASSERT(viewers.rows.size() * k < kNone);
  out.begin.assign(viewers.rows.size(), 0);
  out.count.assign(viewers.rows.size(), 0);
  out.neighbours.resize(viewers.rows.size() * k);
  std::vector<std::uint32_t>& viewer_at_place = scratch_.viewer_at_place;
  viewer_at_place.assign(size_, kNone);
  for (std::uint32_t viewer = 0; viewer < viewers.rows.size(); ++viewer) {
    const std::uint32_t place = place_of_row_[viewers.rows[viewer]];
    if (place == kNone) continue;
    MRD_ASSERT(viewer_at_place[place] == kNone);
    viewer_at_place[place] = viewer;
  }

  std::uint32_t written = 0;
  for (std::size_t place = 0; place < size_; ++place) {
    const std::uint32_t viewer = viewer_at_place[place];
    if (viewer == kNone) continue;
    std::int32_t& remembered = viewers.remembered_q8[viewer];
    std::int32_t asked = remembered > 0 ? std::min(remembered, radius_q8) : radius_q8;
    std::size_t candidates = gather(x_q8_[place], y_q8_[place], asked, row_[place]);
    while (candidates < k && asked < radius_q8) {
      asked = static_cast<std::int32_t>(std::min<std::int64_t>(radius_q8, asked + asked / 2 + 1));
      candidates = gather(x_q8_[place], y_q8_[place], asked, row_[place]);
    }
    const std::size_t found = select_nearest(candidates, k, asked);
    std::copy_n(scratch_.nearest.begin(), found, out.neighbours.begin() + written);
    out.begin[viewer] = written;
    out.count[viewer] = static_cast<std::uint32_t>(found);
    written += static_cast<std::uint32_t>(found);
    remembered = found == k && k > 0 ? std::min(radius_q8, radius_to_remember(scratch_.nearest[k - 1].distance2_q16)) : radius_q8;
  }
  out.neighbours.resize(written);
}

}  // namespace meridian
