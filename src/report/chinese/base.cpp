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
     "本机内存不足 (还需要 {0} 字节); {1}"},
    {"of a training, --dry-run says how much each rank needs",
     "对于训练, --dry-run 会显示每个进程需要多少内存"},
    {"{0} is a link to {1}, where there is nothing", "{0} 是指向 {1} 的链接, 而那里什么也没有"},
    {"{0} is not a folder", "{0} 不是文件夹"},
    {"{0} is a folder", "{0} 是文件夹"},
    {"no file can be made in {0}: {1}", "无法在 {0} 中创建文件: {1}"},
    {"{0} cannot be looked at: {1}", "无法查看 {0}: {1}"},
    {"there is no folder {0}", "没有文件夹 {0}"},
};

}  // namespace lockstep
