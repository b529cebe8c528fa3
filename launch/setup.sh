#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Installs what is missing to build and run: Debian packages and LibTorch.
#
#   launch/setup.sh          LibTorch without CUDA (1 GB in .deps/)
#   launch/setup.sh --cuda   LibTorch with CUDA, nvcc and Python's torch (5 GB in .deps/)
#   launch/setup.sh --tests  what the tests need besides: Python's torch, clang, Chinese manual pages
#
# LOCKSTEP_LIBTORCH=DIR uses the LibTorch 2.11 in DIR (with include/ and lib/) instead.
# A second start finds everything there and takes a moment.
source "$(dirname "$0")/common.sh"
# A torch that a module shows to every Python is not in .deps/, where the build looks.
unset PYTHONPATH PYTHONHOME

readonly torch_version=2.11.0
build_packages=(g++ cmake ninja-build ccache pkg-config python3 python3-venv libopenmpi-dev
  openmpi-bin libcli11-dev nlohmann-json3-dev libspdlog-dev libsentencepiece-dev libxxhash-dev
  zlib1g-dev libhdf5-dev libssl-dev libdeflate-dev libcpp-httplib-dev)
test_packages=(libgtest-dev libgmock-dev clang clang-format clang-tidy libclang-rt-dev llvm manpages-zh
  procps unzip hdf5-tools python3-torch)

wheels=cpu
nvcc=no
packages=("${build_packages[@]}")
for argument in "$@"; do
  case "$argument" in
    --cuda) wheels=full; nvcc=yes ;;
    --tests) wheels=full; packages+=("${test_packages[@]}") ;;
    -h|--help) usage "$0"; exit 0 ;;
    *) fail "unknown option '$argument' (try --help)" "没有选项 '$argument' (请看 --help)" ;;
  esac
done

is_installed() { dpkg-query -W -f='${Status}' "$1" 2>/dev/null | grep -q 'ok installed'; }

install_packages() {
  if ! command -v dpkg-query >/dev/null; then
    warn "this system has no Debian packages. What these hold must come by other means (its own
  packages, modules, a container of Debian 12), and launch/build.sh says what it does not find:
  ${packages[*]}" \
      "这个系统没有 Debian 软件包。下列各包的内容要用别的办法得到 (它自己的软件包、模块、Debian 12 的容器),
  launch/build.sh 会说明还缺什么:
  ${packages[*]}"
    return
  fi
  local missing=()
  for package in "${packages[@]}"; do is_installed "$package" || missing+=("$package"); done
  if [[ ${#missing[@]} -eq 0 ]]; then return; fi
  if [[ $(id -u) -ne 0 ]]; then
    warn "these Debian packages are missing, and only root may install them; ask for
  apt-get install ${missing[*]}
or bring what they hold by other means, such as modules; launch/build.sh says what it does not find" \
      "缺少这些 Debian 软件包, 只有 root 才能安装; 请管理员执行
  apt-get install ${missing[*]}
或用别的办法 (例如 module) 得到其中的内容; launch/build.sh 会说明还缺什么"
    return
  fi
  say "Installing ${#missing[@]} Debian packages: ${missing[*]}" \
    "安装 ${#missing[@]} 个 Debian 软件包: ${missing[*]}"
  apt-get update -qq ||
    fail "apt-get cannot read the lists of packages; is there a network, or a proxy to set?" \
      "apt-get 读不到软件包列表; 网络通吗, 是否要设置代理?"
  # Without the shell's standard input: a package that asks would wait for ever.
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" \
    </dev/null >/dev/null ||
    fail "apt-get could not install them; it says why above" "apt-get 未能安装; 原因见上"
}

python=.deps/python/bin/python
has_wheel() {  # has_wheel <distribution> <version prefix>
  "$python" - "$1" "$2" <<'PYTHON' 2>/dev/null
import importlib.metadata, sys
sys.exit(not importlib.metadata.version(sys.argv[1]).startswith(sys.argv[2]))
PYTHON
}

install_wheels() {
  "$python" -m pip install --quiet --disable-pip-version-check "$@" ||
    fail "pip could not install $*; it says why above. Without a network, name a LibTorch $torch_version in LOCKSTEP_LIBTORCH" \
      "pip 未能安装 $*; 原因见上。没有网络时, 请用 LOCKSTEP_LIBTORCH 给出 LibTorch $torch_version"
}

make_python() {
  python3 -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null ||
    fail "LibTorch is a package of Python 3.10 or later, and python3 is '$(python3 --version 2>&1 | tail -n 1)' here; put a newer one first in PATH, or name a LibTorch $torch_version in LOCKSTEP_LIBTORCH" \
      "LibTorch 是 Python 3.10 或更新版本的软件包, 而这里的 python3 是 '$(python3 --version 2>&1 | tail -n 1)'; 请把更新的放在 PATH 的最前面, 或用 LOCKSTEP_LIBTORCH 给出 LibTorch $torch_version"
  mkdir -p .deps
  python3 -m venv --clear .deps/python ||
    fail "python3 could not make .deps/python; it says why above" "python3 未能建立 .deps/python; 原因见上"
}

install_libtorch() {
  if [[ -n "${LOCKSTEP_LIBTORCH:-}" && $wheels == cpu ]]; then
    [[ -e "$LOCKSTEP_LIBTORCH/lib/libtorch_cpu.so" ]] ||
      fail "LOCKSTEP_LIBTORCH is $LOCKSTEP_LIBTORCH, which has no lib/libtorch_cpu.so" \
        "LOCKSTEP_LIBTORCH 是 $LOCKSTEP_LIBTORCH, 其中没有 lib/libtorch_cpu.so"
    return
  fi
  # pip comes last into it.
  "$python" -m pip --version >/dev/null 2>&1 || make_python
  if [[ $wheels == full ]]; then
    if has_wheel torch "$torch_version" && has_wheel numpy "" && has_wheel h5py "" &&
      has_wheel nvidia-nccl-cu13 ""; then
      return
    fi
    say "Downloading torch $torch_version with CUDA (5 GB on disk)" "下载带 CUDA 的 torch $torch_version (占 5 GB 磁盘)"
    install_wheels "torch==$torch_version" numpy h5py
    return
  fi
  if has_wheel torch "$torch_version" && has_wheel nvidia-cuda-cupti 13.0; then return; fi
  say "Downloading LibTorch $torch_version without CUDA (1 GB on disk)" \
    "下载不带 CUDA 的 LibTorch $torch_version (占 1 GB 磁盘)"
  # libtorch_cpu.so of this wheel needs these two libraries and nothing else of CUDA.
  install_wheels --no-deps "torch==$torch_version" "nvidia-cuda-runtime==13.0.*" "nvidia-cuda-cupti==13.0.*"
}

# The compiler of CUDA, and what it compiles with, each part in the version of LibTorch's CUDA; and
# the headers through which cuDNN's attention is used.
install_nvcc() {
  if [[ $nvcc == no ]]; then return; fi
  if has_wheel nvidia-cuda-nvcc 13.0 && has_wheel nvidia-cudnn-frontend 1.15 &&
    has_wheel nvidia-cuda-cccl 13.0; then return; fi  # pip unpacks it last
  say "Downloading nvcc 13.0 and the headers of cuDNN (300 MB on disk)" "下载 nvcc 13.0 和 cuDNN 的头文件 (占 300 MB 磁盘)"
  install_wheels --no-deps "nvidia-cuda-nvcc==13.0.*" "nvidia-cuda-crt==13.0.*" "nvidia-nvvm==13.0.*" \
    "nvidia-cuda-cccl==13.0.*" "nvidia-cudnn-frontend==1.15.0"
}

install_packages
install_libtorch
install_nvcc
