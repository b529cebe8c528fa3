// SPDX-License-Identifier: Apache-2.0
#include "export/pt_file.h"

#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <iterator>
#include <vector>

#include "base/error.h"
#include "base/file.h"
#include "base/whole_file.h"
#include "export/pt_reader.h"
#include "export/samples.h"
#include "support/temp_directory.h"
#include "support/write_pt_file.h"

namespace lockstep::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::span<const std::byte> bytes_in(const std::vector<float>& numbers) {
  return std::as_bytes(std::span(numbers));
}

std::vector<float> read_floats(const PtReader& reader, const PtTensor& tensor) {
  std::vector<float> numbers(static_cast<std::size_t>(element_count(tensor.shape)));
  reader.read_tensor(tensor, std::as_writable_bytes(std::span(numbers)));
  return numbers;
}

TEST(PtFile, ReadsBackWhatWasWritten) {
  const TempDirectory directory;
  write_sample(directory / "a.pt");
  const PtReader reader(directory / "a.pt");
  EXPECT_EQ(reader.root(), sample_root());
  EXPECT_THAT(read_floats(reader, *reader.root().as<PtDict>()->find("weight")->as<PtTensor>()),
              ElementsAre(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11));
  reader.check_all_bytes();
}

TEST(PtFile, GivesEqualBytesForEqualContent) {
  const TempDirectory directory;
  write_sample(directory / "a.pt");
  write_sample(directory / "another name.pt");
  EXPECT_EQ(bytes_of(directory / "a.pt"), bytes_of(directory / "another name.pt"));
}

TEST(PtFile, ForetellsItsSize) {
  const TempDirectory directory;
  const std::vector<float> numbers(5);
  const PtValue root{row_major_tensor("0", PtDtype::float32, {5})};
  const std::int64_t written = write_pt_file(directory / "a.pt", root, {bytes_in(numbers), {}});
  EXPECT_EQ(written, static_cast<std::int64_t>(bytes_of(directory / "a.pt").size()));
  EXPECT_EQ(PtReader(directory / "a.pt").file_bytes(), written);
}

TEST(PtFile, BeginsEveryStorageAtAMultipleOf64) {
  const TempDirectory directory;
  const std::vector<float> numbers{1234.5F};
  write_pt_file(directory / "a.pt", {row_major_tensor("0", PtDtype::float32, {1})},
                {bytes_in(numbers)});
  const std::string pattern(reinterpret_cast<const char*>(numbers.data()), 4);
  EXPECT_EQ(bytes_of(directory / "a.pt").find(pattern) % 64, 0U);
}

TEST(PtFile, ReadsAStridedViewInRowMajorOrder) {
  const TempDirectory directory;
  const std::vector<float> numbers{0, 1, 2, 3, 4, 5, 6};
  PtTensor view{.storage = "0",
                .dtype = PtDtype::float32,
                .storage_elements = 7,
                .offset = 1,
                .shape = {3, 2},
                .stride = {1, 3}};
  write_pt_file(directory / "a.pt", {view}, {bytes_in(numbers)});
  const PtReader reader(directory / "a.pt");
  EXPECT_THAT(read_floats(reader, view), ElementsAre(1, 4, 2, 5, 3, 6));
}

TEST(PtFile, LetsTensorsShareAStorage) {
  const TempDirectory directory;
  const std::vector<float> numbers{1, 2};
  PtTensor second{.storage = "0",
                  .dtype = PtDtype::float32,
                  .storage_elements = 2,
                  .offset = 1,
                  .shape = {},
                  .stride = {}};
  const PtList both{{row_major_tensor("0", PtDtype::float32, {2})}, {second}};
  write_pt_file(directory / "a.pt", {both}, {bytes_in(numbers)});
  const PtReader reader(directory / "a.pt");
  EXPECT_EQ(reader.root(), PtValue{both});
  EXPECT_THAT(read_floats(reader, second), ElementsAre(2));
}

TEST(PtFile, ReadsATensorWithoutElements) {
  const TempDirectory directory;
  const PtTensor empty = row_major_tensor("0", PtDtype::float32, {0, 3});
  write_pt_file(directory / "a.pt", {empty}, {std::span<const std::byte>()});
  EXPECT_THAT(read_floats(PtReader(directory / "a.pt"), empty), ElementsAre());
}

TEST(PtFile, ReadsAPartOfATensor) {
  const TempDirectory directory;
  const std::vector<float> numbers{0, 1, 2, 3, 4, 5, 6};
  PtTensor rows{.storage = "0",
                .dtype = PtDtype::float32,
                .storage_elements = 7,
                .offset = 1,
                .shape = {3, 2},
                .stride = {2, 1}};
  PtTensor columns = rows;
  columns.stride = {1, 3};
  write_pt_file(directory / "a.pt", {PtList{{rows}, {columns}}}, {bytes_in(numbers)});
  const PtReader reader(directory / "a.pt");
  std::vector<float> part(3);
  reader.read_elements(rows, 2, std::as_writable_bytes(std::span(part)));
  EXPECT_THAT(part, ElementsAre(3, 4, 5));
  reader.read_elements(columns, 2, std::as_writable_bytes(std::span(part)));
  EXPECT_THAT(part, ElementsAre(2, 5, 3));
  reader.read_elements(columns, 3, std::as_writable_bytes(std::span(part)));
  EXPECT_THAT(part, ElementsAre(5, 3, 6));
}

TEST(PtFile, LeavesTheOldFileAndNoDraftWhenItCannotBeWritten) {
  const TempDirectory directory;
  write_sample(directory / "a.pt");
  const std::string before = bytes_of(directory / "a.pt");
  const auto fail = [](SharedFile& file) {
    file.write_at(0, std::as_bytes(std::span("half")));
    throw Error(ErrorKind::checkpoint, "no more");
  };
  EXPECT_EQ(checkpoint_error_of(
                [&] { write_whole_file(directory / "a.pt", ErrorKind::checkpoint, fail); }),
            "no more");
  EXPECT_EQ(bytes_of(directory / "a.pt"), before);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(directory.path()), {}), 1);
}

TEST(PtFile, HasItsNameWhenItIsWhole) {
  const TempDirectory directory;
  write_whole_file(directory / "a.pt", ErrorKind::checkpoint, [&](SharedFile& file) {
    file.write_at(0, std::as_bytes(std::span("whole", 5)));
    for (const auto& entry : std::filesystem::directory_iterator(directory.path()))
      EXPECT_TRUE(is_draft_name(entry.path().filename().string())) << entry.path();
  });
  EXPECT_EQ(bytes_of(directory / "a.pt"), "whole");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(directory.path()), {}), 1);
}

TEST(PtFile, LeavesNothingOfAWriterThatIsKilled) {
  const TempDirectory directory;
  if (!SharedFile::without_name(directory / "a.pt", ErrorKind::checkpoint))
    GTEST_SKIP() << "every file has a name here";
  const pid_t writer = ::fork();
  if (writer == 0) {
    try {
      write_whole_file(directory / "a.pt", ErrorKind::checkpoint, [](SharedFile& file) {
        file.write_at(0, std::as_bytes(std::span("half")));
        ::raise(SIGKILL);
      });
    } catch (...) {  // must not go on with the tests of its parent
    }
    ::_exit(1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(writer, &status, 0), writer);
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
  EXPECT_TRUE(std::filesystem::is_empty(directory.path()));
}

TEST(PtFile, NamesAFileThatIsNotThere) {
  EXPECT_THAT(checkpoint_error_of([] { PtReader("/nowhere/a.pt"); }),
              HasSubstr("reading /nowhere/a.pt: open: No such file"));
}

}  // namespace
}  // namespace lockstep::test
