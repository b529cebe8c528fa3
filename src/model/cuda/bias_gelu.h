// SPDX-License-Identifier: Apache-2.0
// gelu(x + bias), x/2 (1 + erf(x / sqrt 2)) or x/2 (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3)))
// (Hendrycks and Gimpel 2016).
#pragma once

#include "config/run_config.h"
#include "model/cuda/element.h"

namespace lockstep::cuda {

// result [rows, columns] = gelu(x [rows, columns] + bias [columns] float32, or none if null).
void bias_gelu(Element element, GeluKind kind, const void* x, const float* bias, std::int64_t rows,
               std::int64_t columns, void* result, Stream stream);

// grad_x [rows, columns] from the gradient of the result. grad_bias_groups [group_count(rows),
// columns] float32 becomes the sums of its groups of rows; null: they are not wanted.
void bias_gelu_backward(Element element, GeluKind kind, const void* grad_result, const void* x,
                        const float* bias, std::int64_t rows, std::int64_t columns, void* grad_x,
                        float* grad_bias_groups, Stream stream);

}  // namespace lockstep::cuda
