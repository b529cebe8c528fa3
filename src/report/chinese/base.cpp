// SPDX-License-Identifier: Apache-2.0
#include "report/chinese.h"

namespace lockstep {

const Translations kChineseOfBase = {
    {"error", "错误"},
    {"warning", "警告"},
    {"rank {0} on {1}", "{1} 上的进程 {0}"},
    {"using {0}: {1}", "使用 {0}: {1}"},
    {"this host has not enough memory; {0}", "本机内存不足; {0}"},
    {"this host has not enough memory ({0} bytes more were asked for); {1}",
     "本机内存不足 (又申请了 {0} 字节); {1}"},
    {"of a training, --dry-run says how much each rank needs",
     "若是训练, 可用 --dry-run 查看每个进程需要多少内存"},
    {"{0} is a link to {1}, where there is nothing", "{0} 是链接, 而它指向的 {1} 不存在"},
    {"{0} is not a folder", "{0} 不是文件夹"},
    {"{0} is a folder", "{0} 是文件夹"},
    {"no file can be made in {0}: {1}", "无法在 {0} 中创建文件: {1}"},
    {"{0} cannot be looked at: {1}", "无法查看 {0}: {1}"},
    {"there is no folder {0}", "没有文件夹 {0}"},
    {"copying {0}", "复制 {0}"},
    {"creating the folder {0}", "创建文件夹 {0}"},
    {"looking at {0}", "查看 {0}"},
    {"looking for room in {0}", "查看 {0} 的可用空间"},
    {"making durable {0}", "将 {0} 同步到磁盘"},
    {"reading {0}", "读取 {0}"},
    {"removing {0}", "删除 {0}"},
    {"removing {0}: another program has files of it open, or writes into it; what is left goes "
     "when a training starts there again",
     "删除 {0}: 另有程序打开着其中的文件, 或正在往里写; 剩下的会在下次在那里启动训练时清除"},
    {"renaming {0}", "给 {0} 改名"},
    {"writing {0}", "写入 {0}"},
    {"rename to {0}", "改为 {0}"},
    {"exchange with {0}", "与 {0} 互换"},
    {"({0} bytes are needed, {1} are free: {2} bytes are missing; make room there)",
     "(需要 {0} 字节, 可用 {1} 字节: 还差 {2} 字节; 请在那里腾出空间)"},
    {"opening {0}: {1}", "打开 {0}: {1}"},
    {"opening {0}: {1}; another rank has made it: is it on a file system that all hosts share?",
     "打开 {0}: {1}; 它由另一个进程创建: 它是否位于所有主机共享的文件系统上?"},
    {"it nests deeper than {0} levels", "嵌套超过 {0} 层"},
    {"Permission denied", "权限不够"},
    {"Disk quota exceeded", "超出磁盘限额"},
    {"File too large", "文件过大"},
    {"Input/output error", "输入/输出错误"},
    {"Is a directory", "是一个目录"},
    {"Too many open files", "打开的文件过多"},
    {"No such file or directory", "没有那个文件或目录"},
    {"No space left on device", "设备上没有空间"},
    {"Not a directory", "不是目录"},
    {"Read-only file system", "只读文件系统"},
};

}  // namespace lockstep
