// SPDX-License-Identifier: Apache-2.0
#include "device/parallel_for.h"

#include <ATen/Parallel.h>
#include <c10/util/ParallelGuard.h>

#include <algorithm>
#include <atomic>
#include <exception>

// What GCC makes of "#pragma omp parallel". By hand, because clang makes of it calls of an OpenMP
// of its own, which would be a second one in the process.
extern "C" {
// NOLINTNEXTLINE(readability-identifier-naming): libgomp's name for it
void GOMP_parallel(void (*work)(void*), void* data, unsigned threads, unsigned flags);
int omp_get_num_threads();
int omp_get_thread_num();
}

namespace lockstep {
namespace {

constexpr unsigned kAsManyAsLibTorch = 0;

class Share {
 public:
  using Work = std::function<void(std::int64_t first, std::int64_t last)>;

  Share(std::int64_t begin, std::int64_t end, std::int64_t grain, const Work& work)
      : begin_(begin), end_(end), grain_(std::max<std::int64_t>(grain, 1)), work_(work) {}

  bool is_for_one() const {
    return end_ - begin_ < 2 * grain_ || at::get_num_threads() == 1 || at::in_parallel_region();
  }

  void work_alone() const {
    const c10::ParallelGuard guard(true);
    work_(begin_, end_);
  }

  void work_together() {
    GOMP_parallel([](void* share) { static_cast<Share*>(share)->do_own_part(); }, this,
                  kAsManyAsLibTorch, 0);
    if (failure_) std::rethrow_exception(failure_);
  }

 private:
  void do_own_part() noexcept {
    const std::int64_t count = end_ - begin_;
    const std::int64_t parts = std::min<std::int64_t>(omp_get_num_threads(), count / grain_);
    const std::int64_t length = (count + parts - 1) / parts;
    const std::int64_t first = begin_ + omp_get_thread_num() * length;
    if (first >= end_) return;
    try {
      const c10::ParallelGuard guard(true);
      work_(first, std::min(first + length, end_));
    } catch (...) {
      if (!has_failed_.test_and_set()) failure_ = std::current_exception();
    }
  }

  const std::int64_t begin_, end_, grain_;
  const Work& work_;
  std::atomic_flag has_failed_;
  std::exception_ptr failure_;
};

}  // namespace

void parallel_for(std::int64_t begin, std::int64_t end, std::int64_t grain,
                  const std::function<void(std::int64_t first, std::int64_t last)>& work) {
  if (begin >= end) return;
  Share share(begin, end, grain, work);
  if (share.is_for_one())
    share.work_alone();
  else
    share.work_together();
}

}  // namespace lockstep
