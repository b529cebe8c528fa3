// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/state_digests.h"
