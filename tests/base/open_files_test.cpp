// SPDX-License-Identifier: Apache-2.0
#include "base/open_files.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <string>

namespace lockstep::test {
namespace {

TEST(OpenFiles, AsManyAsTheSystemAllows) {
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  const rlimit few{.rlim_cur = 64, .rlim_max = before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &few), 0);
  allow_more_open_files();
  rlimit after{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &after), 0);
  EXPECT_EQ(after.rlim_cur, before.rlim_max);
  ::setrlimit(RLIMIT_NOFILE, &before);
}

// A large file makes the process exit with 10 if it hears why, and is its end by a signal if not.
TEST(OpenFilesDeathTest, AFileThatBecomesTooLargeIsAnErrorOfItsWriter) {
  const auto write_too_much = [] {
    survive_file_size_limit();
    const rlimit small{.rlim_cur = 1024, .rlim_max = RLIM_INFINITY};
    ::setrlimit(RLIMIT_FSIZE, &small);
    std::string path = testing::TempDir() + "too_large_XXXXXX";
    const int file = ::mkstemp(path.data());
    ::unlink(path.c_str());
    const std::string text(1024, 'x');
    const bool fits = ::write(file, text.data(), text.size()) == 1024;
    const bool fails = ::write(file, text.data(), 1) == -1 && errno == EFBIG;
    std::_Exit(fits && fails ? 10 : 1);
  };
  EXPECT_EXIT(write_too_much(), testing::ExitedWithCode(10), "");
}

// Exits with 10 if a file gets a number of its own, and what is written to the streams fails.
TEST(OpenFilesDeathTest, NoFileTakesThePlaceOfAStreamThatIsClosed) {
  const auto open_without_streams = [] {
    for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) ::close(stream);
    keep_closed_streams_closed();
    const bool is_apart = ::open("/dev/null", O_WRONLY) > STDERR_FILENO;
    const auto fails = [](int stream) { return ::write(stream, "x", 1) == -1 && errno == EBADF; };
    std::_Exit(is_apart && fails(STDOUT_FILENO) && fails(STDERR_FILENO) ? 10 : 1);
  };
  EXPECT_EXIT(open_without_streams(), testing::ExitedWithCode(10), "");
}

}  // namespace
}  // namespace lockstep::test
