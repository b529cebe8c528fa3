// SPDX-License-Identifier: Apache-2.0
#include "report/chinese.h"

namespace lockstep {

const Translations kChineseOfDevice = {
    {"looking for a GPU: this build has no CUDA; use --device cpu, or run launch/setup.sh --cuda "
     "and launch/build.sh",
     "查找 GPU: 本程序编译时未包含 CUDA; 请用 --device cpu, 或运行 launch/setup.sh --cuda 和 "
     "launch/build.sh"},
    {"looking for a GPU: {0}; use --device cpu, or see whether nvidia-smi finds one and "
     "CUDA_VISIBLE_DEVICES names it",
     "查找 GPU: {0}; 请用 --device cpu, 或检查 nvidia-smi 能否找到 GPU, 且 CUDA_VISIBLE_DEVICES "
     "包含它"},
    {"there is none", "没有找到 GPU"},
    {"opening GPU {0}: it is a {1} of compute capability {2}.{3}, and this program needs 8.0 "
     "(Ampere) or newer; use --device cpu, or let CUDA_VISIBLE_DEVICES name a newer one",
     "打开 GPU {0}: 它是 {1}, 计算能力为 {2}.{3}, 而本程序需要 8.0 (Ampere) 或更新的; 请用 "
     "--device cpu, 或用 CUDA_VISIBLE_DEVICES 指定更新的 GPU"},
    {"opening GPU {0}, a {1}: {2}; see in nvidia-smi whether other processes have it, use --device "
     "cpu, or let CUDA_VISIBLE_DEVICES name another one",
     "打开 GPU {0} ({1}): {2}; 请用 nvidia-smi 查看是否有其他进程占用它, 或用 --device cpu, 或用 "
     "CUDA_VISIBLE_DEVICES 指定另一块 GPU"},
};

}  // namespace lockstep
