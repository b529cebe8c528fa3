// SPDX-License-Identifier: Apache-2.0
#include "device/gpu_graph.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <iostream>
#include <thread>

#include "device/side_stream.h"
#include "gpu/on_gpu.h"

namespace lockstep::test {
namespace {

constexpr std::chrono::seconds kPatience{30};

// A GPU that waits for itself can be left only with the process.
void await_or_end(GpuMark& mark) {
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (!mark.is_reached()) {
    if (std::chrono::steady_clock::now() > end) {
      std::cerr << "the graph waits for what comes after it\n";
      std::_Exit(EXIT_FAILURE);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

// An update sets the marks of parameters anew while graphs that wait for what they said before are
// still in the queue.
TEST(GpuGraph, WaitsForAMarkAsItWasWhenTheGraphWasStarted) {
  const at::NoGradGuard no_grad;
  const auto options = at::TensorOptions(at::kFloat).device(gpu_placement(at::kFloat).device);
  const at::Tensor work = at::ones({2048, 2048}, options);
  at::Tensor number = at::zeros({1}, options);
  const std::unique_ptr<GpuMark> mark = make_gpu_mark();
  const std::unique_ptr<GpuMark> end = make_gpu_mark();
  const std::unique_ptr<SideStream> side = make_side_stream(StreamPriority::ordinary);
  const auto add_behind_mark = [&] {
    mark->wait();
    number.add_(1.0);
  };
  mark->set();
  add_behind_mark();
  const std::unique_ptr<GpuGraph> graph = record_gpu_graph(new_gpu_graph_memory(), add_behind_mark);
  const int delay = has_streams() ? 50 : 0;
  for (int step = 0; step < 3; ++step) {
    for (int i = 0; i < delay; ++i) at::mm(work, work);  // the graph does not begin at once
    graph->start();
    side->follow();
    side->run([&] {
      number.mul_(2.0);
      mark->set();
    });
  }
  side->join();
  end->set();
  await_or_end(*end);
  EXPECT_EQ(number.item<float>(), 22.0F);  // (((1 + 1) * 2 + 1) * 2 + 1) * 2
}

}  // namespace
}  // namespace lockstep::test
