// SPDX-License-Identifier: Apache-2.0
#include "report/chinese.h"

namespace lockstep {

const Translations kChineseOfGenerate = {
    {"loading {0}: it has no tokenizer, and there is no tokenizer.json beside it; put the "
     "tokenizer.json and tokenizer.model there that its text was prepared with",
     "加载 {0}: 其中没有分词器, 旁边也没有 tokenizer.json; 请把准备其文本时所用的 tokenizer.json "
     "和 tokenizer.model 放在旁边"},
    {"loading {0}: its tokenizer has {1} tokens, the model {2}; they do not belong together",
     "加载 {0}: 分词器有 {1} 个词元, 模型有 {2} 个; 两者不配套"},
    {"loading {0}: the model that it describes is impossible: {1}",
     "加载 {0}: 它所描述的模型不可能存在: {1}"},
    {"loading {0}: its tensors are not those of the model that it describes: {1}",
     "加载 {0}: 其中的张量不属于它所描述的模型: {1}"},
    {"generating text: the model's logits are not finite numbers; its training has diverged, serve "
     "an earlier checkpoint",
     "生成文本: 模型的 logits 不是有限数; 其训练已发散, 请改用更早的检查点"},
};

}  // namespace lockstep
