// SPDX-License-Identifier: Apache-2.0
#include "report/chinese.h"

namespace lockstep {

const Translations kChineseOfLanes = {
    {"adding gradients on a GPU: they come in {0} parts, at most {1} can be added; use fewer "
     "--lanes or ranks",
     "在 GPU 上累加梯度: 共有 {0} 份, 最多只能加 {1} 份; 请减少 --lanes 或进程数"},
};

}  // namespace lockstep
