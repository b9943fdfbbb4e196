#include "world/spatial/grid.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <gtest/gtest.h>
#include <new>

#include "base/chance.hpp"
#include "world/spatial/filter.hpp"
#include "world/testing/allocations.hpp"

namespace meridian {
namespace {

constexpr MapId kMap{3};

struct Crowd {
  std::vector<MapId> maps;
  std::vector<std::int32_t> x_q8, y_q8;
  std::size_t size() const { return maps.size(); }
  void add(std::int64_t x, std::int64_t y, MapId map = kMap) {
    maps.push_back(map);
    x_q8.push_back(static_cast<std::int32_t>(x));
    y_q8.push_back(static_cast<std::int32_t>(y));
  }
  void rebuild(Grid& grid) const { grid.rebuild(maps, x_q8, y_q8, kMap); }
};

std::int64_t uniform(Chance& chance, std::int64_t from, std::int64_t to) {
  return from + static_cast<std::int64_t>(chance.below(static_cast<std::uint64_t>(to - from + 1)));
}

struct Spread {
  const char* name;
  Crowd (*make)(Chance&);
};
Crowd box(Chance& chance, int count, std::int64_t from, std::int64_t to) {
  Crowd crowd;
  for (int i = 0; i < count; ++i) crowd.add(uniform(chance, from, to), uniform(chance, from, to));
  return crowd;
}
const Spread kSpreads[] = {
    {"nobody", [](Chance&) { return Crowd{}; }},
    {"one",
     [](Chance&) {
       Crowd c;
       c.add(-1, -1);
       return c;
     }},
    {"only on another map",
     [](Chance&) {
       Crowd c;
       c.add(0, 0, MapId{4});
       return c;
     }},
    {"evenly, two maps",
     [](Chance& chance) {
       Crowd c = box(chance, 300, -200'000, 200'000);
       for (auto& map : c.maps) map = chance.below(10) == 0 ? MapId{4} : kMap;
       return c;
     }},
    {"all negative", [](Chance& chance) { return box(chance, 300, -700'000, -300'000); }},
    {"on cell and page borders",
     [](Chance& chance) {
       Crowd c;
       for (int i = 0; i < 200; ++i) c.add(uniform(chance, -40, 40) * 8192 - uniform(chance, 0, 1), uniform(chance, -2, 2) * 262'144);
       return c;
     }},
    {"everybody on one spot",
     [](Chance&) {
       Crowd c;
       for (int i = 0; i < 150; ++i) c.add(5000, -5000);
       return c;
     }},
    {"a lattice, so that most distances are shared",
     [](Chance&) {
       Crowd c;
       for (int y = -6; y <= 6; ++y) {
         for (int x = -6; x <= 6; ++x) c.add(x * 256, y * 256);
       }
       return c;
     }},
    {"towns far apart, and the corners of the world",
     [](Chance& chance) {
       Crowd c;
       for (int i = 0; i < 200; ++i)
         c.add((i % 2 == 0 ? -1'900'000'000 : 1'900'000'000) + uniform(chance, -9000, 9000), uniform(chance, -9000, 9000));
       for (const std::int64_t x : {std::int64_t{INT32_MIN}, std::int64_t{INT32_MAX}}) {
         for (const std::int64_t y : {std::int64_t{INT32_MIN}, std::int64_t{INT32_MAX}}) c.add(x, y);
       }
       return c;
     }},
};
constexpr std::int32_t kRadii_q8[] = {0, 1, 255, 256, 1000, 8192, 32'768, 38'148, 38'149, 100'000, Grid::kMaxRadius_q8};

std::vector<Neighbour> brute_force(const Crowd& crowd, std::int32_t x, std::int32_t y, std::int32_t radius_q8, Row self) {
  std::vector<Neighbour> all;
  for (Row row = 0; row < crowd.size(); ++row) {
    const std::int64_t dx = std::int64_t{crowd.x_q8[row]} - x, dy = std::int64_t{crowd.y_q8[row]} - y;
    if (crowd.maps[row] != kMap || row == self || std::abs(dx) > radius_q8 || std::abs(dy) > radius_q8) continue;
    const auto d2 = static_cast<std::uint64_t>(dx * dx + dy * dy);
    if (d2 <= static_cast<std::uint64_t>(std::int64_t{radius_q8} * radius_q8)) all.push_back({row, d2});
  }
  std::sort(all.begin(), all.end(), [](const Neighbour& a, const Neighbour& b) {
    return a.distance2_q16 != b.distance2_q16 ? a.distance2_q16 < b.distance2_q16 : a.row < b.row;
  });
  return all;
}
std::vector<Neighbour> first(std::vector<Neighbour> all, std::size_t k) {
  all.resize(std::min(k, all.size()));
  return all;
}
std::vector<Neighbour> vector_of(std::span<const Neighbour> s) { return {s.begin(), s.end()}; }

TEST(Grid, Radius_queries_equal_brute_force) {
  SeededChance chance(1);
  for (const Spread& spread : kSpreads) {
    SCOPED_TRACE(spread.name);
    const Crowd crowd = spread.make(chance);
    Grid grid;
    crowd.rebuild(grid);
    for (int query = 0; query < 20; ++query) {
      const bool beside = crowd.size() == 0 || query % 2 == 0;
      const std::size_t at = beside ? 0 : chance.below(crowd.size());
      const auto x = static_cast<std::int32_t>(beside ? uniform(chance, -300'000, 300'000) : crowd.x_q8[at]);
      const auto y = static_cast<std::int32_t>(beside ? uniform(chance, -300'000, 300'000) : crowd.y_q8[at]);
      for (const std::int32_t radius : kRadii_q8) {
        for (const bool scalar : {false, true}) {
          grid.use_scalar_filter(scalar);
          std::vector<Neighbour> found = {{.row = 77, .distance2_q16 = 1}};  // what is there stays
          grid.query_radius(x, y, radius, found);
          ASSERT_EQ(found.front(), (Neighbour{.row = 77, .distance2_q16 = 1}));
          found.erase(found.begin());
          std::sort(found.begin(), found.end(), [](const Neighbour& a, const Neighbour& b) {
            return a.distance2_q16 != b.distance2_q16 ? a.distance2_q16 < b.distance2_q16 : a.row < b.row;
          });
          ASSERT_EQ(found, brute_force(crowd, x, y, radius, kNoRow)) << "radius " << radius << (scalar ? " scalar" : "");
        }
      }
    }
  }
}

TEST(Grid, Rectangle_queries_equal_brute_force) {
  SeededChance chance(2);
  for (const Spread& spread : kSpreads) {
    SCOPED_TRACE(spread.name);
    const Crowd crowd = spread.make(chance);
    Grid grid;
    crowd.rebuild(grid);
    for (int query = 0; query < 60; ++query) {
      std::array<std::int32_t, 4> r;  // x0 y0 x1 y1
      const std::int64_t reach = query % 3 == 0 ? INT32_MAX : query % 3 == 1 ? 300'000 : 10'000;
      for (auto& side : r) side = static_cast<std::int32_t>(uniform(chance, -reach, reach));
      if (query == 0) r = {INT32_MIN, INT32_MIN, INT32_MAX, INT32_MAX};
      if (query == 1 && crowd.size() > 0) r = {crowd.x_q8[0], crowd.y_q8[0], crowd.x_q8[0], crowd.y_q8[0]};  // a point, inclusive
      std::vector<Row> found, expected;
      grid.query_rect(r[0], r[1], r[2], r[3], found);
      for (Row row = 0; row < crowd.size(); ++row) {
        const std::int32_t x = crowd.x_q8[row], y = crowd.y_q8[row];
        if (crowd.maps[row] == kMap && x >= r[0] && x <= r[2] && y >= r[1] && y <= r[3]) expected.push_back(row);
      }
      std::sort(found.begin(), found.end());
      ASSERT_EQ(found, expected) << "query " << query;
    }
  }
}

TEST(Grid, The_k_nearest_equal_brute_force) {
  SeededChance chance(3);
  for (const Spread& spread : kSpreads) {
    SCOPED_TRACE(spread.name);
    const Crowd crowd = spread.make(chance);
    Grid grid;
    crowd.rebuild(grid);
    for (std::size_t query = 0; query < std::min<std::size_t>(crowd.size(), 15); ++query) {
      const auto self = static_cast<Row>(chance.below(crowd.size()));
      for (const std::int32_t radius : kRadii_q8) {
        const auto all = brute_force(crowd, crowd.x_q8[self], crowd.y_q8[self], radius, self);
        for (const std::size_t k : {0, 1, 2, 36, 1000}) {  // 1,000 is more than there are
          for (const bool scalar : {false, true}) {
            grid.use_scalar_filter(scalar);
            std::vector<Neighbour> found;
            grid.k_nearest(crowd.x_q8[self], crowd.y_q8[self], radius, k, self, found);
            ASSERT_EQ(found, first(all, k)) << "k " << k << ", radius " << radius << (scalar ? " scalar" : "");
          }
        }
      }
    }
  }
}

TEST(Grid, A_radius_reaches_exactly_what_lies_on_it) {
  Crowd crowd;
  crowd.add(0, 0);
  crowd.add(300, 400);  // 500 away
  crowd.add(-500, 0);   // 500 away
  crowd.add(301, 400);  // a little more
  Grid grid;
  crowd.rebuild(grid);
  std::vector<Neighbour> found;
  grid.k_nearest(0, 0, 500, 10, 0, found);
  EXPECT_EQ(found, (std::vector<Neighbour>{{1, 250'000}, {2, 250'000}}));
  found.clear();
  grid.k_nearest(0, 0, 499, 10, 0, found);
  EXPECT_TRUE(found.empty());
}

TEST(Grid, Of_two_at_one_distance_the_lower_row_comes_first) {
  Crowd crowd;
  crowd.add(0, 0);
  for (const auto& [x, y] : {std::pair{0, 256}, {-256, 0}, {256, 0}, {0, -256}}) crowd.add(x, y);  // over three cells and four pages
  Grid grid;
  crowd.rebuild(grid);
  std::vector<Neighbour> found;
  grid.k_nearest(0, 0, 1000, 3, 0, found);
  ASSERT_EQ(found.size(), 3u);
  EXPECT_EQ(found[0].row, 1u);
  EXPECT_EQ(found[1].row, 2u);
  EXPECT_EQ(found[2].row, 3u);
}

// Everybody walks, some jump; the answer must be brute force's at every tick, whatever radius was remembered.
TEST(Grid, Remembered_radii_never_change_an_answer) {
  SeededChance chance(4);
  for (const Spread& spread : kSpreads) {
    SCOPED_TRACE(spread.name);
    Crowd crowd = spread.make(chance);
    Grid grid;
    Grid::Views views;
    std::vector<Row> viewers;
    for (Row row = 0; row < crowd.size(); ++row) viewers.push_back(row);
    std::reverse(viewers.begin(), viewers.end());
    std::vector<std::int32_t> remembered(viewers.size(), 0);
    if (!remembered.empty()) remembered[0] = INT32_MAX;  // nonsense is clamped
    constexpr std::int32_t kRadius_q8 = 32'768;
    for (int tick = 0; tick < 8; ++tick) {
      crowd.rebuild(grid);
      grid.k_nearest_all({.rows = viewers, .remembered_q8 = remembered}, kRadius_q8, 9, views);
      for (std::size_t i = 0; i < viewers.size(); ++i) {
        const Row self = viewers[i];
        ASSERT_TRUE(crowd.maps[self] != kMap || (remembered[i] > 0 && remembered[i] <= kRadius_q8));
        const auto expected = crowd.maps[self] != kMap ? std::vector<Neighbour>{}
                                                       : first(brute_force(crowd, crowd.x_q8[self], crowd.y_q8[self], kRadius_q8, self), 9);
        ASSERT_EQ(vector_of(views.of(i)), expected) << "tick " << tick << ", viewer " << i;
      }
      for (std::size_t row = 0; row < crowd.size(); ++row) {
        const std::int64_t step = chance.below(20) == 0 ? 100'000 : 77;
        for (std::int32_t* at : {&crowd.x_q8[row], &crowd.y_q8[row]}) {
          *at = static_cast<std::int32_t>(std::clamp<std::int64_t>(*at + uniform(chance, -step, step), INT32_MIN, INT32_MAX));
        }
      }
    }
  }
}

TEST(Grid, Remembers_1_15_times_the_distance_of_the_kth_at_every_size) {
  for (std::int64_t distance = 0; distance < 28'000; distance += 1 + distance / 50) {
    Crowd pair;
    pair.add(-7, 9);
    pair.add(-7 - distance, 9);
    Grid grid;
    pair.rebuild(grid);
    Grid::Views views;
    const std::vector<Row> viewers = {0};
    std::vector<std::int32_t> remembered = {0};
    grid.k_nearest_all({.rows = viewers, .remembered_q8 = remembered}, 40'000, 1, views);
    const std::int64_t exact = distance * 115 / 100;
    EXPECT_GE(remembered[0], exact);
    EXPECT_LE(remembered[0], exact + exact / 200 + 4);
  }
}

TEST(Grid, Remembers_the_whole_radius_when_there_are_fewer_than_k) {
  Crowd crowd;
  for (int i = 0; i < 10; ++i) crowd.add(1000 * i, 0);
  Grid grid;
  crowd.rebuild(grid);
  Grid::Views views;
  const std::vector<Row> viewers = {0};
  std::vector<std::int32_t> remembered = {0};
  grid.k_nearest_all({.rows = viewers, .remembered_q8 = remembered}, 32'768, 4, views);
  EXPECT_GE(remembered[0], 4600);
  EXPECT_LE(remembered[0], 4625);
  grid.k_nearest_all({.rows = viewers, .remembered_q8 = remembered}, 32'768, 20, views);  // fewer than k: the whole radius
  EXPECT_EQ(views.of(0).size(), 9u);
  EXPECT_EQ(remembered[0], 32'768);
}

TEST(Grid, Allocates_nothing_once_it_has_grown) {
  SeededChance chance(5);
  Crowd crowd;
  for (int i = 0; i < 2000; ++i) crowd.add(uniform(chance, -500'000, 500'000), uniform(chance, -500'000, 500'000));
  Grid grid;
  Grid::Views views;
  std::vector<Row> viewers;
  for (Row row = 0; row < crowd.size(); ++row) viewers.push_back(row);
  std::vector<std::int32_t> remembered(viewers.size(), 0);
  std::size_t before = 0;
  for (int tick = 0; tick < 20; ++tick) {
    if (tick == 2) before = allocations_so_far();
    crowd.rebuild(grid);
    grid.k_nearest_all({.rows = viewers, .remembered_q8 = remembered}, 32'768, 36, views);
    for (auto& x : crowd.x_q8) x = std::clamp(x + static_cast<std::int32_t>(uniform(chance, -77, 77)), -500'000, 500'000);
  }
  EXPECT_EQ(allocations_so_far() - before, 0u);
}

TEST(Distance_filter, Gives_the_same_answer_in_both_forms_also_at_the_end_of_their_range) {
  const auto fast = has_avx2() ? filter_avx2 : filter_scalar;
  SeededChance chance(6);
  for (int round = 0; round < 2000; ++round) {
    const std::size_t count = kFilterSlack + chance.below(40);
    const std::int64_t reach = round % 2 == 0 ? kMaxNarrow_q8 : 1 + static_cast<std::int64_t>(chance.below(50));
    const auto center_x = static_cast<std::int32_t>(uniform(chance, -2'000'000'000, 2'000'000'000));
    const auto center_y = static_cast<std::int32_t>(uniform(chance, -2'000'000'000, 2'000'000'000));
    std::vector<std::int32_t> x, y;
    std::vector<Row> row;
    for (std::size_t i = 0; i < count; ++i) {
      x.push_back(static_cast<std::int32_t>(center_x + uniform(chance, -reach, reach)));
      y.push_back(static_cast<std::int32_t>(center_y + uniform(chance, -reach, reach)));
      row.push_back(static_cast<Row>(chance.below(2) == 0 ? i : 0xFFFFFFF0u + i));
    }
    const std::int64_t radius = round % 5 == 0 ? reach : uniform(chance, 0, reach);
    const FilterInput in{.x_q8 = x.data(),
                         .y_q8 = y.data(),
                         .row = row.data(),
                         .center_x_q8 = center_x,
                         .center_y_q8 = center_y,
                         .radius2_q16 = static_cast<std::uint64_t>(radius * radius),
                         .self = row[chance.below(count)]};
    std::vector<PlaceRun> runs;  // up to the slack, with gaps, some empty
    for (std::uint32_t at = 0; at + kFilterSlack < count; at += static_cast<std::uint32_t>(chance.below(4))) {
      const auto begin = at;
      at = std::min(static_cast<std::uint32_t>(count - kFilterSlack), at + static_cast<std::uint32_t>(chance.below(20)));
      runs.push_back({.begin = begin, .end = at});
    }
    std::vector<std::uint64_t> d2_a(count + kFilterSlack), d2_b(count + kFilterSlack);
    std::vector<Row> row_a(count + kFilterSlack), row_b(count + kFilterSlack);
    const std::size_t kept = filter_scalar(in, runs, d2_a.data(), row_a.data());
    ASSERT_EQ(fast(in, runs, d2_b.data(), row_b.data()), kept) << "round " << round;
    for (std::size_t i = 0; i < kept; ++i) {
      ASSERT_EQ(d2_a[i], d2_b[i]) << "round " << round;
      ASSERT_EQ(row_a[i], row_b[i]) << "round " << round;
    }
  }
}

}  // namespace
}  // namespace meridian
