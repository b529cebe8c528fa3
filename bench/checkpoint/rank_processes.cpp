// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/rank_processes.h"

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <exception>
#include <fstream>

#include "base/error.h"
#include "base/log.h"

namespace lockstep::bench {
namespace {

struct Pipe {
  int read_end = -1;
  int write_end = -1;
};

[[noreturn]] void fail(const std::string& call) {
  throw Error(ErrorKind::internal, call + ": " + errno_text(errno));
}

Pipe make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe(ends.data()) != 0) fail("pipe");
  return {ends[0], ends[1]};
}

void write_all(int descriptor, const char* bytes, std::size_t count) {
  while (count > 0) {
    const ::ssize_t written = ::write(descriptor, bytes, count);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) fail("writing to a pipe");
    bytes += written;
    count -= static_cast<std::size_t>(written);
  }
}

// Whether all were there; the other end may be gone.
bool read_all(int descriptor, char* bytes, std::size_t count) {
  while (count > 0) {
    const ::ssize_t got = ::read(descriptor, bytes, count);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    bytes += got;
    count -= static_cast<std::size_t>(got);
  }
  return true;
}

void write_message(int descriptor, const std::string& text) {
  const std::uint64_t size = text.size();
  write_all(descriptor, reinterpret_cast<const char*>(&size), sizeof(size));
  write_all(descriptor, text.data(), text.size());
}

[[noreturn]] void be_rank(int rank, const std::function<RankProcesses::Work(int)>& prepare,
                          int start, int answers) {
  try {
    const RankProcesses::Work work = prepare(rank);
    write_message(answers, "ready");
    char go = 0;
    if (!read_all(start, &go, 1)) ::_exit(EXIT_FAILURE);
    write_message(answers, work());
  } catch (const std::exception& error) {
    log_error(error.what());
    ::_exit(EXIT_FAILURE);
  }
  ::_exit(EXIT_SUCCESS);  // what the parent opened is the parent's to close
}

// A field of /proc/self/status, which are kibibytes.
long long status_bytes(const std::string& field) {
  constexpr long long kKibibyte = 1024;
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with(field + ":")) return std::stoll(line.substr(field.size() + 1)) * kKibibyte;
  return 0;
}

}  // namespace

RankProcesses::RankProcesses(int ranks, const std::function<Work(int rank)>& prepare) {
  const Pipe start = make_pipe();
  start_ = start.write_end;
  for (int rank = 0; rank < ranks; ++rank) {
    const Pipe answers = make_pipe();
    const ::pid_t process = ::fork();
    if (process < 0) fail("fork");
    if (process == 0) {
      ::close(start.write_end);
      ::close(answers.read_end);
      be_rank(rank, prepare, start.read_end, answers.write_end);
    }
    ::close(answers.write_end);
    ranks_.push_back({process, answers.read_end});
  }
  ::close(start.read_end);
  for (const Rank& rank : ranks_) read_message(rank);
}

RankProcesses::~RankProcesses() {
  ::close(start_);
  for (const Rank& rank : ranks_) {
    ::kill(rank.process, SIGKILL);
    ::waitpid(rank.process, nullptr, 0);
    ::close(rank.answers);
  }
}

std::vector<std::string> RankProcesses::run() {
  const std::string go(ranks_.size(), 'g');
  write_all(start_, go.data(), go.size());
  std::vector<std::string> texts;
  for (const Rank& rank : ranks_) texts.push_back(read_message(rank));
  return texts;
}

std::string RankProcesses::read_message(const Rank& rank) {
  std::uint64_t size = 0;
  if (!read_all(rank.answers, reinterpret_cast<char*>(&size), sizeof(size)))
    throw Error(ErrorKind::internal, "waiting for a rank's process: it ended without an answer");
  std::string text(size, '\0');
  if (!read_all(rank.answers, text.data(), text.size()))
    throw Error(ErrorKind::internal, "reading a rank's answer: it was cut short");
  return text;
}

long long resident_bytes() { return status_bytes("VmRSS"); }
long long peak_resident_bytes() { return status_bytes("VmHWM"); }
void forget_peak() { std::ofstream("/proc/self/clear_refs") << "5"; }

double processor_seconds() {
  ::rusage usage = {};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds_of = [](const ::timeval& time) {
    return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
  };
  return seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime);
}

}  // namespace lockstep::bench
