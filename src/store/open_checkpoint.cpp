// SPDX-License-Identifier: Apache-2.0
#include "store/open_checkpoint.h"
