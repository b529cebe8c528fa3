// SPDX-License-Identifier: Apache-2.0
#include "report/words.h"

#include <cstdlib>

namespace lockstep {
namespace {

constexpr Words kChinese = {
    .preparing_text = "📖 准备文本...",
    .run_started =
        "🚀 {0}: {1} 参数, {2} 个进程, 每批 {3} 条序列分为 {4} 个通道, 训练窗口 {5} 个, 每轮 {6} 步",
    .computing_on = "🖥️  计算设备: {0}",
    .starting_from = "🔄 从 {0} 的权重开始新的训练",
    .resuming_from = "🔄 从 {0} 恢复训练: 已完成 {1} 轮, {2} 步",
    .profile_by_kind = "⏱️  一步之内 GPU 的用时\n    毫秒/步       占比  类别",
    .profile_by_kernel = "    毫秒/步    次数/步  核函数",
    .profile_sum = "    一步用时 {0} 毫秒; 各核函数合计 {1} 毫秒, 它们部分并行",
    .mfu =
        "    MFU {0}%: {1} 词元/秒 x 每词元 {2} MFLOP (6 N + 12 L C T) / {3} TFLOP/s; 只算 6 N 为 "
        "{4}%",
    .peak_is_unknown = "    MFU 未知: 不知道这块 GPU 在此精度下的峰值; 用 --peak-tflops 给出",
    .matrix_products = "矩阵乘",
    .attention = "注意力",
    .rest_of_model = "模型其余部分",
    .optimizer = "优化器",
    .between_gpus = "GPU 之间",
    .copies = "复制与填充",
    .other_kernels = "其他",
    .training = "训练中",
    .epoch_results = "📊 Epoch {0}/{1} 结果",
    .time_used = "⏱️  用时: {0}",
    .train_loss = "📉 训练损失: {0}",
    .val_loss = "📊 验证损失: {0}",
    .saving = "💾 保存检查点...",
    .epoch_file = "✓ Epoch检查点: {0} ({1})",
    .removed_file = "🗑️  删除旧检查点: {0}",
    .best_file = "🏆 最佳模型: {0} ({1}) [改进: {2}]",
    .not_improved = "ℹ️  验证损失未改进 (最佳: {0})",
    .latest_file = "📌 最新模型: {0} ({1}) [用于恢复训练]",
    .main_file = "📍 主检查点: {0} ({1})",
    .step_set = "✓ 轮内检查点: shards/{0} ({1})",
    .epoch_set = "✓ 分片检查点: shards/{0} ({1})",
    .removed_set = "🗑️  删除旧分片: {0}",
    .new_best = "🏆 新的最佳轮次 [改进: {0}]",
    .root = "🔒 校验根: {0}",
    .names_are_copies =
        "⚠️  此文件系统不支持硬链接: 每个文件各占一份磁盘空间",
    .nothing_to_do = "✓ 无事可做: 已完成全部 {0} 轮训练; 用 --more-epochs N 可继续训练",
    .max_steps_reached = "✓ 无事可做: 已达到 --max-steps {0}; 请给更大的数, 或给 0 表示不限",
    .checkpoints = "📋 训练检查点",
    .name_title = "文件名",
    .epoch_title = "Epoch",
    .val_loss_title = "验证损失",
    .size_title = " 大小",
    .modified_title = " 修改时间",
    .damaged = "❌ 已损坏: {0}",
    .no_checkpoints = "还没有检查点",
    .sets = "📦 分片集",
    .set_title = "名称",
    .step_title = "步数",
    .shards_title = "分片",
    .draft_set = "🚧 未提交的草稿, 下次训练启动时清除",
    .trash_set = "🗑️  正在删除, 下次训练启动时清除",
    .replaced_set = "🗑️  已被替换, 下次训练启动时清除",
    .disk_use = "💽 按文件名合计 {0}, 实际占用磁盘 {1}",
    .training_history = "📈 训练历史",
    .train_loss_title = "训练损失",
    .best_epoch = "🏆 最佳: Epoch {0}, 验证损失 {1}",
    .history_statistics = "📊 共 {0} 轮, 验证损失: 首轮 {1}, 末轮 {2}, 最低 {3}, 总改进 {4}",
    .no_best_epoch = "ℹ️  没有有效的验证损失",
    .curves = "{0} 训练损失  {1} 验证损失  {2} 重合",
    .no_history = "还没有训练历史",
    .comparison = "📊 模型对比",
    .measure_title = "指标",
    .parameter_count = "总参数数",
    .checkpoint_size = "检查点大小",
    .same_state = "✓ 状态完全相同 (root: {0})",
    .first_difference = "≠ 首个差异: {1} 的 {0}, 第 {2} 块",
    .different_state = "≠ 状态不同",
    .other_layout = "≠ 模型结构不同: 张量的名称或形状不一致",
    .unknown_difference =
        "ℹ️  无法判断状态是否相同: 其中一个文件没有摘要 (由 Python "
        "写入)",
    .verification = "🔍 校验检查点",
    .whole = "✓ {0}: 完好 (root: {1})",
    .whole_without_root = "✓ {0}: 完好 (由 Python 写入, 没有 root, 已核对 CRC)",
    .not_whole = "❌ {0}: 已损坏",
    .all_whole = "✓ 共 {0} 个检查点, 全部完好",
    .some_damaged = "❌ 共 {0} 个检查点, {1} 个已损坏",
    .consolidated = "💾 已合并: {0} → {1} ({2})",
    .root_line = "root: {0}",
    .exported = "💾 已导出: {0} → {1} (格式 {2}, {3} 参数)",
    .exported_file = "✓ {0} ({1})",
    .zero_biases =
        "ℹ️  模型没有偏置, 而该格式总有: 已写入 {0} 个为零的偏置, "
        "结果不变",
    .cleaning = "🧹 清理检查点 (保留最新 {0} 个)",
    .cleaned_file = "🗑️  已删除: {0} ({1})",
    .would_clean = "🗑️  将删除: {0} ({1})",
    .freed = "✓ 释放 {0}",
    .would_free = "ℹ️  将释放 {0} (试运行: 未删除任何文件)",
    .still_shared = "ℹ️  另有 {0} 与保留的文件共用, 不会释放",
    .nothing_to_clean = "✓ 没有需要删除的检查点",
    .configuration = "⚙️  配置",
    .plan = "📋 训练计划",
    .model = "模型",
    .parameters = "参数量",
    .train_tokens = "训练词元",
    .validation_tokens = "验证词元",
    .train_windows = "训练窗口",
    .steps_per_epoch = "每轮步数",
    .total_steps = "总步数",
    .steps_left = "剩余步数",
    .ranks = "进程数",
    .lanes = "通道数",
    .checkpoint_bytes = "每个检查点",
    .memory_per_rank = "每进程内存",
    .gpu_memory_per_rank = "每进程显存",
    .free_disk = "可用磁盘",
    .estimated = "约 {0}",
    .with_note = "{0} ({1})",
    .idle_ranks =
        "⚠️  {1} 个进程中有 {0} 个无事可做: 每批只有 {2} 个通道; "
        "请只启动 {3} 个进程, 或用 --batch-size、--lanes 增加通道",
    .disk_too_small =
        "⚠️  可用磁盘放不下一个检查点: 请清理磁盘, 或用 --output-dir "
        "换一个目录",
    .nothing_written = "试运行: 未写入任何文件",
    .doctor = "🩺 体检: {1} 台主机, {0} 个进程",
    .host_title = "主机",
    .ranks_title = "进程",
    .cores_title = "核",
    .threads_title = "线程",
    .free_memory_title = "空闲内存",
    .needed_memory_title = "需要内存",
    .clock_title = "时钟差",
    .disk_title = "写盘",
    .gpu_title = "GPU",
    .pair_title = "主机对",
    .latency_title = "延迟",
    .bandwidth_title = "带宽",
    .fine_line = "✓ {0}",
    .warning_line = "⚠️  {0}",
    .problem_line = "❌ {0}",
    .configuration_fine = "配置和文本可用",
    .command_line_fine = "所有进程的命令行相同",
    .program_fine = "所有进程的程序和库相同",
    .processors_fine = "所有主机的处理器型号相同",
    .clocks_fine = "各主机的时钟一致",
    .cores_fine = "每个进程都有自己的核, 没有核因绑定而空闲",
    .memory_fine = "每台主机的内存都够用",
    .directory_fine = "检查点目录在所有主机上是同一个, 并且可写",
    .disk_fine = "磁盘支持硬链接、改名和直接写入; 一个检查点 ({0}) 约需 {1}",
    .network_fine = "所有主机两两可达; 同一主机内的梯度走共享内存, 不需要 CMA",
    .gpu_fine = "每个进程都有可用的 GPU",
    .training_fine = "✓ 可以训练",
    .training_fine_but = "✓ 可以训练, 有 {0} 条警告",
    .training_would_fail = "❌ 不能训练: 有 {0} 个问题",
    .saved_title = "保存",
    .every_epoch_is_saved = "每轮",
    .best_and_latest_are_saved = "最佳和最新",
    .layers_title = "层数",
    .width_title = "宽度",
    .positions_title = "位置数",
    .vocabulary_title = "词表",
    .parameters_title = "参数量",
    .tokenizers_vocabulary = "取自分词器",
    .loading_model = "📖 读取模型: {0}",
    .serving = "🌐 {0} ({1} 参数) 正在服务: {2} (按 Ctrl-C 结束)",
};

constexpr Words kEnglish = {
    .preparing_text = "📖 Preparing the text...",
    .run_started =
        "🚀 {0}: {1} parameters, {2} {2|rank|ranks}, batches of {3} {3|sequence|sequences} in {4} "
        "{4|lane|lanes}, {5} training {5|window|windows}, {6} {6|step|steps} per epoch",
    .computing_on = "🖥️  Computing on {0}",
    .starting_from = "🔄 Starting a new run from the weights in {0}",
    .resuming_from = "🔄 Resuming from {0}: {1} {1|epoch|epochs} and {2} {2|step|steps} completed",
    .profile_by_kind = "⏱️  Where the GPU's time of a step goes\n    ms/step    of step  kind",
    .profile_by_kernel = "    ms/step  runs/step  kernel",
    .profile_sum = "    A step took {0} ms; all kernels {1} ms, some side by side",
    .mfu =
        "    MFU {0}%: {1} tokens/s x {2} MFLOP for a token (6 N + 12 L C T) / {3} TFLOP/s; {4}% "
        "with "
        "6 N alone",
    .peak_is_unknown =
        "    MFU is not known: what this GPU can do at this precision is not; give --peak-tflops",
    .matrix_products = "matrix products",
    .attention = "attention",
    .rest_of_model = "the rest of the model",
    .optimizer = "optimizer",
    .between_gpus = "between GPUs",
    .copies = "copies and fills",
    .other_kernels = "others",
    .training = "Training",
    .epoch_results = "📊 Epoch {0}/{1} results",
    .time_used = "⏱️  Time: {0}",
    .train_loss = "📉 Training loss: {0}",
    .val_loss = "📊 Validation loss: {0}",
    .saving = "💾 Saving checkpoint...",
    .epoch_file = "✓ Epoch checkpoint: {0} ({1})",
    .removed_file = "🗑️  Removed old checkpoint: {0}",
    .best_file = "🏆 Best model: {0} ({1}) [improvement: {2}]",
    .not_improved = "ℹ️  Validation loss did not improve (best: {0})",
    .latest_file = "📌 Latest model: {0} ({1}) [to resume from]",
    .main_file = "📍 Main checkpoint: {0} ({1})",
    .step_set = "✓ Checkpoint within the epoch: shards/{0} ({1})",
    .epoch_set = "✓ Shards: shards/{0} ({1})",
    .removed_set = "🗑️  Removed old shards: {0}",
    .new_best = "🏆 New best epoch [improvement: {0}]",
    .root = "🔒 Root: {0}",
    .names_are_copies =
        "⚠️  This file system has no hard links: every file takes its own space",
    .nothing_to_do =
        "✓ There is nothing to do: the run's {0} {0|epoch is|epochs are} completed; "
        "--more-epochs N trains on",
    .max_steps_reached =
        "✓ There is nothing to do: --max-steps {0} is reached; give a larger one, or 0 for no "
        "limit",
    .checkpoints = "📋 Checkpoints",
    .name_title = "File",
    .epoch_title = "Epoch",
    .val_loss_title = "Val loss",
    .size_title = "Size",
    .modified_title = "Modified",
    .damaged = "❌ damaged: {0}",
    .no_checkpoints = "No checkpoints yet",
    .sets = "📦 Checkpoint sets",
    .set_title = "Name",
    .step_title = "Step",
    .shards_title = "Shards",
    .draft_set = "🚧 a draft, not committed; the next start of a training removes it",
    .trash_set = "🗑️  being removed; the next start of a training finishes it",
    .replaced_set = "🗑️  replaced by another; the next start of a training removes it",
    .disk_use = "💽 {0} by their names, {1} on the disk",
    .training_history = "📈 Training history",
    .train_loss_title = "Train loss",
    .best_epoch = "🏆 Best: epoch {0}, validation loss {1}",
    .history_statistics =
        "📊 {0} {0|epoch|epochs}, validation loss: first {1}, last {2}, lowest {3}, improved by {4}",
    .no_best_epoch = "ℹ️  No validation loss is a number",
    .curves = "{0} training loss  {1} validation loss  {2} both",
    .no_history = "No training history yet",
    .comparison = "📊 Comparison",
    .measure_title = "Measure",
    .parameter_count = "Parameters",
    .checkpoint_size = "Size",
    .same_state = "✓ identical state (root: {0})",
    .first_difference = "≠ first difference: {0} of {1}, chunk {2}",
    .different_state = "≠ the states differ",
    .other_layout = "≠ different models: their tensors differ in name or shape",
    .unknown_difference =
        "ℹ️  it cannot be told whether the states are the same: one file has no digests "
        "(Python "
        "wrote it)",
    .verification = "🔍 Verifying checkpoints",
    .whole = "✓ {0}: ok (root: {1})",
    .whole_without_root = "✓ {0}: ok (Python wrote it, without a root; the CRCs are right)",
    .not_whole = "❌ {0}: damaged",
    .all_whole = "✓ {0} {0|checkpoint|checkpoints}, all of them ok",
    .some_damaged = "❌ {0} {0|checkpoint|checkpoints}, {1} of them damaged",
    .consolidated = "💾 Consolidated: {0} → {1} ({2})",
    .root_line = "root: {0}",
    .exported = "💾 Exported: {0} → {1} (format {2}, {3} parameters)",
    .exported_file = "✓ {0} ({1})",
    .zero_biases =
        "ℹ️  The model has no biases and the format always has: {0} of them are zeros, which "
        "changes no result",
    .cleaning = "🧹 Cleaning checkpoints (keeping the newest {0})",
    .cleaned_file = "🗑️  Removed: {0} ({1})",
    .would_clean = "🗑️  Would remove: {0} ({1})",
    .freed = "✓ Freed {0}",
    .would_free = "ℹ️  Would free {0} (dry run: nothing was removed)",
    .still_shared = "ℹ️  Another {0} is shared with files that stay, and is not freed",
    .nothing_to_clean = "✓ No checkpoint to remove",
    .configuration = "⚙️  Configuration",
    .plan = "📋 Training plan",
    .model = "Model",
    .parameters = "Parameters",
    .train_tokens = "Training tokens",
    .validation_tokens = "Validation tokens",
    .train_windows = "Training windows",
    .steps_per_epoch = "Steps per epoch",
    .total_steps = "Total steps",
    .steps_left = "Steps left",
    .ranks = "Ranks",
    .lanes = "Lanes",
    .checkpoint_bytes = "Each checkpoint",
    .memory_per_rank = "Memory per rank",
    .gpu_memory_per_rank = "GPU memory per rank",
    .free_disk = "Free disk",
    .estimated = "about {0}",
    .with_note = "{0} ({1})",
    .idle_ranks =
        "⚠️  {0} of {1} ranks would have nothing to do: a batch has only {2} {2|lane|lanes}. "
        "Start {3} {3|rank|ranks}, or make more lanes with --batch-size or --lanes",
    .disk_too_small =
        "⚠️  The free disk cannot hold one checkpoint: make room, or choose another "
        "--output-dir",
    .nothing_written = "Dry run: nothing was written",
    .doctor = "🩺 Doctor (ranks: {0}, hosts: {1})",
    .host_title = "Host",
    .ranks_title = "Ranks",
    .cores_title = "Cores",
    .threads_title = "Threads",
    .free_memory_title = "Free memory",
    .needed_memory_title = "Needed",
    .clock_title = "Clock",
    .disk_title = "Disk write",
    .gpu_title = "GPU",
    .pair_title = "Hosts",
    .latency_title = "Latency",
    .bandwidth_title = "Bandwidth",
    .fine_line = "✓ {0}",
    .warning_line = "⚠️  {0}",
    .problem_line = "❌ {0}",
    .configuration_fine = "the configuration and the text are usable",
    .command_line_fine = "all ranks have the same command line",
    .program_fine = "all ranks have the same program and libraries",
    .processors_fine = "all hosts have the same kind of processor",
    .clocks_fine = "the clocks of the hosts agree",
    .cores_fine = "every rank has cores of its own, and binding leaves none idle",
    .memory_fine = "the memory of every host is large enough",
    .directory_fine = "the checkpoint directory is the same on all hosts, and writable",
    .disk_fine =
        "the disk has hard links, renames and direct writes; a checkpoint of {0} takes about {1}",
    .network_fine =
        "all hosts reach each other; within one, gradients need no CMA but go through shared "
        "memory",
    .gpu_fine = "every rank has a GPU that works",
    .training_fine = "✓ Training here would be fine",
    .training_fine_but = "✓ Training here would be fine (warnings: {0})",
    .training_would_fail = "❌ Training here would not be fine (problems: {0})",
    .saved_title = "saved",
    .every_epoch_is_saved = "every epoch",
    .best_and_latest_are_saved = "best, latest",
    .layers_title = "layers",
    .width_title = "width",
    .positions_title = "positions",
    .vocabulary_title = "vocabulary",
    .parameters_title = "parameters",
    .tokenizers_vocabulary = "tokenizer",
    .loading_model = "📖 Loading {0}",
    .serving = "🌐 {0} ({1} parameters) is served at {2} (Ctrl-C ends it)",
};

std::string_view environment_variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string_view() : std::string_view(value);
}

// What the programs write is UTF-8. A locale that names no character set is taken for one of it.
bool is_of_utf8(std::string_view locale) {
  const std::size_t point = locale.find('.');
  if (point == std::string_view::npos) return true;
  const std::string_view set = locale.substr(point + 1, locale.find('@', point) - point - 1);
  return set.size() >= 4 && (set[0] == 'U' || set[0] == 'u') && set.back() == '8';
}

}  // namespace

std::optional<Language> language_named(std::string_view name) {
  if (name == "zh") return Language::zh;
  if (name == "en") return Language::en;
  return std::nullopt;
}

std::string_view name_of(Language language) { return language == Language::zh ? "zh" : "en"; }

Language language_of_environment() {
  for (const char* name : {"LC_ALL", "LC_MESSAGES", "LANG"}) {
    const std::string_view value = environment_variable(name);
    if (!value.empty())
      return value.starts_with("zh") && is_of_utf8(value) ? Language::zh : Language::en;
  }
  return Language::en;
}

Language chosen_language(const std::optional<std::string>& lang) {
  return lang ? language_named(*lang).value() : language_of_environment();
}

const Words& words_in(Language language) { return language == Language::zh ? kChinese : kEnglish; }

}  // namespace lockstep
