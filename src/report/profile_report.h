// SPDX-License-Identifier: Apache-2.0
// Where the time of a step goes on a GPU: by kind of work, by kernel, and as a part of what the
// chip could do.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "report/words.h"

namespace lockstep {

enum class KernelKind { products, attention, exchange, optimizer, model, copies, others };

// By the names that libraries and we give to kernels.
KernelKind kind_of_kernel(std::string_view name);

struct KernelLine {
  std::string kernel;
  double milliseconds = 0.0;  // of a step, all its runs together
  double runs = 0.0;          // in a step
};

struct StepProfile {
  std::vector<KernelLine> kernels;  // the longest first
  double step_milliseconds = 0.0;
  double tokens = 0.0;           // of a step, of one GPU
  double parameter_flops = 0.0;  // for a token: 6 N
  double attention_flops = 0.0;  // for a token: 12 L C T
  double peak_tflops = 0.0;      // 0: not known
};

// Kernels run side by side, so their times may add up to more than a step.
std::string profile_report(const Words& words, const StepProfile& profile);

}  // namespace lockstep
