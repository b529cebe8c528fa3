// SPDX-License-Identifier: Apache-2.0
// The fused kernels beside what the memory of the GPU allows: each is timed over tensors of GPT-2
// small, and the bytes that it must read and write, divided by its time, are told as a part of the
// rate of a plain copy on the same GPU.
#include <ATen/ATen.h>
#include <ATen/cuda/CUDAEvent.h>
#include <c10/cuda/CUDAStream.h>

#include <cstdio>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "device/gpu.h"
#include "lanes/cuda_tree_sum.h"
#include "model/cuda/bias_gelu.h"
#include "model/cuda/column_sum.h"
#include "model/cuda/cross_entropy.h"
#include "model/cuda/embedding.h"
#include "model/cuda/join_heads.h"
#include "model/cuda/residual_norm.h"
#include "optim/cuda_kernels.h"
#include "tensors/chunks.h"

namespace lockstep {
namespace {

constexpr std::int64_t kWidth = 768;
constexpr std::int64_t kVocabulary = 50257;
constexpr std::int64_t kPaddedVocabulary = 50304;
constexpr std::int64_t kContext = 512;
constexpr std::int64_t kParameters = 124'046'592;
constexpr double kGiga = 1e9;

at::TensorOptions on_gpu(at::ScalarType type) { return at::TensorOptions(type).device(at::kCUDA); }

// The seconds of one run, of several in a row.
double seconds_of(const std::function<void()>& work) {
  constexpr int kWarmUp = 5;
  constexpr int kRuns = 50;
  for (int i = 0; i < kWarmUp; ++i) work();
  at::cuda::CUDAEvent first(cudaEventDefault);
  at::cuda::CUDAEvent last(cudaEventDefault);
  first.record();
  for (int i = 0; i < kRuns; ++i) work();
  last.record();
  last.synchronize();
  return static_cast<double>(first.elapsed_time(last)) * 1e-3 / kRuns;
}

class Table {
 public:
  explicit Table(double copy_rate) : copy_rate_(copy_rate) {
    std::printf(
        "| kernel | rows | microseconds | GB/s | of a copy's |\n|---|---:|---:|---:|---:|\n");
  }
  void row(const std::string& kernel, std::int64_t rows, double bytes,
           const std::function<void()>& work) const {
    const double seconds = seconds_of(work);
    std::printf("| %s | %lld | %.1f | %.0f | %.2f |\n", kernel.c_str(),
                static_cast<long long>(rows), seconds * 1e6, bytes / seconds / kGiga,
                bytes / seconds / copy_rate_);
  }

 private:
  double copy_rate_;  // bytes read and written in a second
};

double copy_rate() {
  const at::Tensor from = at::zeros({std::int64_t{1} << 29}, on_gpu(at::kFloat));
  at::Tensor to = at::empty_like(from);
  return 2.0 * static_cast<double>(from.nbytes()) / seconds_of([&] { to.copy_(from); });
}

void measure_rows(const Table& table, std::int64_t rows, cuda::Stream stream) {
  const auto numbers = [&](std::int64_t columns) {
    return at::randn({rows, columns}, on_gpu(at::kBFloat16));
  };
  const auto bytes = [&](std::int64_t columns, int tensors) {
    return 2.0 * static_cast<double>(rows * columns * tensors);
  };
  const auto element = cuda::Element::bfloat16;
  const at::Tensor vector = at::ones({4 * kWidth}, on_gpu(at::kFloat));
  const auto* const weight = vector.const_data_ptr<float>();
  const at::Tensor row_numbers = at::ones({2, rows}, on_gpu(at::kFloat));
  const at::Tensor groups = at::empty({cuda::group_count(rows), 4 * kWidth}, on_gpu(at::kFloat));
  const at::Tensor key = at::ones({1}, on_gpu(at::kLong));
  const cuda::Dropout dropout{
      .probability = 0.1,
      .key = reinterpret_cast<const std::uint64_t*>(key.const_data_ptr<std::int64_t>())};
  const at::Tensor a = numbers(kWidth);
  const at::Tensor b = numbers(kWidth);
  const at::Tensor c = numbers(kWidth);
  const at::Tensor d = numbers(kWidth);
  const at::Tensor e = numbers(kWidth);
  auto* const mean = row_numbers.data_ptr<float>();
  table.row("residual, dropout, norm", rows, bytes(kWidth, 4), [&] {
    cuda::residual_norm(element, {rows, kWidth},
                        {.x = a.data_ptr(),
                         .branch = b.data_ptr(),
                         .bias = weight,
                         .weight = weight,
                         .shift = weight,
                         .dropout = dropout,
                         .sum = c.data_ptr(),
                         .normal = d.data_ptr(),
                         .mean = mean,
                         .inverse_root = mean + rows},
                        stream);
  });
  table.row("its backward", rows, bytes(kWidth, 5), [&] {
    cuda::residual_norm_backward(element, {rows, kWidth},
                                 {.grad_sum = a.data_ptr(),
                                  .grad_normal = b.data_ptr(),
                                  .sum = c.data_ptr(),
                                  .weight = weight,
                                  .mean = mean,
                                  .inverse_root = mean + rows,
                                  .dropout = dropout,
                                  .grad_x = d.data_ptr(),
                                  .grad_branch = e.data_ptr(),
                                  .groups = groups.data_ptr<float>()},
                                 stream);
  });
  const at::Tensor wide_a = numbers(4 * kWidth);
  const at::Tensor wide_b = numbers(4 * kWidth);
  const at::Tensor wide_c = numbers(4 * kWidth);
  const auto measure_gelu = [&](const char* name, GeluKind kind) {
    table.row(name, rows, bytes(4 * kWidth, 2), [&] {
      cuda::bias_gelu(element, kind, wide_a.data_ptr(), weight, rows, 4 * kWidth, wide_b.data_ptr(),
                      stream);
    });
    table.row("its backward", rows, bytes(4 * kWidth, 3), [&] {
      cuda::bias_gelu_backward(element, kind, wide_b.data_ptr(), wide_a.data_ptr(), weight, rows,
                               4 * kWidth, wide_c.data_ptr(), groups.data_ptr<float>(), stream);
    });
  };
  measure_gelu("bias, GELU", GeluKind::erf);
  measure_gelu("bias, GELU by tanh", GeluKind::tanh);
  table.row("heads joined", rows, bytes(kWidth, 6), [&] {
    cuda::join_heads(element, a.data_ptr(), b.data_ptr(), c.data_ptr(), rows, kWidth,
                     wide_a.data_ptr(), groups.data_ptr<float>(), stream);
  });
  table.row("sums over rows", rows, bytes(3 * kWidth, 1), [&] {
    cuda::sum_rows_in_groups(element, wide_a.data_ptr(), rows, 3 * kWidth, groups.data_ptr<float>(),
                             stream);
  });
  table.row("sums of groups", rows, 4.0 * static_cast<double>(groups.size(0) * 3 * kWidth), [&] {
    float* const sum = vector.data_ptr<float>();
    cuda::sum_groups({.groups = groups.const_data_ptr<float>(),
                      .count = groups.size(0),
                      .columns = kWidth,
                      .sums = 3,
                      .into = {sum, sum + kWidth, sum + 2 * kWidth}},
                     stream);
  });
  const at::Tensor ids = at::randint(kVocabulary, {rows}, on_gpu(at::kLong));
  const at::Tensor losses = at::empty({rows}, on_gpu(at::kFloat));
  {
    const at::Tensor logits = numbers(kPaddedVocabulary);
    const float scale = 1e-4F;
    table.row("cross-entropy", rows, bytes(kPaddedVocabulary, 2), [&] {
      cuda::cross_entropy(element, logits.data_ptr(),
                          {.rows = rows, .columns = kVocabulary, .stride = kPaddedVocabulary},
                          ids.const_data_ptr<std::int64_t>(), losses.data_ptr<float>(), &scale,
                          stream);
    });
  }
  const at::Tensor table_of_tokens = at::zeros({kVocabulary, kWidth}, on_gpu(at::kFloat));
  const cuda::EmbeddingShape shape{.sequences = rows / kContext,
                                   .tokens = kContext,
                                   .columns = kWidth,
                                   .vocabulary = kVocabulary};
  const at::Tensor space =
      at::empty({static_cast<std::int64_t>(cuda::embedding_workspace(shape))}, on_gpu(at::kByte));
  const at::Tensor positions = at::zeros({kContext, kWidth}, on_gpu(at::kFloat));
  // The rows of the tokens are read and the results written; the positions stay in the cache.
  table.row("embedding", rows, 6.0 * static_cast<double>(rows * kWidth), [&] {
    cuda::embedding(element, shape, ids.const_data_ptr<std::int64_t>(),
                    table_of_tokens.const_data_ptr<float>(), positions.const_data_ptr<float>(),
                    dropout, d.data_ptr(), stream);
  });
  // The rows are read twice, those of the tokens read and written.
  const double moved = bytes(kWidth, 2) + 8.0 * static_cast<double>(rows * kWidth);
  const auto measure = [&](const std::string& kernel, const at::Tensor& tokens) {
    cuda::sort_tokens(shape, tokens.const_data_ptr<std::int64_t>(), space.data_ptr(), stream);
    table.row(kernel, rows, moved, [&] {
      cuda::embedding_backward(element, shape, a.data_ptr(), dropout,
                               table_of_tokens.data_ptr<float>(), positions.data_ptr<float>(),
                               space.data_ptr(), stream);
    });
  };
  measure("embedding backward", ids);
  measure("the same, a tenth of one token",
          ids * (at::rand({rows}, on_gpu(at::kFloat)) > 0.1).to(at::kLong));
  table.row("tokens sorted", rows, 32.0 * static_cast<double>(rows), [&] {
    cuda::sort_tokens(shape, ids.const_data_ptr<std::int64_t>(), space.data_ptr(), stream);
  });
}

void measure_optimizer(const Table& table) {
  const auto numbers = [] { return at::ones({kParameters}, on_gpu(at::kFloat)); };
  const cuda::AdamWArrays arrays{.gradients = numbers(),
                                 .values = numbers(),
                                 .exp_avg = numbers(),
                                 .exp_avg_sq = numbers(),
                                 .bf16_values = at::empty({kParameters}, on_gpu(at::kBFloat16))};
  const at::Tensor gradient_scale = at::ones({1}, on_gpu(at::kDouble));  // read there, as trained
  const AdamWFactors factors{1.0F, 1.0F, 0.1F, 0.999F, 0.001F, 1e-4F, 1.0F, 1e-8F};
  const auto measure = [&](const char* name, std::int64_t runs) {
    const at::Tensor ends = at::arange(1, runs + 1, on_gpu(at::kLong)) * (kParameters / runs);
    ends[runs - 1] = kParameters;
    table.row(name, kParameters, 30.0 * kParameters, [&] {
      cuda::update(factors, gradient_scale.const_data_ptr<double>(), {.ends = ends}, arrays);
    });
  };
  measure("AdamW", 1);
  measure("the same, only matrices decay", 98);
  const StepTerms counts{
      .ranks = 1, .losses = 8, .blocks = (kParameters + kChunkElements - 1) / kChunkElements};
  const at::Tensor terms = at::ones({counts.total()}, on_gpu(at::kDouble));
  const at::Tensor sums = terms.narrow(0, counts.first_block(), counts.blocks);
  const at::Tensor step = at::zeros({kStepNumbers}, on_gpu(at::kDouble));
  table.row("squares of the gradient", kParameters, 4.0 * kParameters,
            [&] { cuda::chunk_square_sums(arrays.gradients, sums); });
  table.row("numbers of a step", counts.total(), 8.0 * static_cast<double>(counts.total()),
            [&] { cuda::sum_up_step(terms, counts, 1.0, step); });
}

// Eight lanes of as many ranks: a shard of the gradient from each, and their sum.
void measure_tree_sum(const Table& table, cuda::Stream stream) {
  constexpr std::int64_t kRanks = 8;
  constexpr std::int64_t kShard = kParameters / kRanks;
  const TreeSum sum(all_nodes({.batch_size = kRanks, .lanes = kRanks}, kRanks), {0, kRanks});
  const at::Tensor numbers = at::ones({kRanks + 1, kShard}, on_gpu(at::kFloat));
  std::vector<const float*> sources;
  for (std::int64_t rank = 0; rank < kRanks; ++rank)
    sources.push_back(numbers[rank].const_data_ptr<float>());
  const std::span total(numbers[kRanks].data_ptr<float>(), static_cast<std::size_t>(kShard));
  table.row("tree sum of 8", kShard, 4.0 * static_cast<double>(numbers.numel()),
            [&] { cuda::add_along_tree(sum, sources, total, stream); });
}

}  // namespace
}  // namespace lockstep

int main() {
  using namespace lockstep;
  const Gpu gpu = open_gpu(0, {});
  const double rate = copy_rate();
  std::printf("%s: a copy reads and writes %.0f GB/s\n\n", gpu.name.c_str(), rate / kGiga);
  const Table table(rate);
  cuda::Stream stream = c10::cuda::getCurrentCUDAStream().stream();
  for (const std::int64_t rows : {1024, 4096, 32768}) measure_rows(table, rows, stream);
  measure_tree_sum(table, stream);
  measure_optimizer(table);
}
