// operator new, counted, for this folder's test program too: see world/testing/allocations.hpp.
#include "world/testing/allocations_test.cpp"
