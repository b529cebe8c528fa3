// SPDX-License-Identifier: Apache-2.0
// A model that reads on: it remembers the keys and values of the tokens it has read, so that the
// next token costs one pass over the parameters, and not one over the whole context (the "KV
// cache"; Pope et al. 2022, https://arxiv.org/abs/2211.05102).
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>

#include "model/gpt.h"

namespace lockstep {

// THREADS: one at a time.
class Decoder {
 public:
  // REQUIRES: `model` is in host memory, and outlives the decoder.
  explicit Decoder(const Gpt& model);
  ~Decoder();
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;

  // Tokens that can be read until the context is full.
  std::int64_t room() const;
  void forget();

  // Reads `ids_T` (int64) after what has been read. The logits of the token that follows: [V].
  // REQUIRES: 1 <= T <= room().
  at::Tensor read(const at::Tensor& ids_T);

 private:
  class Memory;

  const Gpt& model_;
  std::unique_ptr<Memory> memory_;
};

}  // namespace lockstep
