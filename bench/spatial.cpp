// The spatial index: one tick's update of the grid and the 36 nearest of everybody within 128 blocks, per entity and tick, when everybody
// moves.
//
// What would make the figure a lie, and what is done about it:
//   - entities that stand still: a remembered radius is then perfect. Here everybody walks at 6 blocks/s and turns round now and then.
//   - rows that happen to lie in cell order: the sort then only copies. Rows here are in random order, worse than a node's, which re-orders
//   them.
//   - a radius that holds fewer than 36, or a world so thin that windows are empty: the density is printed, about 40 within the radius when
//   even.
//   - answers that are wrong or never read: every answer of a sample of viewers equals brute force's, order and ties included, before any
//   time counts.
//   - a brute force made slow: it is one branch-free pass over packed positions, nth_element, and a sort of the 36.
//   - warm caches: nothing else runs between two ticks here. In a node the same work finds its arrays colder; see the bench `node` for the
//   whole tick.
// Moving the entities is not counted; it is not the index's work.
#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <memory>

#include "base/chance.hpp"
#include "bench/benches.hpp"
#include "world/motion/movement.hpp"
#include "world/spatial/grid.hpp"

namespace meridian {
namespace {

constexpr MapId kMap{0};
constexpr std::int32_t kRadius_q8 = 128 * kBlock_q8;
constexpr std::size_t kNearest = 36;
constexpr int kTurnEveryTicks = 40;
constexpr double kEvenInRadius = 40;

enum class Spread { even, towns, square };

struct Crowd {
  std::vector<MapId> maps;
  std::vector<std::int32_t> x_q8, y_q8;
  std::vector<std::uint8_t> heading;
  int tick = 0;

  std::size_t size() const { return maps.size(); }
  void walk() {
    ++tick;
    for (std::size_t i = 0; i < size(); ++i) {
      if ((static_cast<std::size_t>(tick) + i) % kTurnEveryTicks == 0) heading[i] = static_cast<std::uint8_t>(heading[i] + 128);
      const Direction d = kDirections[heading[i]];
      x_q8[i] += (d.x * 77 + (1 << 13)) >> 14;
      y_q8[i] += (d.y * 77 + (1 << 13)) >> 14;
    }
  }
};

// A bell of the given sigma: twelve uniform draws, since twelve have the variance 1 (Irwin-Hall).
std::int32_t bell(Chance& chance, std::int32_t sigma) {
  std::int64_t sum = -6LL * sigma;
  for (int i = 0; i < 12; ++i) sum += static_cast<std::int64_t>(chance.below(static_cast<std::uint64_t>(sigma)));
  return static_cast<std::int32_t>(sum);
}

Crowd make_crowd(Spread spread, std::size_t count) {
  SeededChance chance(count + static_cast<std::size_t>(spread));
  const double even_side_q8 = std::sqrt(static_cast<double>(count) / kEvenInRadius * 3.14159265) * kRadius_q8;
  const auto side = static_cast<std::uint64_t>(spread == Spread::square ? 256 * kBlock_q8 : even_side_q8);
  const auto anywhere = [&] { return static_cast<std::int32_t>(chance.below(side)); };
  std::vector<std::pair<std::int32_t, std::int32_t>> towns(std::max<std::size_t>(1, count / 1000));
  for (auto& town : towns) town = {anywhere(), anywhere()};
  Crowd crowd;
  for (std::size_t i = 0; i < count; ++i) {
    const bool in_town = spread == Spread::towns && chance.below(5) != 0;
    const auto& town = towns[chance.below(towns.size())];
    crowd.maps.push_back(kMap);
    crowd.x_q8.push_back(in_town ? town.first + bell(chance, 64 * kBlock_q8) : anywhere());
    crowd.y_q8.push_back(in_town ? town.second + bell(chance, 64 * kBlock_q8) : anywhere());
    crowd.heading.push_back(static_cast<std::uint8_t>(chance.below(256)));
  }
  return crowd;
}

bool nearer(const Neighbour& a, const Neighbour& b) {
  return a.distance2_q16 != b.distance2_q16 ? a.distance2_q16 < b.distance2_q16 : a.row < b.row;
}

// The baseline: every viewer looks at everybody.
void brute_force(const Crowd& crowd, Row self, std::vector<Neighbour>& found) {
  found.resize(crowd.size() + 1);
  constexpr auto kRadius2 = static_cast<std::uint64_t>(std::int64_t{kRadius_q8} * kRadius_q8);
  const std::int64_t x = crowd.x_q8[self], y = crowd.y_q8[self];
  std::size_t kept = 0;
  for (Row row = 0; row < crowd.size(); ++row) {
    const std::int64_t dx = crowd.x_q8[row] - x, dy = crowd.y_q8[row] - y;
    const auto d2 = static_cast<std::uint64_t>(dx * dx + dy * dy);
    found[kept] = {.row = row, .distance2_q16 = d2};
    kept += static_cast<std::size_t>(static_cast<unsigned>(d2 <= kRadius2) & static_cast<unsigned>(row != self));
  }
  const std::size_t take = std::min(kept, kNearest);
  if (take > 0)
    std::nth_element(found.begin(), found.begin() + static_cast<std::ptrdiff_t>(take - 1),
                     found.begin() + static_cast<std::ptrdiff_t>(kept), nearer);
  found.resize(take);
  std::sort(found.begin(), found.end(), nearer);
}

// One variant's own copy of the crowd, so that each sees every tick of it.
struct Run {
  Crowd crowd;
  Grid grid;
  Grid::Views views = {};
  std::vector<Row> viewers = {};
  std::vector<std::int32_t> remembered = {};
  std::vector<Neighbour> found = {};
  std::uint64_t seen = 0;  // read by the reader below, so that no answer is optimised away

  explicit Run(Crowd from) : crowd(std::move(from)), grid() {
    for (Row row = 0; row < crowd.size(); ++row) viewers.push_back(row);
    remembered.assign(viewers.size(), 0);
  }
  void all_nearest() {
    grid.rebuild(crowd.maps, crowd.x_q8, crowd.y_q8, kMap);
    grid.k_nearest_all({.rows = viewers, .remembered_q8 = remembered}, kRadius_q8, kNearest, views);
    seen += views.neighbours.size();
  }
  void all_nearest_unremembered() {
    std::fill(remembered.begin(), remembered.end(), 0);
    all_nearest();
  }
  void all_in_radius() {
    grid.rebuild(crowd.maps, crowd.x_q8, crowd.y_q8, kMap);
    for (const Row row : viewers) {
      found.clear();
      grid.query_radius(crowd.x_q8[row], crowd.y_q8[row], kRadius_q8, found);
      seen += found.size();
    }
  }
  void some_by_brute_force(std::size_t some) {
    for (std::size_t i = 0; i < some; ++i) {
      brute_force(crowd, static_cast<Row>(i * (crowd.size() / some)), found);
      seen += found.size();
    }
  }
};

double mean_in_radius(const Crowd& crowd) {
  Run run(crowd);
  run.all_in_radius();
  return static_cast<double>(run.seen) / static_cast<double>(crowd.size()) - 1;  // without the viewer
}

void check(const Bench& bench, const Crowd& crowd, std::size_t viewers) {
  for (const bool scalar : {false, true}) {
    Run run(crowd);
    run.grid.use_scalar_filter(scalar);
    std::vector<Neighbour> expected;
    for (int tick = 0; tick < 3; ++tick) {
      run.crowd.walk();
      run.all_nearest();
      for (std::size_t i = 0; i < viewers; ++i) {
        const auto row = static_cast<Row>(i * (crowd.size() / viewers));
        brute_force(run.crowd, row, expected);
        bench.must(std::ranges::equal(run.views.of(row), expected), "the 36 nearest of one viewer");
      }
    }
  }
}

void measure(Bench& bench, std::string_view name, Spread spread, std::size_t count, double target) {
  const Crowd crowd = make_crowd(spread, count);
  check(bench, crowd, std::min<std::size_t>(count, 200));
  bench.note(fmt::format("{} {}: {:.0f} others within 128 blocks of one", name, count, mean_in_radius(crowd)));
  Run ours(crowd), scalar(crowd), unremembered(crowd), radius(crowd), brute(crowd);
  scalar.grid.use_scalar_filter(true);
  const int ticks = static_cast<int>(std::max<std::size_t>(1, 10'000 / count));
  constexpr std::size_t kBruteViewers = 50;

  const auto a_round = [ticks](Run& run, std::size_t served, auto work) -> std::function<double()> {
    return [&run, served, ticks, work] {
      double spent_us = 0;
      for (int tick = 0; tick < ticks; ++tick) {
        run.crowd.walk();
        const double begin = thread_cpu_us();
        work(run);
        spent_us += thread_cpu_us() - begin;
      }
      return spent_us / static_cast<double>(served) / ticks;
    };
  };
  const std::vector<std::function<double()>> variants = {
      a_round(ours, count, [](Run& run) { run.all_nearest(); }),
      a_round(brute, kBruteViewers, [](Run& run) { run.some_by_brute_force(kBruteViewers); }),
      a_round(radius, count, [](Run& run) { run.all_in_radius(); }),
      a_round(scalar, count, [](Run& run) { run.all_nearest(); }),
      a_round(unremembered, count, [](Run& run) { run.all_nearest_unremembered(); }),
      a_round(ours, count, [](Run& run) { run.grid.rebuild(run.crowd.maps, run.crowd.x_q8, run.crowd.y_q8, kMap); }),
  };
  const std::vector<Cost> cost = by_turns(bench.rounds(count > 10'000 ? 5 : 16), variants);
  const std::string what = fmt::format("{} {}", name, count);
  const std::optional<double> aim = count == 10'000 ? std::optional(target) : std::nullopt;
  const auto line = [&](std::string_view more, const Cost& value, const char* baseline, const Cost& than, std::optional<double> wanted) {
    bench.report({.name = what + std::string(more),
                  .unit = "us/entity-tick",
                  .value = value,
                  .baseline = baseline,
                  .baseline_value = than,
                  .target = wanted});
  };
  line("", cost[0], "brute force", cost[1], aim);
  line("", cost[0], "update + radius query alone", cost[2], std::nullopt);
  line("", cost[0], "scalar filter", cost[3], std::nullopt);
  line("", cost[0], "without remembered radius", cost[4], std::nullopt);
  bench.report({.name = what + ", update alone", .unit = "us/entity-tick", .value = cost[5]});
}

}  // namespace

void spatial(Bench& bench) {
  bench.note("update of the grid + the 36 nearest within 128 blocks, of everybody, everybody walking 6 blocks/s; one thread's CPU time");
  for (const std::size_t count : {1'000, 10'000, 50'000}) {
    if (bench.quick() && count > 10'000) continue;
    measure(bench, "even", Spread::even, count, 0.5);
    measure(bench, "towns", Spread::towns, count, 0.8);
    measure(bench, "square", Spread::square, count, 0.8);
  }
}

}  // namespace meridian
