// SPDX-License-Identifier: Apache-2.0
// Work of the GPU beside that of the thread's stream, and points in it that others wait for.
#pragma once

#include <functional>
#include <memory>

struct CUstream_st;  // what CUDA's cudaStream_t points to

namespace lockstep {

// A point in the work of a stream. Within a recorded graph, every start of the graph comes to it
// anew.
class GpuMark {
 public:
  virtual ~GpuMark() = default;
  // Here: after what was started on the thread's stream so far.
  virtual void set() = 0;
  // What is started on the thread's stream from now on waits until the mark's last set() is done,
  // or the last start of the graph it is in has come there.
  virtual void wait() = 0;
  // Whether it is. Never waits.
  virtual bool is_reached() = 0;
  // Returns when it is.
  virtual void await() = 0;
};
std::unique_ptr<GpuMark> make_gpu_mark();

class SideStream {
 public:
  virtual ~SideStream() = default;
  // What is started here from now on waits for what was started on the thread's stream so far.
  virtual void follow() = 0;
  // What is started on the thread's stream from now on waits for what was started here so far.
  virtual void join() = 0;
  // Runs `work`, during which this is the thread's stream.
  virtual void run(const std::function<void()>& work) = 0;
  virtual CUstream_st* handle() = 0;
};

// Whose kernels come first where both could. That of the thread that opened the GPU is high.
enum class StreamPriority { ordinary, high };
std::unique_ptr<SideStream> make_side_stream(StreamPriority priority);

}  // namespace lockstep
