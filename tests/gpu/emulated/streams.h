// SPDX-License-Identifier: Apache-2.0
// The streams of the emulated GPU. What is started on a thread's own stream is done at once; on any
// other it is done as late as it may be: when someone waits for it. A real GPU may do either, so
// whoever waits too little reads numbers that are not there yet, or writes what is still read.
// THREADS: one at a time.
#pragma once

#include <cstddef>
#include <functional>

struct CUstream_st;  // what CUDA's cudaStream_t points to

namespace lockstep::test::emulated {

using Stream = CUstream_st;  // null: that of a thread of its own, which is never behind

// A stream of its own, for good: those of a real GPU come from a pool.
Stream* new_stream();

// Where what this thread starts goes to.
Stream* current_stream();
class OnStream {
 public:
  explicit OnStream(Stream* stream);
  ~OnStream();
  OnStream(const OnStream&) = delete;
  OnStream& operator=(const OnStream&) = delete;

 private:
  Stream* const before_;
};

void start_on(Stream* stream, std::function<void()> work);
bool is_idle(const Stream* stream);

// After what a stream was given so far.
struct Point {
  Stream* stream = nullptr;
  std::size_t works = 0;
};
Point point_of(Stream* stream);
bool is_reached(const Point& point);
// Does what is not done yet.
void reach(const Point& point);
// What `stream` is given from now on is done after that.
void let_wait(Stream* stream, const Point& point);

// What this thread starts from now on is done after that.
void wait_here_for(const Point& point);

// LibTorch does its operations at once, so that what this thread's stream was given before them is
// done first. Has no effect the second time.
void let_operations_follow_streams();

// As CUDA does when a recording ends. Throws std::logic_error if a stream was given work by `work`
// that nobody waited for on this thread's.
void expect_all_joined(const std::function<void()>& work);

}  // namespace lockstep::test::emulated
