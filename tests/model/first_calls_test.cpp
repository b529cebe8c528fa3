// SPDX-License-Identifier: Apache-2.0
#include "model/first_calls.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>
#include <ATen/record_function.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include "model/gpt.h"
#include "model/init.h"

namespace lockstep::test {
namespace {

using Call = std::pair<std::string, int>;  // the operation, and the threads that it had

// What LibTorch hears of, and with how many threads, until the end of the scope.
class Calls {
 public:
  Calls() {
    seen().clear();
    handle_ = at::addThreadLocalCallback(
        at::RecordFunctionCallback([](const at::RecordFunction& function) {
          seen().insert({function.name(), at::get_num_threads()});
          return std::unique_ptr<at::ObserverContext>();
        }).scopes({at::RecordScope::FUNCTION, at::RecordScope::BACKWARD_FUNCTION}));
  }
  ~Calls() { at::removeCallback(handle_); }
  Calls(const Calls&) = delete;
  Calls& operator=(const Calls&) = delete;

  static std::set<Call>& seen() {
    static std::set<Call> calls;
    return calls;
  }

  std::set<std::string> operations() const {
    std::set<std::string> names;
    for (const auto& [operation, threads] : seen()) names.insert(operation);
    return names;
  }

 private:
  at::CallbackHandle handle_ = 0;
};

class Threads {
 public:
  ~Threads() { at::set_num_threads(before_); }

 private:
  const int before_ = at::get_num_threads();
};

std::set<std::string> operations_of_a_run(GeluKind gelu, double dropout) {
  const ModelConfig config{.vocab_size = 300,
                           .n_layer = 2,
                           .n_head = 4,
                           .n_embd = 32,
                           .block_size = 32,
                           .dropout = dropout,
                           .bias = true,
                           .gelu = gelu};
  Gpt gpt(config);
  initialize(gpt.parameters(), config, 1);
  gpt.parameters().collect_gradients_in(at::zeros_like(gpt.parameters().values()));
  const at::Tensor tokens_BT = at::arange(2 * 32, at::kLong).view({2, 32});
  const Calls calls;
  gpt.key_dropout(1, 1, 1);
  gpt.loss(tokens_BT, tokens_BT, Mode::training, 64.0).backward();
  const at::NoGradGuard no_grad;
  gpt.loss_sum(tokens_BT, tokens_BT, Mode::evaluation);
  return calls.operations();
}

TEST(FirstCalls, AreOfEveryOperationThatPassesCallAndOnOneThread) {
  const Threads as_before;
  std::set<std::string> first;
  {
    const Calls calls;
    use_threads_after_first_calls(2);
    for (const auto& [operation, threads] : Calls::seen()) EXPECT_EQ(threads, 1) << operation;
    first = calls.operations();
  }
  EXPECT_TRUE(first.contains("aten::exp_")) << "is anything recorded?";
  for (const GeluKind gelu : {GeluKind::erf, GeluKind::tanh})
    for (const double dropout : {0.0, 0.1}) {
      const std::set<std::string> later = operations_of_a_run(gelu, dropout);
      std::set<std::string> missing;
      std::ranges::set_difference(later, first, std::inserter(missing, missing.end()));
      EXPECT_TRUE(missing.empty()) << *missing.begin() << " and " << missing.size() - 1 << " more";
    }
}

TEST(FirstCalls, LeaveTheThreadsThatWereAskedFor) {
  const Threads as_before;
  for (const int threads : {1, 2, 3}) {
    use_threads_after_first_calls(threads);
    EXPECT_EQ(at::get_num_threads(), threads);
  }
}

}  // namespace
}  // namespace lockstep::test
