// SPDX-License-Identifier: Apache-2.0
#include "report/chinese.h"

namespace lockstep {

const Translations kChineseOfStore = {
    {"consolidating {0}", "合并 {0}"},
    {"exporting {0}", "导出 {0}"},
    {"looking at {0}: stat failed: {1}", "查看 {0}: stat 失败: {1}"},
    {"looking at {0}: it does not belong to the set", "查看 {0}: 它不属于该分片集"},
    {"{0}: its root is {1}, its digests give {2}; it is damaged",
     "{0}: 校验根是 {1}, 由摘要算出的是 {2}; 检查点已损坏"},
    {"{0}: it has no digests, so its tensors could not be verified; Lockstep's own files have them",
     "{0}: 没有摘要, 因此无法校验其中的张量; Lockstep 自己的文件都有摘要"},
    {"reading back {0}: it has {1} bytes of digest {2}, its rank wrote {3} of {4}",
     "读回 {0}: 有 {1} 字节, 摘要是 {2}; 而其进程写了 {3} 字节, 摘要是 {4}"},
    {"reading a rank's report of a save: {0}", "读取进程的保存报告: {0}"},
    {"reading the configuration in {0}: {1}", "读取 {0} 中的配置: {1}"},
    {"looking for a checkpoint: {0} is a folder without a {1}, so no set of shards; name one, or a "
     ".pt file",
     "查找检查点: 文件夹 {0} 中没有 {1}, 因此不是分片集; 请给出一个分片集, 或 .pt 文件"},
    {"looking for a checkpoint: {0} is a run directory, which holds several; name one of them, as "
     "in {1} or {2}",
     "查找检查点: {0} 是训练目录, 其中有多个检查点; 请给出其中一个, 例如 {1} 或 {2}"},
    {"looking for the checkpoint '{0}': there is no {1}; it is a path, an epoch's number, best or "
     "latest",
     "查找检查点 '{0}': 没有 {1}; 可以给出路径、轮次、best 或 latest"},
    {"and {0} more", "另有 {0} 个问题"},
    {"'{0}' removes old checkpoints", "'{0}' 可删除旧检查点"},
    {"looking for room for checkpoints in {0}: one takes {1} bytes, {2} are free, {3} are missing; "
     "make room ({4}), choose another --output-dir, or write fewer files with --export none",
     "检查 {0} 能否放下检查点: 一个检查点需要 {1} 字节, 可用 {2} 字节, 还差 {3} 字节; 请腾出空间 "
     "({4}), 或用 --output-dir 换一个目录, 或用 --export none 少写文件"},
    {"looking for room for checkpoints in {0}: the run will hold up to {1} sets and {2} .pt files "
     "at once, which take {3} bytes, {4} more than there is room for: later saves will fail; keep "
     "fewer with --keep-last-n, make room ({5}), or write fewer files with --export none",
     "检查 {0} 能否放下检查点: 训练最多会同时存有 {1} 个分片集和 {2} 个 .pt 文件, 共需 {3} 字节, "
     "比可用空间多 {4} 字节: 之后的保存会失败; 请用 --keep-last-n 少保留一些, 或腾出空间 ({5}), "
     "或用 --export none 少写文件"},
    {"reading {0}: its root is {1}, its tensors have {2}",
     "读取 {0}: 校验根是 {1}, 由张量算出的是 {2}"},
    {"reading {0}: its digests are not those of its tensors", "读取 {0}: 摘要与张量不符"},
    {"it is the manifest of {0}", "它是 {0} 的清单"},
    {"the file is missing", "缺少此文件"},
    {"its digest is not that of the manifest; the file is damaged", "摘要与清单不符; 文件已损坏"},
    {"it has {0} bytes, the manifest says {1}", "有 {0} 字节, 清单记录为 {1}"},
    {"its digests are damaged; its values are whole", "摘要已损坏; 数值完好"},
    {"it is not the shard that the manifest names, though whole in itself; the file is of another "
     "checkpoint",
     "它本身完好, 但不是清单所指的分片; 文件属于另一个检查点"},
    {"the chunks {0} to {1} of {2} ({3} to {4}) do not match their digests; the file is damaged",
     "{2} 的第 {0} 到 {1} 块 ({3} 到 {4}) 与摘要不符; 文件已损坏"},
    {"the root is {0}, the tensors have {1}", "校验根是 {0}, 由张量算出的是 {1}"},
    {"{0} is damaged ({1})", "{0} 已损坏 ({1})"},
    {"{0} is not there", "没有 {0}"},
    {"{0} was not there", "原来没有 {0}"},
    {"{0} was damaged", "{0} 原已损坏"},
    {"{0} was damaged ({1})", "{0} 原已损坏 ({1})"},
    {"{0}; it has been written anew from the checkpoint", "{0}; 已用检查点重新写入"},
    {"{0}; {1} is of the same checkpoint and has that name too now",
     "{0}; {1} 属于同一个检查点, 现在也有了这个名称"},
    {"make it from its set with {0}", "请用 {0} 从分片集重新生成"},
    {"remove it, and make it from its set with {0}", "请删除它, 再用 {0} 从分片集重新生成"},
    {"going on in {0}: with --export {1} this run leaves {2} as {3|it is|they are}, of an earlier "
     "epoch than those to come; for a newer one remove the file when the run has ended, and make "
     "it from its set with {4}",
     "继续 {0} 中的训练: 用 --export {1} 时, 这次训练不再更新 {2}, {3|它|它们}将停留在更早的轮次; "
     "需要新的文件时, 请在训练结束后删除它, 再用 {4} 从分片集重新生成"},
    {"going on in {0}: with --export {1} this run renews {2} only if its last epoch is the best; "
     "else the file stays as it is, and is not of the best epoch if a better one comes; then "
     "remove it when the run has ended, and make it from its set with {3}",
     "继续 {0} 中的训练: 用 --export {1} 时, 只有最后一轮就是最佳的一轮, 这次训练才更新 {2}; "
     "否则该文件保持原样, 若出现更好的一轮, 它就不再是最佳模型; 这时请在训练结束后删除它, 再用 {3} "
     "从分片集重新生成"},
    {"there is no {0}", "没有 {0}"},
    {"{0} is {1}, the model's is {2}", "{0} 是 {1}, 模型中是 {2}"},
    {"the model has no {0}", "模型中没有 {0}"},
    {"they are in another order", "张量的顺序不同"},
    {"{0}, and the set of epoch {1}, the best one, is gone; bring a copy of either back, or leave "
     "it to the next epoch that is better",
     "{0}, 而最佳的第 {1} 轮的分片集也不在了; 请恢复其中之一的副本, 或等下一个更好的轮次"},
};

}  // namespace lockstep
