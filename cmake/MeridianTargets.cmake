# One call a target. Sources, tests and fuzz targets are found beside the code by their names:
#   thing.cpp -> the library   thing_test.cpp -> the folder's one test program   thing_fuzz.cpp -> a fuzz target   thing_main.cpp -> a program, named by hand
# Tests run from the root of the checkout and name its files by relative paths: no machine's path is compiled in.

# meridian_library(NAME PUBLIC targets... PRIVATE targets... [TEST targets...]): the library of this folder, with its tests and fuzz targets.
function(meridian_library name)
  cmake_parse_arguments(ARG "" "" "PUBLIC;PRIVATE;TEST" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS *.cpp)
  set(tests ${sources})
  set(fuzzers ${sources})
  list(FILTER sources EXCLUDE REGEX "_(test|fuzz|main)\\.cpp$")
  list(FILTER tests INCLUDE REGEX "_test\\.cpp$")
  list(FILTER fuzzers INCLUDE REGEX "_fuzz\\.cpp$")

  if(sources)
    add_library(${name} STATIC ${sources})
    target_link_libraries(${name} PUBLIC meridian_flags ${ARG_PUBLIC} PRIVATE ${ARG_PRIVATE})
  else()
    add_library(${name} INTERFACE)
    target_link_libraries(${name} INTERFACE meridian_flags ${ARG_PUBLIC})
  endif()
  add_library(meridian::${name} ALIAS ${name})

  if(tests)
    add_executable(${name}_test ${tests})
    target_link_libraries(${name}_test PRIVATE ${name} ${ARG_PRIVATE} ${ARG_TEST} GTest::gtest GTest::gtest_main)
    set_target_properties(${name}_test PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  endif()

  if(MERIDIAN_FUZZ)
    foreach(source ${fuzzers})
      get_filename_component(fuzzer ${source} NAME_WE)
      add_executable(${fuzzer} ${source})
      target_link_libraries(${fuzzer} PRIVATE ${name} ${ARG_PRIVATE})
      target_link_options(${fuzzer} PRIVATE -fsanitize=fuzzer)
      set_target_properties(${fuzzer} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/fuzz)
    endforeach()
  endif()
endfunction()

# meridian_program(NAME SOURCE target...): an executable in bin/.
function(meridian_program name source)
  add_executable(${name} ${source})
  target_link_libraries(${name} PRIVATE meridian_flags ${ARGN})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
endfunction()
