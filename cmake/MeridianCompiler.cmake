# How every target is compiled: warnings are errors, ccache and mold where present, sanitizers by preset.
option(MERIDIAN_FUZZ "build the fuzz targets (clang only)" OFF)
set(MERIDIAN_SANITIZE "" CACHE STRING "comma list for -fsanitize=, for example address,undefined")

add_library(meridian_flags INTERFACE)
# Designated initializers leave out what has its default on purpose.
target_compile_options(meridian_flags INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Wno-missing-field-initializers -Werror)
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  # libstdc++ 12's own std::stable_sort uses what it marks deprecated; clang says so at every caller.
  target_compile_options(meridian_flags INTERFACE -Wno-deprecated-declarations)
endif()
target_include_directories(meridian_flags INTERFACE ${PROJECT_SOURCE_DIR})

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM)
  # Paths below the checkout are hashed relative to it, so that a fresh clone elsewhere finds what another one compiled.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} CCACHE_NOHASHDIR=1 ${CCACHE_PROGRAM})
endif()

if(MERIDIAN_SANITIZE)
  target_compile_options(meridian_flags INTERFACE -fsanitize=${MERIDIAN_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(meridian_flags INTERFACE -fsanitize=${MERIDIAN_SANITIZE})
endif()
if(MERIDIAN_FUZZ)
  # Coverage in every library, so that libFuzzer sees into the parsers; the fuzzer's main only in the fuzz targets.
  target_compile_options(meridian_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()

find_program(MOLD_PROGRAM mold)
if(MOLD_PROGRAM)
  target_link_options(meridian_flags INTERFACE -fuse-ld=mold)
endif()
