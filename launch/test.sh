#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Everything that must hold: set-up, a build with GCC and all tests, a build with clang and nearly all
# unit tests once more under its address and undefined-behaviour sanitizers, those with threads that do
# without LibTorch under the thread sanitizer, a build for GPUs, and clang-tidy over the sources of src/
# that do not include LibTorch (launch/tidy.sh looks over all). In every build warnings are errors.
#
#   launch/test.sh          all of it
#   launch/test.sh quick    the dev build and its tests only
source "$(dirname "$0")/common.sh"
case "${1:-}" in
  -h|--help) usage "$0"; exit 0 ;;
  ""|quick) ;;
  *) fail "'$1' is neither quick nor nothing (try --help)" ;;
esac

say "Set-up"
launch/setup.sh --tests --cuda
say "Building with GCC, warnings are errors"
launch/build.sh dev
say "Tests"
ctest --preset dev -j"$(nproc)"
[[ ${1:-} != quick ]] || exit 0
say "Building with clang and its sanitizers, warnings are errors"
launch/build.sh asan
say "Unit tests under the sanitizers"
# But what tells nothing more there: most of the random sequences, and what reads our sources.
ctest --preset asan -L unit -j"$(nproc)"
say "Tests with threads under the thread sanitizer"
launch/build.sh tsan tests_with_threads
ctest --preset tsan -j"$(nproc)"
say "Building for GPUs, warnings are errors"
# What has nothing to do with GPUs comes from ccache: the dev build has compiled it.
launch/build.sh cuda trainer gpu_test gpu_ranks_test gpu_kernels_bench lockstep_pretended_gpu
ctest --test-dir build/cuda -L without_gpu --output-on-failure
say "Looking over the sources without LibTorch with clang-tidy"
launch/tidy.sh --quick
say "All passed"
