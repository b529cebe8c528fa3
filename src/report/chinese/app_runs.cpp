// SPDX-License-Identifier: Apache-2.0
#include "report/chinese.h"

namespace lockstep {

const Translations kChineseOfAppRuns = {
    // assemble
    {"{0} of {1} ranks {0|has|have} nothing to do: a batch of {2} is cut into {3} {3|lane|lanes}; "
     "start fewer ranks, or give a larger --batch-size or more --lanes",
     "{1} 个进程中有 {0} 个无事可做: 每批 {2} 条序列分为 {3} 个通道; 请减少进程, 或增大 "
     "--batch-size 或 --lanes"},
    {"resuming {0}: the text is not the one this run was trained on (tokens {1}, then {2}); give "
     "that text, or start a new run from these weights with --checkpoint {3} and another "
     "--output-dir",
     "从 {0} 恢复训练: 文本不是这次训练原来所用的 (词元现为 {1}, 当时为 {2}); 请给出原来的文本, "
     "或用 --checkpoint {3} 和另一个 --output-dir 从这些权重开始新的训练"},
    {"moving the model and the optimizer's moments to the GPU", "把模型和优化器的矩移到 GPU"},
    {"choose a smaller --model", "请换用更小的 --model"},
    {"the environment has MKL_CBWR={0}: the last bits of this run may follow the number of "
     "threads; unset it, or append \",STRICT\"",
     "环境变量 MKL_CBWR={0}: 这次训练结果的末尾几位可能随线程数而变; 请取消该变量, "
     "或在其后加上 \",STRICT\""},
    {"training", "训练"},
    {"give a smaller --batch-size, more --lanes, or a smaller --model",
     "请减小 --batch-size, 增大 --lanes, 或换用更小的 --model"},

    // batch_warning
    {"a batch is of {0} sequences, but an epoch has only {1} {1|window|windows}: every epoch is a "
     "single, smaller step; give a smaller --batch-size, more text, or a smaller --stride",
     "每批 {0} 条序列, 而每轮只有 {1} 个窗口: 每轮只有一步, 且不足一批; 请减小 --batch-size, "
     "增加文本, 或减小 --stride"},
    {"the warm-up is of {0} {0|step|steps}, but the whole run has only {1}: the learning rate "
     "rises to the end and is never used in full; give a smaller --warmup-steps or more --epochs",
     "预热有 {0} 步, 而整个训练只有 {1} 步: 学习率一直上升到结束, 始终达不到设定值; "
     "请减小 --warmup-steps 或增加 --epochs"},
    {"under 1", "不到 1"},
    {"the stride is of {0} tokens, but a window predicts only {1}: {2} of every {0} tokens ({3} "
     "%) are never trained on; give a --stride of at most {1} to train on the whole text",
     "窗口每次移动 {0} 个词元, 而一个窗口只预测 {1} 个: 每 {0} 个词元中有 {2} 个 ({3} %) "
     "从不参与训练; 若要用上全部文本, --stride 最大为 {1}"},

    // doctor
    {"looking for room for checkpoints in {0}: one takes {1} bytes, {2} are free; make room or "
     "choose another --output-dir",
     "检查 {0} 能否放下检查点: 一个检查点需要 {1} 字节, 可用 {2} 字节; 请腾出空间, 或用 "
     "--output-dir 换一个目录"},

    // gpu_facts
    {"there are more ranks than GPUs: those that share one take turns, and gradients go through "
     "host memory; start one rank for each GPU",
     "进程比 GPU 多: 共用一块 GPU 的进程轮流计算, 梯度经由主机内存传送; "
     "请为每块 GPU 只启动一个进程"},
    {"comparing the GPUs: {0} {1|computes|compute} in {2} ({3}), rank 0 on {4} in {5} ({6}); give "
     "--precision fp32, which all of them have, or choose GPUs of one kind",
     "比较各 GPU: {0} {1||都}以 {2} 计算 ({3}), 而 {4} 上的进程 0 以 {5} 计算 ({6}); 请用 "
     "--precision fp32 (它们都支持), 或选用同一种 GPU"},
    {"comparing the GPUs: {0} {1|computes|compute} on {2} with {3} attention, rank 0 on {4} on {5} "
     "with {6} attention; the bits of a run may depend on which GPU computes; choose GPUs of one "
     "kind for equal bits",
     "比较各 GPU: {0} {1||都}在 {2} 上以 {3} 注意力计算, 而 {4} 上的进程 0 在 {5} 上以 {6} "
     "注意力计算; 结果能否逐位相同可能取决于由哪块 GPU 计算; 要逐位相同, 请选用同一种 GPU"},

    // new_run_obstacle
    {"starting a new run from {0} in {1}: {2}", "在 {1} 中从 {0} 的权重开始新的训练: {2}"},
    {"starting a new run in {0}: {1}", "在 {0} 中开始新的训练: {1}"},
    {"it holds a run already, and this is the newest checkpoint of it; to go on with that run give "
     "{0} instead of --checkpoint, to begin a new one from it another --output-dir, to replace it "
     "--overwrite",
     "其中已有一次训练, 而这正是它最新的检查点; 要继续那次训练, 请用 {0} 代替 --checkpoint; "
     "要从它开始新的训练, 请用 --output-dir 换一个目录; 要覆盖它, 请用 --overwrite"},
    {"it holds a run already, and this is an older checkpoint of it; to begin a new run from it "
     "give another --output-dir, to go on with the old one from its newest checkpoint --resume "
     "instead of --checkpoint, to replace it --overwrite",
     "其中已有一次训练, 而这是它较早的一个检查点; 要从它开始新的训练, 请用 --output-dir "
     "换一个目录; 要从最新的检查点继续原来的训练, 请用 --resume 代替 --checkpoint; 要覆盖它, 请用 "
     "--overwrite"},
    {"it holds a run already; give another --output-dir, or replace that run with --overwrite",
     "其中已有一次训练; 请用 --output-dir 换一个目录, 或用 --overwrite 覆盖那次训练"},
    {"it holds a run already; continue that with --resume, give another --output-dir, or replace "
     "it with --overwrite",
     "其中已有一次训练; 请用 --resume 继续那次训练, 或用 --output-dir 换一个目录, 或用 --overwrite "
     "覆盖它"},
    {"it holds files of a run but no checkpoint to resume from; move them away, give another "
     "--output-dir, or replace it with --overwrite",
     "其中有某次训练的文件, 但没有可供恢复的检查点; 请把它们移走, 或用 --output-dir 换一个目录, "
     "或用 --overwrite 覆盖"},

    // resolve_config
    {"{0}: it must be {1}", "{0}: 必须是 {1}"},
    {"reading {0}: it is no file", "读取 {0}: 不是文件"},
    {"{0}; check --config", "{0}; 请检查 --config"},
    {"--preset {0} changes nothing: {1} gives all that a preset decides, and a file wins over a "
     "preset; give --batch-size, --epochs and --learning-rate as flags, or take them out of the "
     "file",
     "--preset {0} 不起作用: {1} 给出了预设所决定的全部设置项, 而文件优先于预设; 请用命令行给出 "
     "--batch-size、--epochs 和 --learning-rate, 或从文件中删去它们"},
    {"--val-fraction changes nothing: the configuration names validation files ({0}), and nothing "
     "is cut off the training data; leave out the flag, or data.validation_files for a new run "
     "without them",
     "--val-fraction 不起作用: 配置中指定了验证文件 ({0}), 不会从训练数据中切分; 请去掉这个选项, "
     "或在新的训练中去掉 data.validation_files"},
    {"the configuration", "配置"},

    // resume_changes
    {"resuming {0}: its limit of --max-steps {1} is dropped, since its epochs are named; give "
     "--max-steps too for another one",
     "从 {0} 恢复训练: 因为指定了轮数, 原来的限制 --max-steps {1} 不再有效; "
     "如果还要限制, 请同时给出 --max-steps"},
    {"resuming {0} in the middle of an epoch: {1} is {2}, but the epoch was begun with {3}, and "
     "its windows would be others; go on with {3}, and change it when the epoch has ended",
     "从 {0} 恢复训练, 它处于一轮中途: {1} 是 {2}, 而这一轮开始时是 {3}, 窗口会因此不同; 请继续用 "
     "{3}, 等这一轮结束后再改"},
    {"{0} is {1} and no longer {2}", "{0} 由 {2} 改为 {1}"},
    {"resuming {0}: from here on {1}; the validation set is another one, so the best loss begins "
     "anew",
     "从 {0} 恢复训练: 从此处起 {1}; 验证集因此不同, 最佳损失重新算起"},
    {"resuming {0}: from here on {1}; what is trained from here on is not what the run would have "
     "been",
     "从 {0} 恢复训练: 从此处起 {1}; 此后的训练与原来的训练不再相同"},

    // run_order
    {"{0} layers, {1} heads, width {2}, {3} positions, vocabulary {4}",
     "{0} 层, {1} 个头, 宽度 {2}, {3} 个位置, 词表 {4}"},
    {"no biases", "无偏置"},
    {"GELU by tanh", "tanh 近似的 GELU"},
    {"starting from {0}: it holds a model of {1}, the configuration asks for {2}; leave out "
     "--model and the sizes, which the file decides",
     "从 {0} 的权重开始训练: 其中的模型是 ({1}), 而配置要求 ({2}); 请去掉 --model 和各项大小, "
     "它们由文件决定"},
    {"starting from {0}: its tokenizer is of the kind {1}, the configuration asks for {2}; leave "
     "out --tokenizer, which the file decides",
     "从 {0} 的权重开始训练: 其分词器的种类是 {1}, 而配置要求 {2}; 请去掉 --tokenizer, "
     "它由文件决定"},
    {"starting from {0}: --tokenizer-vocab-size {1} changes nothing, as its tokenizer is taken "
     "over "
     "and none is trained; leave it out, or start a new run without these weights",
     "从 {0} 的权重开始训练: --tokenizer-vocab-size {1} 不起作用, 因为沿用其分词器, "
     "不再训练新的; 请去掉它, 或不用这些权重而开始新的训练"},
    {"the configuration of rank 0", "进程 0 的配置"},
    {"looking into {0}, as there is no run in {1}: {2}", "{1} 中没有训练, 所以在 {0} 中查找: {2}"},
    {"trying {0} instead", "改用 {0}"},
    {"resuming the run in {0}: every checkpoint is damaged, the warnings above say how; bring a "
     "copy of one back, or start anew with another --output-dir",
     "恢复 {0} 中的训练: 所有检查点都已损坏, 详情见上面的警告; 请用备份恢复其中一个, 或用另一个 "
     "--output-dir 重新开始"},
    {"resuming the run in {0} takes it from a process that is alive and ends at its next save: "
     "{1} is running there; wait for it or stop it, or give another --output-dir",
     "恢复 {0} 中的训练会从一个还在运行的进程手中接过它, 那个进程将在下次保存时结束: "
     "{1}正在那里运行; 请等它结束或将其停止, 或用 --output-dir 换一个目录"},
    {"resuming the run in {0}: there is no checkpoint; start one without --resume, or give its "
     "--output-dir",
     "恢复 {0} 中的训练: 没有检查点; 请去掉 --resume 以开始新的训练, 或给出要恢复的训练的 "
     "--output-dir"},
    {"{0} sequences in {1} {1|lane|lanes}", "{0} 条序列分为 {1} 个通道"},
    {"resuming {0}: a new phase begins: its batches are of {1}, those before of {2}; what is "
     "trained from here on is not what the run would have been",
     "从 {0} 恢复训练: 新的阶段开始: 现在每批 {1}, 之前每批 {2}; "
     "此后的训练与原来的训练不再相同"},

    // start_checks
    {"{0} and {1} more {1|host|hosts}", "{0} 和另外 {1} 台主机"},
    {"{0} and those on {1} more {1|host|hosts}", "{0} 和另外 {1} 台主机上的进程"},
    {"comparing the ranks: {0} {1|is|are} not started with the arguments that rank 0 on {2} has; "
     "start all ranks with one command line",
     "比较各进程: {0} 的命令行参数{1||都}与 {2} 上的进程 0 不同; 请用同一条命令行启动所有进程"},
    {"comparing the ranks: {0} {1|is|are} another build of the trainer than rank 0 on {2}; copy "
     "one build to all hosts, or put it on a file system that they share",
     "比较各进程: {0} 的 trainer {1||都}与 {2} 上的进程 0 不是同一次构建; "
     "请把同一次构建复制到所有主机, 或放在共享文件系统上"},
    {"comparing the ranks: {0} {1|is|are} with other versions of the libraries than rank 0 on "
     "{2}; the bits of a run may depend on which host computes; install the same ones on all hosts",
     "比较各进程: {0} 所用库的版本{1||都}与 {2} 上的进程 0 不同; "
     "结果能否逐位相同可能取决于由哪台主机计算; 请在所有主机上安装相同的库"},
    {"comparing the ranks: {0} {1|is|are} on another kind of processor than rank 0 on {2}; the "
     "bits of a run may depend on which host computes; choose hosts of one kind for equal bits",
     "比较各进程: {0} 的处理器型号{1||都}与 {2} 上的进程 0 不同; "
     "结果能否逐位相同可能取决于由哪台主机计算; 要逐位相同, 请选用同一种主机"},
    {"counting the cores: {0} ranks share {1} {1|core|cores} of {2} and wait for each other; start "
     "a rank for each core or fewer, or give mpirun --bind-to none if they were bound to the same "
     "ones",
     "统计核数: {0} 个进程共用 {2} 的 {1} 个核, 互相等待; 进程数请不要超过核数, "
     "如果它们被绑定到了相同的核, 请给 mpirun 加上 --bind-to none"},
    {"counting the cores: mpirun bound {0} to {1} of {2} cores, the others are idle",
     "统计核数: mpirun 把 {0} 绑定到 {2} 个核中的 {1} 个, 其余的核空闲"},
    {"{0} (so on {1})", "{0} (这些主机都如此: {1})"},
    {"{0}; give mpirun --bind-to none", "{0}; 请给 mpirun 加上 --bind-to none"},
    {"looking at the Slurm job: it has {0} tasks, and this one rank trains alone; start the ranks "
     "with srun --mpi=pmix or mpirun, as slurm/train.sh does",
     "查看 Slurm 作业: 它有 {0} 个任务, 而只有这一个进程在独自训练; "
     "请像 slurm/train.sh 那样用 srun --mpi=pmix 或 mpirun 启动各进程"},
    {"that of {0} is {1} s ahead of that of {2}", "{0} 的时钟比 {2} 快 {1} 秒"},
    {"that of {0} is {1} s behind that of {2}", "{0} 的时钟比 {2} 慢 {1} 秒"},
    {"{0} (unequal too: {1})", "{0} (同样不一致: {1})"},
    {"comparing the clocks: {0}, so the times of files and log lines do not fit; synchronise the "
     "hosts with chrony or ntpd",
     "比较时钟: {0}, 因此文件和日志中的时间对不上; 请用 chrony 或 ntpd 同步各主机的时钟"},
    {"{0} {0|rank needs|ranks need} {1} MB, {2} MB are free", "{0} 个进程需要 {1} MB, 空闲 {2} MB"},
    {"looking for memory on {0}: {1}; start fewer ranks on each host, or cut the batch into more "
     "--lanes",
     "检查 {0} 的内存: {1}; 请减少每台主机上的进程, 或用 --lanes 把每批分成更多通道"},
    {"looking for memory on {0}: {1}; choose a smaller --model, --block-size or --batch-size",
     "检查 {0} 的内存: {1}; 请换用更小的 --model、--block-size 或 --batch-size"},
    {"slow between {0}", "{0} 之间较慢"},
    {"slow between {0} and {1} more", "{0} 以及另外 {1} 对主机之间较慢"},
    {"measuring the network: {0}, and every step waits for the slowest; look at its cables and "
     "ports, leave the host out, or name a faster network with mpirun --mca btl_tcp_if_include",
     "测量网络: {0}, 而每一步都要等最慢的; 请检查那里的网线和端口, 或不用那台主机, "
     "或用 mpirun --mca btl_tcp_if_include 指定更快的网络"},

    // trainer_main
    {"using {0} for checkpoints: {1}; give another --output-dir",
     "用 {0} 存放检查点: {1}; 请用 --output-dir 换一个目录"},
    {"writing the configuration to {0}: {1}; give --save-config a file in a folder that exists and "
     "can be written",
     "把配置写入 {0}: {1}; 请让 --save-config 指向一个已存在且可写的文件夹中的文件"},
    {"stopped before the time limit after step {0}", "在到达时间限制之前停止, 已完成第 {0} 步"},
    {"stopped on request after step {0}", "已按要求停止, 已完成第 {0} 步"},
    {"{0}, with too little time left to save it; --resume goes on from {1}",
     "{0}, 但剩余时间不够保存; --resume 将从 {1} 继续"},
    {"{0}; the run is saved in {1}, from which --resume goes on",
     "{0}; 训练已保存在 {1}, --resume 将从那里继续"},
    {"the state of the run", "训练的状态"},

    // workplace
    {"computing on {0}: it has no bf16; give --precision fp32",
     "在 {0} 上计算: 它不支持 bf16; 请用 --precision fp32"},
    {"{0}, {1}, {2} attention", "{0}, {1}, {2} 注意力"},
    {"MPI through host memory", "MPI (经由主机内存)"},
};

}  // namespace lockstep
