#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The complete sweeps, for a long night: three ranks instead of two, every error at every call, and
# the trainer killed at every single call of a run (some thousand runs).
#
#   tests/faults/night.sh [BUILD_FOLDER [TEST ...]]
#
# BUILD_FOLDER  build/dev by default; store_faults, ckpt-tool and the trainer must be built
# TEST          modules of this folder; by default all that sweep: crash_test lost_writes_test ...
set -euo pipefail
folder=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$folder/../.." && pwd)
build=$(cd "${1:-$root/build/dev}" && pwd)
shift || true
tests=("$@")
if [[ ${#tests[@]} -eq 0 ]]; then
  tests=(crash_test lost_writes_test errors_test stop_test damage_test files_test
         trainer_faults_test lives_test)
fi
export LOCKSTEP_BIN=$build/bin LOCKSTEP_FAULTS_WIDE=1 LOCKSTEP_FAULTS_SHOWN=100
export PYTHONPATH=$root/tests/support PYTHONDONTWRITEBYTECODE=1
cd "$folder"
status=0
for test in "${tests[@]}"; do
  echo "== $test, $(date '+%H:%M:%S')"
  nice "$root/.deps/python/bin/python" -m unittest "$test" || status=1
done
echo "== the end, $(date '+%H:%M:%S')"
exit $status
