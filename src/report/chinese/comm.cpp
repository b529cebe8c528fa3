// SPDX-License-Identifier: Apache-2.0
#include "report/chinese.h"

namespace lockstep {

const Translations kChineseOfComm = {
    {"rank {0}", "进程 {0}"},
    {"rank {0}: {1}", "进程 {0}: {1}"},
    {"ranks {0} on {1}", "{1} 上的进程 {0}"},
    {"{0} and {1}", "{0} 和 {1}"},
    {"joining the ranks: {0} started {1} processes, but MPI sees each of them alone, and all {1} "
     "would train into one directory; {2}",
     "连接各进程: {0} 启动了 {1} 个进程, 但 MPI 把它们看作互不相干, 这 {1} "
     "个进程会在同一个目录里各自训练; {2}"},
    {"start it with srun --mpi=pmix or with mpirun (slurm/array.sh is for several trainings)",
     "请用 srun --mpi=pmix 或 mpirun 启动 (slurm/array.sh 用于多个训练)"},
    {"start it with the mpirun of the MPI that it was built with",
     "请用编译时所用 MPI 的 mpirun 启动"},
    {"joining the ranks: {0} does not reach {1} within {2} s; open all TCP ports between these "
     "hosts, or name the network they share with mpirun --mca btl_tcp_if_include",
     "连接各进程: {0} 在 {2} 秒内连不上 {1}; 请开放这些主机之间的所有 TCP 端口, 或用 mpirun --mca "
     "btl_tcp_if_include 指定它们共用的网络"},
    {"{0} (nor {1} other {1|rank|ranks})", "{0} (以及另外 {1} 个进程)"},
    {"this MPI offers too little threading: MPI_THREAD_SERIALIZED is needed",
     "此 MPI 的线程支持不足: 需要 MPI_THREAD_SERIALIZED"},
    {"{0} failed: {1}", "{0}: MPI 报错: {1}"},
    {"{0}: the other ranks did not answer within {1} s; one of them is gone or stuck",
     "{0}: 其他进程在 {1} 秒内没有应答; 其中有进程已退出或卡住"},
    {"waiting for all ranks", "等待所有进程"},
    {"gathering the texts of all ranks", "收集所有进程的文本"},
    {"gathering the numbers of all ranks", "收集所有进程的数值"},
    {"preparing the exchange of numbers", "准备交换数值"},
    {"exchanging numbers with the other ranks", "与其他进程交换数值"},
    {"sharing memory between the ranks of this machine", "在本机的进程之间共享内存"},
    {"sharing memory with the ranks of this machine: {0}: {1}", "与本机的进程共享内存: {0}: {1}"},
    {"reading the memory of another rank of this machine: {0}: {1}",
     "读取本机另一进程的内存: {0}: {1}"},
    {"it is another process's", "它属于别的程序"},
    {"mapping {0} bytes of memory shared with the ranks of this machine: {1}",
     "映射与本机的进程共享的 {0} 字节内存: {1}"},
    {"{0}; the ranks of this machine send each other their gradients instead, which takes longer",
     "{0}; 本机的进程改为互相发送梯度, 会慢一些"},
    {"moving gradients with NCCL: this build has no NCCL; use --comm mpi",
     "用 NCCL 搬运梯度: 本程序编译时未包含 NCCL; 请用 --comm mpi"},
    {"preparing NCCL: {0}: {1}", "准备 NCCL: {0}: {1}"},
    {"connecting the GPUs", "连接各 GPU"},
    {"exchanging numbers between GPUs", "在 GPU 之间交换数值"},
    {"{0} with NCCL: {1}: {2}", "用 NCCL {0}: {1}: {2}"},
    {"{0} with NCCL: nothing came of it in {1} s; a rank is gone, or its network is not reached",
     "用 NCCL {0}: {1} 秒内没有结果; 有进程已退出, 或其网络不通"},
    {"{0}; give a smaller --batch-size, more --lanes, or a smaller --model",
     "{0}; 请减小 --batch-size, 增大 --lanes, 或换用更小的 --model"},
    {"{0}; where ranks share a GPU, use --comm mpi", "{0}; 多个进程共用一块 GPU 时请用 --comm mpi"},
    {"opening the doors of the watchdog: getifaddrs: {0}", "打开监视用的端口: getifaddrs: {0}"},
    {"opening the doors of the watchdog: no address of this machine can be listened on: {0}",
     "打开监视用的端口: 本机没有可以监听的地址: {0}"},
    {"watching over the ranks: rank {0} on {1} cannot connect to rank 0 on {2}, neither to{3}; a "
     "rank that hangs will be noticed late and not be named; allow TCP between the hosts",
     "监视各进程: {1} 上的进程 {0} 连不上 {2} 上的进程 0, 试过的地址都不通:{3}; "
     "挂起的进程要很久才会被发现, 也不知道是哪一个; 请放行主机之间的 TCP"},
    {"starting", "正在启动"},
    {"step {0}, {1}", "第 {0} 步, {1}"},
    {"{0} is gone ({1})", "{0} 已意外退出 ({1})"},
    {"{0} are gone ({1})", "{0} 已意外退出 ({1})"},
    {"{0} has not answered for {1} s ({2})", "{0} 已有 {1} 秒没有应答 ({2})"},
    {"{0} have not answered for {1} s ({2})", "{0} 已有 {1} 秒没有应答 ({2})"},
    {"{0} answers, but has not got on for {1} s ({2})", "{0} 有应答, 但已有 {1} 秒没有进展 ({2})"},
    {"{0} answer, but have not got on for {1} s ({2})", "{0} 有应答, 但已有 {1} 秒没有进展 ({2})"},
    {"{0} answers, but nothing has arrived for {1} s ({2})",
     "{0} 有应答, 但已有 {1} 秒没有收到任何数据 ({2})"},
    {"{0} answer, but nothing has arrived between them for {1} s ({2})",
     "{0} 有应答, 但它们之间已有 {1} 秒没有收到任何数据 ({2})"},
    {"{0}; start again with --auto-resume", "{0}; 请用 --auto-resume 重新启动"},
    {"{0}; the newest checkpoint is {1}; start again with --auto-resume",
     "{0}; 最新的检查点是 {1}; 请用 --auto-resume 重新启动"},
};

}  // namespace lockstep
