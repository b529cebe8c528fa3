// SPDX-License-Identifier: Apache-2.0
#include "report/chinese.h"

namespace lockstep {

const Translations kChineseOfModel = {
    {"computing on a GPU: this build has no CUDA; use --device cpu",
     "在 GPU 上计算: 本程序编译时未包含 CUDA; 请用 --device cpu"},
    {"computing on a GPU: model.n_embd is {0}; there it must be a multiple of {1}, and at most {2}",
     "在 GPU 上计算: model.n_embd 是 {0}; 在 GPU 上它必须是 {1} 的倍数, 且不大于 {2}"},
    {"computing attention with cuDNN: {0}; --precision fp32 does without it",
     "用 cuDNN 计算注意力: {0}; 用 --precision fp32 则不需要 cuDNN"},
    {"computing attention with cuDNN: the model has more than {0} places that drop",
     "用 cuDNN 计算注意力: 模型中使用 dropout 的位置超过 {0} 处"},
};

}  // namespace lockstep
