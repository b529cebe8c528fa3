// SPDX-License-Identifier: Apache-2.0
#include "gpu/emulated/streams.h"

#include <ATen/core/grad_mode.h>
#include <ATen/record_function.h>

#include <deque>
#include <memory>
#include <set>
#include <stdexcept>
#include <string_view>
#include <utility>
#include <vector>

struct CUstream_st {
  std::deque<std::function<void()>> waiting;
  std::size_t done = 0;
};

namespace lockstep::test::emulated {
namespace {

thread_local Stream* current = nullptr;

// Outlives all that is started.
std::deque<Stream>& streams() {
  static auto* const all = new std::deque<Stream>;
  return *all;
}

// Operations that neither read nor write numbers.
bool is_of_shape(std::string_view name) {
  static const std::set<std::string_view> names = {"aten::alias",        "aten::as_strided",
                                                   "aten::detach",       "detach",
                                                   "aten::empty",        "aten::empty_like",
                                                   "aten::narrow",       "aten::slice",
                                                   "aten::transpose",    "aten::empty_strided",
                                                   "aten::reshape",      "aten::select",
                                                   "aten::is_same_size", "aten::t",
                                                   "aten::view"};
  return names.contains(name);
}

std::unique_ptr<at::ObserverContext> do_what_came_before(const at::RecordFunction& operation) {
  if (current != nullptr && !is_of_shape(operation.name())) reach(point_of(current));
  return nullptr;
}

}  // namespace

Stream* new_stream() { return &streams().emplace_back(); }

Stream* current_stream() { return current; }
OnStream::OnStream(Stream* stream) : before_(std::exchange(current, stream)) {}
OnStream::~OnStream() { current = before_; }

void start_on(Stream* stream, std::function<void()> work) {
  if (stream == nullptr)
    work();
  else
    stream->waiting.push_back(std::move(work));
}

Point point_of(Stream* stream) {
  return {.stream = stream, .works = stream == nullptr ? 0 : stream->done + stream->waiting.size()};
}

bool is_idle(const Stream* stream) { return stream == nullptr || stream->waiting.empty(); }

bool is_reached(const Point& point) {
  return point.stream == nullptr || point.stream->done >= point.works;
}

void reach(const Point& point) {
  const OnStream at_once(nullptr);
  const at::NoGradGuard no_grad;
  while (!is_reached(point)) {
    const std::function<void()> work = std::move(point.stream->waiting.front());
    point.stream->waiting.pop_front();
    work();
    ++point.stream->done;
  }
}

void let_wait(Stream* stream, const Point& point) {
  if (!is_reached(point)) start_on(stream, [point] { reach(point); });
}

void wait_here_for(const Point& point) {
  if (current == nullptr)
    reach(point);
  else
    let_wait(current, point);
}

void let_operations_follow_streams() {
  static const at::CallbackHandle handle = at::addGlobalCallback(
      at::RecordFunctionCallback(&do_what_came_before).scopes({at::RecordScope::FUNCTION}));
  static_cast<void>(handle);
}

void expect_all_joined(const std::function<void()>& work) {
  std::vector<Point> before;
  for (Stream& stream : streams()) before.push_back(point_of(&stream));
  work();
  std::size_t i = 0;
  for (Stream& stream : streams()) {
    const std::size_t had = i < before.size() ? before[i].works : 0;
    ++i;
    if (const Point now = point_of(&stream); now.works > had && !is_reached(now))
      throw std::logic_error("a recording ends with work of a stream that nobody has waited for");
  }
}

}  // namespace lockstep::test::emulated
