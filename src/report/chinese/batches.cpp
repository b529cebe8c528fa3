// SPDX-License-Identifier: Apache-2.0
#include "report/chinese.h"

namespace lockstep {

const Translations kChineseOfBatches = {
    {"cutting the text into windows: {0} has {1} tokens, at least {2} are needed; give more text "
     "({3}) or a smaller --block-size",
     "把文本切分为窗口: {0}有 {1} 个词元, 至少需要 {2} 个; 请增加文本 ({3}) 或减小 --block-size"},
    {"the text", "文本"},
    {"the training text", "训练文本"},
    {"the validation text", "验证文本"},
};

}  // namespace lockstep
