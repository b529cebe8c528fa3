#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Configures and builds one preset of CMakePresets.json into build/<preset>/bin.
#
#   launch/build.sh [release|dev|cuda|asan|tsan|fuzz] [target ...]
source "$(dirname "$0")/common.sh"

case "${1:-}" in -h|--help) usage "$0"; exit 0 ;; esac
preset="${1:-release}"
shift || true
case "$preset" in
  release|dev|cuda|asan|tsan|fuzz) ;;
  *) fail "there is no preset '$preset' (try --help)" "没有预设 '$preset' (请看 --help)" ;;
esac
# Older ones cannot read the presets, and say so in words that do not help.
command -v cmake >/dev/null ||
  fail "cmake is missing (launch/setup.sh installs it)" "没有 cmake (由 launch/setup.sh 安装)"
version=$(cmake --version | sed -n 's/^cmake version //p')
printf '3.25\n%s\n' "$version" | sort -VC ||
  fail "cmake is $version, 3.25 or later is needed; put one first in PATH (python3 -m venv ~/cmake && ~/cmake/bin/pip install cmake makes ~/cmake/bin)" \
    "cmake 是 $version, 需要 3.25 或更新的; 请把它放在 PATH 的最前面 (python3 -m venv ~/cmake && ~/cmake/bin/pip install cmake 会生成 ~/cmake/bin)"
# failed ENGLISH CHINESE: CMake looks beside every folder of PATH, and libraries of two systems do not mix.
failed() {
  [[ -z ${CONDA_PREFIX:-} ]] ||
    warn "libraries of the conda environment $CONDA_PREFIX may be among those that CMake found; conda deactivate, make clean, and build again" \
      "CMake 找到的库里可能有 conda 环境 $CONDA_PREFIX 的; 请先 conda deactivate 和 make clean, 再重新编译"
  fail "$@"
}
export LOCKSTEP_LIBTORCH="${LOCKSTEP_LIBTORCH:-}"
log="build/$preset.configure.log"
mkdir -p build
cmake --preset "$preset" >"$log" 2>&1 || { cat "$log" >&2; failed "configuring '$preset' failed" "配置 '$preset' 失败"; }
targets=()
[[ $# -eq 0 ]] || targets=(--target "$@")
cmake --build "build/$preset" "${targets[@]}" || failed "building '$preset' failed" "编译 '$preset' 失败"
