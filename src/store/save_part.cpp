// SPDX-License-Identifier: Apache-2.0
#include "store/save_part.h"
