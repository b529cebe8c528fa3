// SPDX-License-Identifier: Apache-2.0
// The stream beside that of a pass.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <initializer_list>
#include <memory>

namespace lockstep::cuda {

// For what may be the first of a thread: cuBLAS warns if it is a thread's first use of the GPU.
void enter_gpu();

// For what nothing in a pass waits for, the gradients of parameters above all: what is started in
// the scope goes to a stream beside it, but for large lanes (kMostRowsBeside): there it is part of
// the pass. `used`, made before, stay as they are until it is done; they may be undefined.
class Beside {
 public:
  Beside(std::int64_t rows, std::initializer_list<at::Tensor> used);
  ~Beside();
  Beside(const Beside&) = delete;
  Beside& operator=(const Beside&) = delete;

 private:
  class Guard;
  std::unique_ptr<Guard> guard_;  // null: part of the pass
};

// What this thread starts from now on waits for all that was started beside.
void wait_for_work_beside();

}  // namespace lockstep::cuda
