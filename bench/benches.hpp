// Every benchmark: one function, in the file of its name. A new one gets a line here and a row in bench_main.cpp.
#pragma once

#include "bench/figure.hpp"

namespace meridian {

void node(Bench& bench);
void snapshot(Bench& bench);
void spatial(Bench& bench);
void transport(Bench& bench);

}  // namespace meridian
