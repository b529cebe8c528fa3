# Every target of ours links lockstep_build: the language level, warnings and sanitizers.
add_library(lockstep_build INTERFACE)
target_compile_features(lockstep_build INTERFACE cxx_std_20)
# Where a compiler fuses a product and a sum into one rounding depends on a loop's length: never.
set(host_options -ffp-contract=off -Wall -Wextra -Wpedantic -Wshadow
  -Wnon-virtual-dtor -Woverloaded-virtual
  # Naming only the members that differ from their defaults is how we write configurations.
  -Wno-missing-field-initializers $<$<BOOL:${LOCKSTEP_WERROR}>:-Werror>)
target_compile_options(lockstep_build INTERFACE "$<$<COMPILE_LANGUAGE:C,CXX>:${host_options}>")
# Sources compiled together take a third of the time: names in nameless namespaces must differ within a
# target. GCC then takes every class for one of a header. In the builds for the sanitizers all sources are,
# and names hide each other there; elsewhere those of tests, fewer at a time, so that a change is soon compiled.
set(lockstep_together_option $<$<COMPILE_LANG_AND_ID:CXX,GNU>:-Wno-subobject-linkage>)
if(CMAKE_UNITY_BUILD)
  target_compile_options(lockstep_build INTERFACE $<$<COMPILE_LANGUAGE:CXX>:-Wno-shadow> ${lockstep_together_option})
endif()
function(lockstep_compile_together test)
  if(NOT CMAKE_UNITY_BUILD)
    set_target_properties(${test} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 4)
    target_compile_options(${test} PRIVATE ${lockstep_together_option})
  endif()
endfunction()
if(LOCKSTEP_SANITIZE)
  list(JOIN LOCKSTEP_SANITIZE "," sanitizers)
  # GCC 12 sees uninitialised values in std::regex once the sanitizers are on (GCC bug 105562).
  target_compile_options(lockstep_build INTERFACE -fsanitize=${sanitizers} -fno-omit-frame-pointer
    $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
  target_link_options(lockstep_build INTERFACE -fsanitize=${sanitizers})
endif()
# What was compiled before comes from ccache, where there is one: looked for at every configuration,
# since that of a module may be gone.
find_program(ccache_program ccache PATHS ENV PATH NO_DEFAULT_PATH NO_CACHE)
if(ccache_program)
  foreach(language C CXX)
    if(NOT CMAKE_${language}_COMPILER_LAUNCHER)
      set(CMAKE_${language}_COMPILER_LAUNCHER env CCACHE_NOHASHDIR=1 ccache)
    endif()
  endforeach()
endif()
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)

# Tests run side by side: threads that wait for each other on busy cores would take minutes.
set(LOCKSTEP_TEST_ENVIRONMENT "OMP_NUM_THREADS=1")
# Every test fails when a library complains on its own channel.
set(LOCKSTEP_TEST_FAIL_EXPRESSION "HDF5-DIAG|WARNING: ThreadSanitizer|ERROR: AddressSanitizer|runtime error:")

# lockstep_library(<folder> SOURCES a.cpp ... USES <targets> PRIVATELY <targets>)
function(lockstep_library folder)
  cmake_parse_arguments(arg "" "" "SOURCES;USES;PRIVATELY" ${ARGN})
  add_library(lockstep_${folder} STATIC ${arg_SOURCES})
  target_include_directories(lockstep_${folder} PUBLIC ${PROJECT_SOURCE_DIR}/src)
  target_link_libraries(lockstep_${folder}
    PUBLIC lockstep_build ${arg_USES} PRIVATE ${arg_PRIVATELY})
  lockstep_share_torch_header(lockstep_${folder})
  # A program may bring what these say is not there: tests/gpu/emulated/.
  list(FILTER arg_SOURCES INCLUDE REGEX "unavailable\\.cpp$")
  set_source_files_properties(${arg_SOURCES} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
endfunction()

# lockstep_vectorize(<sources>): their loops go over all numbers of a model. Not under the sanitizers:
# GCC 12 breaks down over -O3 with -fsanitize=address.
function(lockstep_vectorize)
  if(NOT LOCKSTEP_SANITIZE)
    set_property(SOURCE ${ARGV} APPEND PROPERTY COMPILE_OPTIONS -O3)
  endif()
endfunction()

# lockstep_program(<name> SOURCES ... USES <targets>)
function(lockstep_program name)
  cmake_parse_arguments(arg "" "" "SOURCES;USES" ${ARGN})
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE ${arg_USES})
  lockstep_share_torch_header(${name})
endfunction()

# What the thread sanitizer looks over: of LibTorch it would take its own locks for missing ones.
add_custom_target(tests_with_threads)

# lockstep_test(<name> [THREADS] SOURCES ... USES <targets> LABEL <other than unit>): one CTest entry per
# TEST(); under the sanitizers one for the program, since to start it 1,500 times takes longer than its
# tests. THREADS: tests start threads, and use no LibTorch.
function(lockstep_test name)
  cmake_parse_arguments(arg "THREADS" "LABEL" "SOURCES;USES" ${ARGN})
  add_executable(${name} ${arg_SOURCES})
  lockstep_compile_together(${name})
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR}/tests)
  target_link_libraries(${name} PRIVATE ${arg_USES} GTest::gmock GTest::gtest_main)
  lockstep_share_torch_header(${name})
  lockstep_share_gtest_header(${name})
  set(label unit)
  if(arg_THREADS)
    set(label unit_with_threads)  # `ctest -L unit` means both
    add_dependencies(tests_with_threads ${name})
  endif()
  if(arg_LABEL)
    set(label ${arg_LABEL})
  endif()
  set(properties LABELS ${label} ENVIRONMENT "${LOCKSTEP_TEST_ENVIRONMENT}"
    FAIL_REGULAR_EXPRESSION "${LOCKSTEP_TEST_FAIL_EXPRESSION}")
  if(LOCKSTEP_SANITIZE)
    add_test(NAME ${name} COMMAND ${name} --gtest_brief=1 --gtest_filter=-${LOCKSTEP_TESTS_LEFT_OUT})
    set_tests_properties(${name} PROPERTIES TIMEOUT 1200 ${properties})
  else()
    # PRE_TEST: listing tests while building would start every binary once more.
    gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST PROPERTIES TIMEOUT 300 ${properties})
  endif()
endfunction()

# lockstep_rank_test(<name> SOURCES ... USES ... RANKS 1 2 4 LABEL <other than mpi>): one CTest entry
# per world size.
function(lockstep_rank_test name)
  cmake_parse_arguments(arg "" "LABEL" "SOURCES;USES;RANKS" ${ARGN})
  if(NOT arg_LABEL)
    set(arg_LABEL mpi)
  endif()
  add_executable(${name} ${arg_SOURCES})
  lockstep_compile_together(${name})
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR}/tests)
  target_link_libraries(${name} PRIVATE ${arg_USES} GTest::gmock GTest::gtest)
  lockstep_share_torch_header(${name})
  lockstep_share_gtest_header(${name})
  foreach(ranks IN LISTS arg_RANKS)
    add_test(NAME ${name}.np${ranks}
      COMMAND ${PROJECT_SOURCE_DIR}/launch/run.sh --quiet --bind none -np ${ranks} $<TARGET_FILE:${name}>)
    set_tests_properties(${name}.np${ranks} PROPERTIES
      PROCESSORS ${ranks} TIMEOUT 120 LABELS ${arg_LABEL} ENVIRONMENT "${LOCKSTEP_TEST_ENVIRONMENT}"
      FAIL_REGULAR_EXPRESSION "${LOCKSTEP_TEST_FAIL_EXPRESSION}")
  endforeach()
endfunction()

# lockstep_python_test(<label> <file> [LONG] [BIN <folder>]): one CTest entry per test method of a Python file, which runs
# the built programs. However many ranks it starts, they wait so much for disks and for each other that it
# counts as one core. A class of PreparedProgramTest, whose tests share what they begin with, is one entry.
# LONG: begun first, so that no core is left without work at the end. BIN: where the programs are. Python is
# that of .deps/, which has torch. What a test skips is shown as skipped.
function(lockstep_python_test label file)
  cmake_parse_arguments(arg "LONG" "BIN" "" ${ARGN})
  if(NOT arg_BIN)
    set(arg_BIN ${CMAKE_RUNTIME_OUTPUT_DIRECTORY})
  endif()
  set(cost 1)
  if(arg_LONG)
    set(cost 2)
  endif()
  get_filename_component(file ${file} ABSOLUTE)
  get_filename_component(folder ${file} DIRECTORY)
  get_filename_component(module ${file} NAME_WE)
  file(STRINGS ${file} lines REGEX "^class .*ProgramTest|^    def test_")
  set(tests)
  foreach(line IN LISTS lines)
    if(line MATCHES "^class ([A-Za-z]+)")
      set(class ${CMAKE_MATCH_1})
      set(is_one_entry FALSE)
      if(line MATCHES "PreparedProgramTest\\):$")
        set(is_one_entry TRUE)
        list(APPEND tests ${class})
      endif()
    elseif(NOT is_one_entry AND line MATCHES "def (test_[a-z0-9_]+)")
      list(APPEND tests ${class}.${CMAKE_MATCH_1})
    endif()
  endforeach()
  foreach(test IN LISTS tests)
    add_test(NAME ${label}.${test}
      COMMAND ${LOCKSTEP_PYTHON} -m unittest ${module}.${test}
      WORKING_DIRECTORY ${folder})
    set_tests_properties(${label}.${test} PROPERTIES TIMEOUT 600 COST ${cost} LABELS ${label}
      SKIP_REGULAR_EXPRESSION "OK \\(skipped="
      ENVIRONMENT "LOCKSTEP_BIN=${arg_BIN};PYTHONDONTWRITEBYTECODE=1;PYTHONPATH=${PROJECT_SOURCE_DIR}/tests/support")
  endforeach()
  # The list of tests is made from the file.
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
endfunction()

# A file that includes ATen takes many seconds to compile, so all targets that use LibTorch share
# one precompiled header, built once by lockstep_torch_header.
function(lockstep_share_torch_header target)
  lockstep_uses_torch(${target} uses_torch)
  if(uses_torch AND TARGET lockstep_torch_header)
    target_precompile_headers(${target} REUSE_FROM lockstep_torch_header)
  endif()
endfunction()

# The same for what tests without LibTorch include, under the sanitizers only: the dev build sees where
# gtest's own headers are missing.
function(lockstep_share_gtest_header target)
  lockstep_uses_torch(${target} uses_torch)
  if(LOCKSTEP_SANITIZE AND NOT uses_torch)
    target_precompile_headers(${target} REUSE_FROM lockstep_gtest_header)
  endif()
endfunction()

# Whether `target` links LibTorch, directly or through our own libraries.
function(lockstep_uses_torch target result)
  set(${result} FALSE PARENT_SCOPE)
  get_target_property(libraries ${target} LINK_LIBRARIES)
  foreach(library IN LISTS libraries)
    if(library STREQUAL "Torch::cpu")
      set(${result} TRUE PARENT_SCOPE)
      return()
    endif()
    if(library MATCHES "^lockstep_" AND TARGET ${library} AND NOT library STREQUAL "lockstep_build")
      lockstep_uses_torch(${library} through)
      if(through)
        set(${result} TRUE PARENT_SCOPE)
        return()
      endif()
    endif()
  endforeach()
endfunction()
