// SPDX-License-Identifier: Apache-2.0
#include "app/trainer_flags.h"

#include <algorithm>
#include <array>

#include "config/fields.h"

namespace lockstep {
namespace {

constexpr std::size_t kHelpColumn = 29;

constexpr HelpText kTrainerPurpose = {
    "trainer: trains a GPT-2 on text, on every rank of the MPI world it is started in",
    "trainer: 用文本训练 GPT-2，由 MPI 启动的每个进程都参与"};

constexpr const char* kExamples =
    "  mpirun -np 8 trainer --preset extended --data-file corpus.txt\n"
    "  trainer --resume --more-epochs 2\n"
    "  trainer --checkpoint checkpoints/best_model.pt --learning-rate 5e-5 --output-dir tuned\n";

constexpr HelpText kPrecedence = {
    "A flag wins over the --config file, the file over the preset, the preset over the default\n"
    "(in brackets: of the preset standard).\n",
    "命令行参数优先于 --config 文件，文件优先于预设，预设优先于默认值\n"
    "（方括号内：预设 standard 的值）。\n"};

constexpr std::array kFlags = {
    TrainerFlag{
        "--preset",
        "NAME",
        {"quick, standard, extended or precision", "quick、standard、extended 或 precision"},
        {"What to train", "训练什么"}},
    TrainerFlag{"--model",
                "NAME",
                {"tiny, gpt2-small, gpt2-medium, gpt2-large or gpt2-xl",
                 "tiny、gpt2-small、gpt2-medium、gpt2-large 或 gpt2-xl"}},
    TrainerFlag{
        "--config",
        "FILE",
        {"JSON with any of the settings, over the preset", "JSON 文件，可含任意设置；优先于预设"}},
    TrainerFlag{"--save-config",
                "FILE",
                {"write the resolved settings; --config with them runs the same",
                 "写出最终确定的全部设置；再用 --config 读入，训练完全相同"}},
    TrainerFlag{
        "--list-presets", "", {"print the presets and the model sizes", "打印预设和模型规模"}},
    TrainerFlag{"--dry-run",
                "",
                {"print the resolved run and what it needs; write nothing",
                 "打印最终确定的设置和所需资源；不写入任何文件"}},
    TrainerFlag{"--doctor",
                "",
                {"try hosts, disk and network; say whether training would be fine",
                 "检查主机、磁盘和网络，说明能否训练"}},

    TrainerFlag{
        "--data-file",
        "FILE",
        {"text file, folder or token file; repeatable", "文本文件、文件夹或词元文件；可多次给出"},
        {"Data", "数据"}},
    TrainerFlag{"--val-file",
                "FILE",
                {"validation data of its own; repeatable", "另给的验证数据；可多次给出"}},
    TrainerFlag{"--val-fraction",
                "X",
                {"part of the tokens, at their end, kept for validation",
                 "留作验证的比例，取自词元的末尾"}},
    TrainerFlag{"--stride",
                "N",
                {"tokens between the starts of two windows; 0: the context",
                 "相邻两个窗口起点之间的词元数；0：与上下文长度相同"}},
    TrainerFlag{"--tokenizer", "KIND", {"byte or sentencepiece", "byte 或 sentencepiece"}},
    TrainerFlag{"--tokenizer-vocab-size",
                "N",
                {"most pieces sentencepiece may learn", "sentencepiece 词表最多有多少词元"}},
    TrainerFlag{"--local-dir",
                "DIR",
                {"on each host: read the tokens from a copy in this folder",
                 "每台主机上的目录：从其中的副本读取词元"}},
    TrainerFlag{
        "--block-size", "N", {"context: tokens in one sequence", "上下文：一条序列的词元数"}},

    TrainerFlag{"--epochs",
                "N",
                {"passes over the data, in all", "总轮数：数据训练多少遍"},
                {"Training", "训练"}},
    TrainerFlag{"--more-epochs",
                "N",
                {"with --resume or --auto-resume: N more than the run was to have",
                 "与 --resume 或 --auto-resume 同用：比原定多 N 轮"}},
    TrainerFlag{
        "--max-steps",
        "N",
        {"end after N optimizer steps in all; 0: no limit", "总共 N 个优化步后结束；0：不限"}},
    TrainerFlag{
        "--batch-size",
        "N",
        {"sequences per optimizer step, over all ranks", "每个优化步的序列数，所有进程合计"}},
    TrainerFlag{"--batch-per-rank",
                "N",
                {"the same as --batch-size N x ranks; 0: unused",
                 "等同于 --batch-size N x 进程数；0：不用"}},
    TrainerFlag{"--lanes",
                "N",
                {"equal passes a batch is cut into; 0: up to 8, on a GPU one per rank",
                 "一批等分成的通道数；0：至多 8 个，GPU 上每个进程一个"}},
    TrainerFlag{"--dropout",
                "X",
                {"part of the activations dropped while training", "训练时丢弃的激活值比例"}},
    TrainerFlag{"--seed",
                "N",
                {"random seed of weights, order and dropout", "权重、顺序和 dropout 的随机种子"}},

    TrainerFlag{
        "--learning-rate", "X", {"peak learning rate", "学习率的峰值"}, {"Optimizer", "优化器"}},
    TrainerFlag{
        "--schedule",
        "KIND",
        {"the rate after the warm-up: constant or cosine", "预热之后的学习率：constant 或 cosine"}},
    TrainerFlag{"--warmup-steps",
                "N",
                {"steps in which the rate grows to its peak", "学习率升到峰值所用的步数"}},
    TrainerFlag{
        "--min-learning-rate", "X", {"rate at which the cosine ends", "cosine 结束时的学习率"}},
    TrainerFlag{"--beta1", "X", {"decay of AdamW's first moment", "AdamW 一阶矩的衰减系数"}},
    TrainerFlag{"--beta2", "X", {"decay of AdamW's second moment", "AdamW 二阶矩的衰减系数"}},
    TrainerFlag{"--eps", "X", {"AdamW's guard against division by zero", "AdamW 避免除以零的小量"}},
    TrainerFlag{"--weight-decay", "X", {"AdamW's weight decay", "AdamW 的权重衰减"}},
    TrainerFlag{"--weight-decay-scope",
                "KIND",
                {"all or matrices: what decays", "哪些参数衰减：all（全部）或 matrices（仅矩阵）"}},
    TrainerFlag{"--clip-norm",
                "X",
                {"largest global gradient norm; 0: no clipping", "梯度全局范数的上限；0：不裁剪"}},

    TrainerFlag{"--output-dir",
                "DIR",
                {"where the checkpoints of the run are", "这次训练的检查点所在的目录"},
                {"Checkpoints", "检查点"}},
    TrainerFlag{
        "--resume",
        "",
        {"continue the run in the output folder, or fail", "继续该目录中的训练；没有则报错"}},
    TrainerFlag{"--auto-resume",
                "",
                {"continue it, or start it if there is none", "有则继续，没有则从头开始"}},
    TrainerFlag{"--overwrite",
                "",
                {"start anew in a folder that holds a run, in its place",
                 "目录中已有训练时从头开始，取代它"}},
    TrainerFlag{"--checkpoint",
                "SET",
                {"new run from these weights: a .pt, a set, an epoch, best or latest",
                 "以其权重开始新的训练：.pt 文件、分片集、轮次、best 或 latest"}},
    TrainerFlag{
        "--keep-last-n",
        "N",
        {"epochs whose files and sets stay; 0: all", "保留最近几轮的文件和分片集；0：全部"}},
    TrainerFlag{"--no-save-every-epoch", "", {"keep only best and latest", "只保留最佳和最新"}},
    TrainerFlag{"--save-every-steps",
                "N",
                {"save every N steps within an epoch too; 0: not",
                 "在一轮之内也每 N 步保存一次；0：不保存"}},
    TrainerFlag{
        "--save-every-minutes",
        "X",
        {"the same by the clock, every X minutes; 0: not", "同上，每 X 分钟一次；0：不保存"}},
    TrainerFlag{"--export",
                "RULE",
                {"epochs that get a .pt: every, best, last or none",
                 "哪些轮写 .pt 文件：every、best、last 或 none"}},
    TrainerFlag{"--on-save-error",
                "WHAT",
                {"what follows a failed save: warn, retry or abort",
                 "保存失败时：warn（警告）、retry（重试）或 abort（中止）"}},

    TrainerFlag{"--device",
                "KIND",
                {"what computes: cpu or cuda", "计算设备：cpu 或 cuda"},
                {"Machine and report", "机器与输出"}},
    TrainerFlag{"--precision",
                "KIND",
                {"auto, fp32, tf32 or bf16; auto: bf16 on a GPU that has it",
                 "auto、fp32、tf32 或 bf16；auto：GPU 支持时用 bf16"}},
    TrainerFlag{"--fast",
                "",
                {"on a GPU: faster, but not the same bits from run to run",
                 "GPU 上更快，但每次运行的结果不再逐位相同"}},
    TrainerFlag{"--comm",
                "KIND",
                {"auto, nccl or mpi: what moves gradients", "用什么搬运梯度：auto、nccl 或 mpi"}},
    TrainerFlag{
        "--threads",
        "N",
        {"threads per rank; 0: a fair share of the cores", "每个进程的线程数；0：平分可用的核"}},
    TrainerFlag{"--time-limit",
                "TIME",
                {"save and stop within minutes, H:MM:SS or D-HH:MM:SS of the start",
                 "启动后在这段时间内保存并停止：分钟数、H:MM:SS 或 D-HH:MM:SS"}},
    TrainerFlag{
        "--peer-timeout",
        "SECONDS",
        {"a rank this long silent ends the job [60]", "有进程这么多秒没有响应，就结束作业 [60]"}},
    TrainerFlag{"--check-lockstep",
                "N",
                {"compare all ranks' parameters every N steps; 0: never",
                 "每 N 步比较所有进程的参数；0：从不"}},
    TrainerFlag{"--max-skipped-steps",
                "N",
                {"so many in a row without a finite gradient end the run",
                 "连续这么多步的梯度不是有限数，就结束训练"}},
    TrainerFlag{
        "--metrics-file", "FILE", {"write a line of JSON for every step", "每一步写一行 JSON"}},
    TrainerFlag{
        "--profile",
        "",
        {"on a GPU: print where the time of a step goes", "GPU 上：打印一步的时间用在哪里"}},
    TrainerFlag{"--peak-tflops",
                "X",
                {"peak of the GPU in TFLOP/s, for --profile; 0: as it is known",
                 "GPU 的峰值（TFLOP/s），用于 --profile；0：用已知的值"}},
    TrainerFlag{"--log-every",
                "N",
                {"steps between two lines in a log file; else 10 lines an epoch",
                 "日志文件中两行相隔的步数；不给则每轮 10 行"}},
    TrainerFlag{"--log-all-ranks",
                "",
                {"every rank reports, its lines marked with rank and host",
                 "每个进程都输出，各行标明进程号和主机"}},
    TrainerFlag{"--lang", "LANG", {"zh or en; else by locale", "zh 或 en；不给则按区域设置"}},
    TrainerFlag{"--quiet", "", {"only warnings and errors", "只输出警告和错误"}},
    TrainerFlag{"--version", "", {"print the version", "打印版本"}},
    TrainerFlag{"--help", "", {"print this; also -h", "打印本帮助；也可写 -h"}},
};

// "[0.0001]": the value without this flag, of the flags that take one.
std::string default_text(const TrainerFlag& flag) {
  RunConfig defaults;
  for (const Field& field : fields_of(defaults))
    if (field.flag == flag.name && !flag.value.empty() && !is_empty(field))
      return " [" + shown_value(field) + "]";
  return "";
}

std::string help_line(const TrainerFlag& flag, Language language) {
  std::string line = "  " + std::string(flag.name);
  if (!flag.value.empty()) line += " " + std::string(flag.value);
  line.resize(std::max(kHelpColumn, line.size() + 2), ' ');
  return line + std::string(flag.help.in(language)) + default_text(flag) + "\n";
}

}  // namespace

std::span<const TrainerFlag> trainer_flags() { return kFlags; }

bool is_setting_switch(const TrainerFlag& flag) {
  RunConfig scratch;
  const auto sets_it = [&](const Field& field) { return field.flag == flag.name; };
  return flag.value.empty() && std::ranges::any_of(fields_of(scratch), sets_it);
}

const TrainerFlag* find_trainer_flag(std::string_view name) {
  const auto found = std::ranges::find(kFlags, name, &TrainerFlag::name);
  return found != kFlags.end() ? &*found : nullptr;
}

std::string trainer_help(Language language) {
  std::string text = std::string(kTrainerPurpose.in(language)) + "\n\n" + kExamples + "\n" +
                     std::string(kPrecedence.in(language));
  for (const TrainerFlag& flag : kFlags) {
    const std::string_view group = flag.group.in(language);
    if (!group.empty()) text += "\n" + std::string(group) + ":\n";
    text += help_line(flag, language);
  }
  return text;
}

}  // namespace lockstep
