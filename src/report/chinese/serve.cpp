// SPDX-License-Identifier: Apache-2.0
#include "report/chinese.h"

namespace lockstep {

const Translations kChineseOfServe = {
    {"listening on {0}:{1}: {2}; give another with --port or --host",
     "监听 {0}:{1}: {2}; 请用 --port 或 --host 换一个"},
};

}  // namespace lockstep
