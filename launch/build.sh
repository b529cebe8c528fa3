#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Configures and builds one preset of CMakePresets.json into build/<preset>/bin.
#
#   launch/build.sh [release|dev|cuda|asan|tsan|fuzz] [target ...]
source "$(dirname "$0")/common.sh"

case "${1:-}" in -h|--help) usage "$0"; exit 0 ;; esac
preset="${1:-release}"
shift || true
export LOCKSTEP_LIBTORCH="${LOCKSTEP_LIBTORCH:-}"
log="build/$preset.configure.log"
mkdir -p build
cmake --preset "$preset" >"$log" 2>&1 || { cat "$log" >&2; fail "configuring '$preset' failed"; }
targets=()
[[ $# -eq 0 ]] || targets=(--target "$@")
cmake --build "build/$preset" "${targets[@]}"
