// The spatial index: one uniform grid, cell = chunk (32 blocks), rebuilt each tick by counting sort of all rows of one map; positions and
// rows are copied into cell order. Figures: bench `spatial`. Sparse worlds: only occupied pages of 32 x 32 cells have numbers.
//
//   grid.rebuild(world.entities, map);                                   // once a tick, after everybody moved
//   grid.k_nearest_all({.rows = viewers, .remembered_q8 = radii}, 128 * kBlock_q8, 36, views);
//   for (const Neighbour& n : views.of(0)) ...                           // of viewers[0], nearest first
//
// Answers are exact and depend on the rows' positions alone. Radii are inclusive. Nearest first means by (squared distance, row): of two at
// the same distance the lower row comes first, also where the k-th place is shared. Queries use the grid's own scratch: one thread at a
// time.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "world/entity/entities.hpp"
#include "world/spatial/filter.hpp"

namespace meridian {

struct Neighbour {
  Row row = kNoRow;
  std::uint64_t distance2_q16 = 0;  // squared distance in (1/256 block)^2
  friend bool operator==(const Neighbour&, const Neighbour&) = default;
};

class Grid {
 public:
  // The largest radius that may be asked for: 1,048,576 blocks, further than a world is wide. Squared distances then fit 64 bits with room.
  static constexpr std::int32_t kMaxRadius_q8 = 1 << 28;

  // Rows of `map` only. No allocation once it has grown to its size.
  void rebuild(const Entities& entities, MapId map) { rebuild(entities.maps(), entities.x_q8(), entities.y_q8(), map); }
  // The same from bare columns, all of one size.
  void rebuild(std::span<const MapId> maps, std::span<const std::int32_t> x_q8, std::span<const std::int32_t> y_q8, MapId map);
  std::size_t size() const { return size_; }

  // Appends to `out` (not cleared), in no order. Radius in q8, 0 to kMaxRadius_q8; the rectangle is inclusive.
  void query_radius(std::int32_t x_q8, std::int32_t y_q8, std::int32_t radius_q8, std::vector<Neighbour>& out) const;
  void query_rect(std::int32_t x0_q8, std::int32_t y0_q8, std::int32_t x1_q8, std::int32_t y1_q8, std::vector<Row>& out) const;
  // Appends the k nearest within radius, nearest first; the viewer itself (row `self`, kNoRow for nobody) is left out.
  void k_nearest(std::int32_t x_q8, std::int32_t y_q8, std::int32_t radius_q8, std::size_t k, Row self, std::vector<Neighbour>& out) const;

  // The k nearest of every viewer, served in cell order. `remembered_q8` (one a viewer, kept by the caller, 0 at first) is the radius that
  // sufficed last tick, 1.15 x the k-th distance: what keeps crowds cheap; it never changes an answer. A viewer that is not on the map sees
  // nobody. Results: `out.of(i)` belongs to viewers[i], nearest first. Each row at most once among the viewers.
  struct Viewers {
    std::span<const Row> rows;
    std::span<std::int32_t> remembered_q8;
  };
  struct Views {
    std::vector<std::uint32_t> begin, count;  // by viewer
    std::vector<Neighbour> neighbours;        // in the order served
    std::span<const Neighbour> of(std::size_t viewer) const { return std::span(neighbours).subspan(begin[viewer], count[viewer]); }
  };
  void k_nearest_all(const Viewers& viewers, std::int32_t radius_q8, std::size_t k, Views& out) const;

  // Filters run eight at a time where the processor has AVX2. Off: the scalar reference, for tests and benches that compare the two.
  void use_scalar_filter(bool scalar) { scalar_ = scalar; }

 private:
  static constexpr std::uint32_t kNone = 0xFFFFFFFF;
  struct Window {  // cells, inclusive
    std::int32_t x0, y0, x1, y1;
  };
  struct PageEntry {
    std::uint32_t key = 0, number = kNone;
  };
  static Window window_around(std::int32_t x_q8, std::int32_t y_q8, std::int32_t radius_q8);
  std::size_t page_place(std::uint32_t key) const;
  std::uint32_t number_page(std::uint32_t key);
  void find_runs(const Window& window) const;
  std::size_t gather(std::int32_t x_q8, std::int32_t y_q8, std::int32_t radius_q8, Row self) const;
  std::size_t select_nearest(std::size_t candidates, std::size_t k, std::int32_t radius_q8) const;

  std::vector<std::uint32_t> pages_;         // keys in order of number
  std::vector<PageEntry> page_table_;        // key -> number; a power of two, at most half full
  std::vector<std::uint32_t> cell_begin_;    // 1,024 a page: where the cell's rows begin; + 1
  std::size_t size_ = 0;                     // rows on the map
  std::vector<std::int32_t> x_q8_, y_q8_;    // in cell order
  std::vector<Row> row_;                     // in cell order
  std::vector<std::uint32_t> place_of_row_;  // place in cell order; kNone when on another map
  std::vector<std::uint32_t> cell_of_row_;   // scratch of the sort
  bool scalar_ = false;

  struct Scratch {
    std::vector<PlaceRun> runs;            // of one window
    std::vector<std::uint64_t> distance2;  // of the candidates of one query
    std::vector<Row> row;                  // likewise
    std::vector<Neighbour> nearest;        // one query's answer
    std::vector<std::uint32_t> viewer_at_place;
  };
  mutable Scratch scratch_;
};

}  // namespace meridian
