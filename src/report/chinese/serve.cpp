// SPDX-License-Identifier: Apache-2.0
#include "report/chinese.h"

namespace lockstep {

const Translations kChineseOfServe = {
    {"there is no host of this name", "没有叫这个名称的主机"},
    {"the name of the host cannot be looked up now", "现在无法查询这个主机名"},
    {"listening on {0}:{1}: {2}; give another with --port or --host",
     "监听 {0}:{1}: {2}; 请用 --port 或 --host 换一个"},
};

}  // namespace lockstep
