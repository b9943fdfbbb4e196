// The spatial index: one uniform grid, cell = chunk (32 blocks), rebuilt each tick by counting sort of all rows of one map; positions and rows are
// copied into cell order. Figures and the choice: `docs/decisions/`, bench `spatial`. Sparse worlds: only occupied pages of 32 x 32 cells have numbers.
// Answers are exact and deterministic: nearest first, ties by row order in the sorted arrays (id order is not promised).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "world/entity/entities.hpp"

namespace meridian {

struct Neighbour {
  Row row = kNoRow;
  std::uint64_t distance2_q16 = 0;  // squared distance in (1/256 block)^2
};

class Grid {
 public:
  // Rows of `map` only. No allocation once it has grown to its size.
  void rebuild(const Entities& entities, MapId map);

  // Appends to `out` (not cleared), in no order. Radius in q8; the rectangle is inclusive.
  void query_radius(std::int32_t x_q8, std::int32_t y_q8, std::int32_t radius_q8, std::vector<Neighbour>& out) const;
  void query_rect(std::int32_t x0_q8, std::int32_t y0_q8, std::int32_t x1_q8, std::int32_t y1_q8, std::vector<Row>& out) const;
  // The k nearest within radius, nearest first; the viewer itself (row `self`) is left out.
  void k_nearest(std::int32_t x_q8, std::int32_t y_q8, std::int32_t radius_q8, std::size_t k, Row self, std::vector<Neighbour>& out) const;

  // The k nearest of every viewer, served in cell order. `remembered_q8` (one a viewer, kept by the caller, 0 at first) is the radius that sufficed last
  // tick, 1.15 x the k-th distance: what keeps crowds cheap. Results: `out.of(i)` belongs to viewers[i], nearest first.
  struct Viewers {
    std::span<const Row> rows;
    std::span<std::int32_t> remembered_q8;
  };
  struct Views {
    std::vector<std::uint32_t> begin;  // size viewers + 1
    std::vector<Neighbour> neighbours;
    std::span<const Neighbour> of(std::size_t viewer) const {
      return std::span(neighbours).subspan(begin[viewer], begin[viewer + 1] - begin[viewer]);
    }
  };
  void k_nearest_all(const Viewers& viewers, std::int32_t radius_q8, std::size_t k, Views& out) const;

 private:
  struct Impl {
    std::int32_t cell_x0 = 0, cell_y0 = 0;      // of page (0, 0)
    std::int32_t pages_x = 0, pages_y = 0;
    std::vector<std::int32_t> page_number;      // pages_x * pages_y; -1 = empty
    std::vector<std::uint32_t> cell_begin;      // 1024 a numbered page, + 1
    std::vector<std::int32_t> x_q8, y_q8;       // in cell order
    std::vector<Row> row;
    std::vector<std::uint32_t> sorted_of_row;   // row -> place in cell order
    std::vector<std::uint32_t> cell_of_entity;  // scratch of the sort
  };
  Impl impl_;
};

}  // namespace meridian
