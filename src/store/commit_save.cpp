// SPDX-License-Identifier: Apache-2.0
#include "store/commit_save.h"
