// SPDX-License-Identifier: Apache-2.0
#include "report/chinese.h"

namespace lockstep {

const Translations kChineseOfTrain = {
    {"preparing the text", "正在准备文本"},
    {"copying the text to this host", "正在把文本复制到本机"},
    {"reading the tokens of this host", "正在读取本机的词元"},
    {"reading the checkpoint", "正在读取检查点"},
    {"reading the checkpoint of a run that has ended", "正在读取已结束的训练的检查点"},
    {"computing", "正在计算"},
    {"exchanging gradients", "正在交换梯度"},
    {"exchanging losses", "正在交换损失"},
    {"updating the parameters", "正在更新参数"},
    {"validating", "正在验证"},
    {"waiting for a save to end", "正在等待保存结束"},
    {"waiting for old files to be removed", "正在等待旧文件被删除"},
    {"reading the token file {0}: its tokenizer must lie beside it, as in the folder text/ of a "
     "run",
     "读取词元文件 {0}: 分词器必须放在它旁边, 就像训练的 text/ 文件夹中那样"},
    {"reading the token file {0}: it was made with the tokenizer {1}, this run uses {2}",
     "读取词元文件 {0}: 它用分词器 {1} 生成, 而这次训练用的是 {2}"},
    {"reading the token file {0}: its vocabulary has {1} tokens, that of its tokenizer {2}",
     "读取词元文件 {0}: 其词表有 {1} 个词元, 而其分词器的词表有 {2} 个"},
    {"resuming {0}: the text is not the one this run was trained on (tokens {1}, then {2}, which "
     "are still in {3}); go on with those ({4} {5}), give that text, or start a new run from these "
     "weights with --checkpoint {6} and another --output-dir",
     "从 {0} 恢复训练: 文本不是这次训练原来所用的 (词元现为 {1}, 当时为 {2}, 后者仍在 {3} 中); "
     "请用它们继续 ({4} {5}), 或给出原来的文本, 或用 --checkpoint {6} 和另一个 --output-dir 从这些"
     "权重开始新的训练"},
    {"validating on {0}: the training text has it too, so the validation loss tells how well it "
     "was learned by heart, and the best model is chosen by that; take it out of --data-file, or "
     "give "
     "another --val-file",
     "用 {0} 验证: 训练文本中也有它, 因此验证损失只说明记住了多少, 最佳模型也按它选出; 请从 "
     "--data-file "
     "中去掉它, 或另给 --val-file"},
    {"opening the token file {0}: it was made with the tokenizer {1}, but {2} holds {3} by now; if "
     "another run has begun there, give this one another --output-dir; else start again",
     "打开词元文件 {0}: 它用分词器 {1} 生成, 而 {2} 中现在是 {3}; 如果另一个训练已在那里开始, "
     "请为这次训练给出另一个 --output-dir; 否则请重新启动"},
    {"opening the token file {0}: rank {1} has the tokens {2}, rank 0 has {3}; give all hosts the "
     "same files, best on a file system they share",
     "打开词元文件 {0}: 进程 {1} 的词元是 {2}, 进程 0 的是 {3}; 请给所有主机相同的文件, "
     "最好放在它们共享的文件系统上"},
    {"preparing the text: the {0} tokenizer has {1} tokens, the model only {2}; give a smaller "
     "--tokenizer-vocab-size or --tokenizer byte",
     "准备文本: {0} 分词器有 {1} 个词元, 模型只有 {2} 个; 请减小 --tokenizer-vocab-size, 或用 "
     "--tokenizer byte"},
    {"the tokenizer in {0} is {1}, but the run was trained with {2}",
     "{0} 中的分词器是 {1}, 而训练用的是 {2}"},
    {"{0}; that of the checkpoint is written there in its place",
     "{0}; 将在那里写入检查点的分词器来代替它"},
    {"stopped on request", "已按要求停止"},
    {"stopped before the time limit", "已在时限之前停止"},
    {"{0} while the text was prepared, before there was anything to save; the next start prepares "
     "it "
     "anew",
     "{0}: 正在准备文本, 尚无可保存的内容; 下次启动会重新准备"},
    {"reading {0}: its tensors are not those of the model: {1}",
     "读取 {0}: 其中的张量与模型的不符: {1}"},
    {"{0} after {1} {1|update|updates}", "更新 {1} 次后的 {0}"},
    {"reading {0}: rank {1} finds {2} there, rank 0 {3}; start again, best from a name that no run "
     "moves on: a set's own, as in shards/epoch_0003",
     "读取 {0}: 进程 {1} 在那里读到的是{2}, 进程 0 读到的是{3}; 请重新启动, "
     "最好给出所指不随训练改变的名称, 即分片集自己的名称, 例如 shards/epoch_0003"},
    {"reading {0}: it was saved after {1} {1|update|updates}, the one to resume from after {2}; "
     "another process saves under this name: stop it, or wait for it, and start again",
     "读取 {0}: 它是更新 {1} 次后保存的, 而要从中恢复的检查点是更新 {2} 次后保存的; "
     "另一个程序正在用这个名称保存: 请停止它, 或等它结束, 然后重新启动"},
    {"placing the gradients on the GPU", "在 GPU 上放置梯度"},
    {"give fewer --lanes, or choose a smaller --model", "请减小 --lanes, 或换用更小的 --model"},
    {"computing a lane of {0} sequences", "计算有 {0} 条序列的通道"},
    {"validating with {0} sequences at once", "每次用 {0} 条序列进行验证"},
    {"cut the batch into more --lanes, or give a smaller --batch-size",
     "请用 --lanes 把每批分成更多通道, 或减小 --batch-size"},
    {"{0}: the GPU has not enough memory ({1}); {2}", "{0}: 显存不足 ({1}); {2}"},
    {"{0}: not enough memory is left on the GPU, or on the host for what a GPU reads ({1}); {2}",
     "{0}: 剩余的显存不足, 或主机上供 GPU 读取的内存不足 ({1}); {2}"},
    {"exchanging gradients: the other GPUs did not answer within {0} s; one of their ranks is gone "
     "or stuck",
     "交换梯度: 其他 GPU 在 {0} 秒内没有应答; 它们的进程中有的已退出或卡住"},
    {"training step {0}: the training loss is {1}", "训练第 {0} 步: 训练损失为 {1}"},
    {"training step {0}: the gradient norm is {1}", "训练第 {0} 步: 梯度范数为 {1}"},
    {"{0}; the step is skipped, and nothing is changed by it ({1} in a row; {2} would end the run)",
     "{0}; 这一步被跳过, 没有改变任何内容 (已连续 {1} 步; 连续 {2} 步将结束训练)"},
    {"{0}; nothing was changed by this step", "{0}; 这一步没有改变任何内容"},
    {"{0}; nothing was changed by this step, the last of {1} in a row",
     "{0}; 这一步没有改变任何内容, 已连续 {1} 步如此"},
    {"epoch {0}: the validation loss is {1} after {2} skipped steps; it is not saved",
     "第 {0} 轮: 跳过 {2} 步之后, 验证损失为 {1}; 这一轮不保存"},
    {"{0}, and no checkpoint was saved before it; try a lower --learning-rate",
     "{0}, 此前没有保存过检查点; 请尝试更低的 --learning-rate"},
    {"{0}, and the last good checkpoint is {1}; try a lower --learning-rate",
     "{0}, 最近一个好的检查点是 {1}; 请尝试更低的 --learning-rate"},
    {"comparing the parameters of all ranks after step {0}: {1}: {2}, element {3}, is {4} there "
     "and {5} {6}; suspect the memory, processor or network of that machine, and go on from the "
     "last checkpoint with --resume",
     "比较第 {0} 步之后所有进程的参数: {1}: {2} 的元素 {3} 在那里是 {4}, {6}是 {5}; "
     "请检查那台机器的内存、处理器和网络, 并用 --resume 从最近的检查点继续"},
    {"rank {0} is out of step", "进程 {0} 与其他进程不一致"},
    {"ranks {0} are out of step", "进程 {0} 与其他进程不一致"},
    {"on most ranks", "在多数进程上"},
    {"on the others", "在其他进程上"},
    {"saving {0}: {1}", "保存 {0}: {1}"},
    {"saving {0}: the other ranks did not say how their part went",
     "保存 {0}: 其他进程没有报告各自部分的结果"},
    {"and {0} {0|rank|ranks} more", "另有 {0} 个进程"},
    {"its thread is still busy with an earlier save", "其线程仍忙于更早的一次保存"},
    {"its part was not written within {0} s", "它负责的部分没有在 {0} 秒内写完"},
    {"the checkpoint was not committed within {0} s", "检查点没有在 {0} 秒内提交"},
    {"saving {0}: it was committed after all, later than it was waited for; a resume can go on "
     "from "
     "it, and the next save gives it its names",
     "保存 {0}: 它后来还是提交了, 只是超过了等待的时间; 可以从它恢复训练, "
     "下一次保存会为它建立名称"},
    {"they were not given within {0} s", "没有在 {0} 秒内建立"},
    {"{0}; trying again", "{0}; 正在重试"},
    {"{0}; training goes on, the next save is made as usual, {1}",
     "{0}; 训练继续进行, 下一次保存照常进行, {1}"},
    {"{0} is committed, but has not got all of its names: {1}",
     "{0} 已提交, 但有的名称没有建立: {1}"},
    {"{0}; training goes on, and the next save tries again", "{0}; 训练继续进行, 下一次保存会再试"},
    {"there is no checkpoint yet", "还没有检查点"},
    {"the last checkpoint is {0}", "最近的检查点是 {0}"},
    {"no checkpoint of this run was saved", "这次训练没有保存过检查点"},
    {"removing old checkpoints in {0}: not done within {1} s; training and saving go on",
     "删除 {0} 中的旧检查点: {1} 秒内没有完成; 训练和保存继续进行"},
    {"removing old checkpoints: rank 0 did not say that it is done",
     "删除旧检查点: 进程 0 没有报告已完成"},
};

}  // namespace lockstep
