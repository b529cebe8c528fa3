// SPDX-License-Identifier: Apache-2.0
#include "faults/pretend_ranks.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <iostream>
#include <optional>

#include "base/error.h"
#include "tensors/chunks.h"

namespace lockstep::test {
namespace {

using Clock = std::chrono::steady_clock;
constexpr const char* kRankVariable = "OMPI_COMM_WORLD_RANK";
constexpr std::string_view kGood = "good\n";

struct Writer {
  std::int64_t rank = 0;
  pid_t process = -1;
  int pipe = -1;
  std::string text;  // read so far
  bool is_done = false;
};

std::vector<std::string> environment_of(std::int64_t rank) {
  std::vector<std::string> variables;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    if (!std::string_view(*variable).starts_with(kRankVariable)) variables.emplace_back(*variable);
  }
  variables.push_back(std::string(kRankVariable) + "=" + std::to_string(rank));
  return variables;
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  pointers.reserve(texts.size() + 1);
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

Writer start_writer(std::int64_t rank, std::vector<std::string> arguments) {
  arguments.insert(arguments.end(), {"--rank", std::to_string(rank)});
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0)
    throw Error(ErrorKind::internal, "pipe: " + errno_text(errno));
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  std::vector<std::string> variables = environment_of(rank);
  Writer writer{.rank = rank, .pipe = ends[0]};
  const int result = ::posix_spawn(&writer.process, "/proc/self/exe", &actions, nullptr,
                                   pointers_to(arguments).data(), pointers_to(variables).data());
  posix_spawn_file_actions_destroy(&actions);
  ::close(ends[1]);
  if (result != 0) throw Error(ErrorKind::internal, "posix_spawn: " + errno_text(result));
  return writer;
}

void read_from(Writer& writer) {
  std::array<char, 4096> block{};
  const ssize_t count = ::read(writer.pipe, block.data(), block.size());
  if (count < 0 && errno == EINTR) return;
  if (count > 0) writer.text.append(block.data(), static_cast<std::size_t>(count));
  writer.is_done = count <= 0;
  if (!writer.is_done) return;
  ::close(writer.pipe);
  ::waitpid(writer.process, nullptr, 0);
}

void gather(std::vector<Writer>& writers, Clock::time_point deadline) {
  for (;;) {
    std::vector<pollfd> waiting;
    std::vector<Writer*> who;
    for (Writer& writer : writers) {
      if (writer.is_done) continue;
      waiting.push_back({.fd = writer.pipe, .events = POLLIN, .revents = 0});
      who.push_back(&writer);
    }
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
    if (waiting.empty() || left.count() <= 0) return;
    ::poll(waiting.data(), waiting.size(), static_cast<int>(left.count()));
    for (std::size_t i = 0; i < waiting.size(); ++i)
      if (waiting[i].revents != 0) read_from(*who[i]);
  }
}

// What went wrong in the rank; empty if nothing did.
std::string problem_of(const Writer& writer) {
  if (!writer.is_done) return "did not report before the deadline";
  if (writer.text.empty()) return "is gone";
  return writer.text.starts_with(kGood) ? "" : writer.text;
}

}  // namespace

PartReport write_part(const PretendRun& run, const Moment& moment, const std::string& draft_id,
                      std::int64_t rank) {
  const ElementRange range = shard_range(run.elements, rank, run.ranks);
  PerArray<std::vector<float>> values;
  StateSlice slice{.range = range, .values = {}};
  for (const StateArray array : kStateArrays) {
    values[array] = values_after(moment.step, array, run.elements);
    slice.values[array] = std::span(values[array])
                              .subspan(static_cast<std::size_t>(range.first),
                                       static_cast<std::size_t>(range.count()));
  }
  return save_part(order_at(run, moment, draft_id), rank, slice);
}

void report_part(const PretendRun& run, const Moment& moment, const std::string& draft_id,
                 std::int64_t rank) {
  std::string text;
  try {
    text = std::string(kGood) + report_to_text(write_part(run, moment, draft_id, rank));
  } catch (const std::exception& error) {
    text = error.what();
  }
  std::cout << text << std::flush;
}

std::vector<PartReport> write_all_parts(const PretendRun& run, const Moment& moment,
                                        const std::string& draft_id,
                                        const std::vector<std::string>& arguments) {
  std::vector<Writer> writers;
  for (std::int64_t rank = 1; rank < run.ranks; ++rank)
    writers.push_back(start_writer(rank, arguments));
  std::string problems;
  std::vector<PartReport> reports(1);
  try {
    reports[0] = write_part(run, moment, draft_id, 0);
  } catch (const std::exception& error) {
    problems = std::string("\n  rank 0: ") + error.what();
  }
  gather(writers, Clock::now() + std::chrono::milliseconds(
                                     static_cast<std::int64_t>(run.deadline_seconds * 1000)));
  for (const Writer& writer : writers) {
    const std::string problem = problem_of(writer);
    if (!problem.empty()) problems += "\n  rank " + std::to_string(writer.rank) + ": " + problem;
    if (!writer.is_done) ::close(writer.pipe);
    if (problem.empty()) reports.push_back(report_from_text(writer.text.substr(kGood.size())));
  }
  if (!problems.empty()) throw Error(ErrorKind::checkpoint, "saving failed:" + problems);
  return reports;
}

}  // namespace lockstep::test
