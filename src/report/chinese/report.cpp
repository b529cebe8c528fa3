// SPDX-License-Identifier: Apache-2.0
#include "report/chinese.h"

namespace lockstep {

const Translations kChineseOfReport = {
    {"opening metrics file {0}: {1}; give --metrics-file a file in a folder that exists and can be "
     "written",
     "打开指标文件 {0}: {1}; 请让 --metrics-file 指向一个已存在且可写的文件夹中的文件"},
    {"nobody takes what is written to it", "写入的内容无人接收"},
    {"writing metrics file {0}: {1}; training goes on, but steps may be missing from the file",
     "写入指标文件 {0}: {1}; 训练继续进行, 但文件中可能会缺少一些步"},
};

}  // namespace lockstep
