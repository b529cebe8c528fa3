// SPDX-License-Identifier: Apache-2.0
#include "report/chinese.h"

namespace lockstep {

const Translations kChineseOfLanes = {
    {"adding gradients on a GPU: they come in {0} parts, at most {1} can be added; use fewer "
     "--lanes or ranks",
     "在 GPU 上累加梯度: 共有 {0} 份, 最多只能加 {1} 份; 请减小 --lanes 或减少进程"},
};

}  // namespace lockstep
