// SPDX-License-Identifier: Apache-2.0
#include "base/direct_writer.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>

#include "base/files.h"
#include "support/system_calls.h"
#include "support/temp_directory.h"

namespace lockstep::test {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kPage = kDirectAlignment;
constexpr std::size_t kMebibyte = 1 << 20;

// Bytes that lie as the disk wants them, or `shift` bytes behind such a place.
class Memory {
 public:
  explicit Memory(std::size_t count, std::size_t shift = 0)
      : pages_(aligned_memory<std::byte>(count + shift, kPage)),
        bytes_(&pages_.get()[shift], count) {
    for (std::size_t i = 0; i < count; ++i) bytes_[i] = static_cast<std::byte>(i * 7 + i / kPage);
  }
  std::span<const std::byte> bytes() const { return bytes_; }
  std::string text(std::size_t count) const {
    return {reinterpret_cast<const char*>(bytes_.data()), count};
  }

 private:
  AlignedMemory<std::byte> pages_;
  std::span<std::byte> bytes_;
};

TEST(DirectWriter, WithoutItsFileIsOfNoUse) {
  const TempDirectory folder;
  DirectWriter writer(folder / "missing");
  EXPECT_FALSE(writer.is_open());
  EXPECT_EQ(writer.write(0, Memory(kSmallestDirectWrite).bytes()), 0);
  EXPECT_FALSE(fs::exists(folder / "missing"));
}

// Where a file system has direct writes: that for temporary files, or the one the tests run on.
class DirectWriterTest : public testing::Test {
 protected:
  DirectWriterTest() {
    for (const fs::path& parent : {fs::temp_directory_path(), fs::current_path()}) {
      folder_.emplace(parent);
      std::ofstream(file()) << "";
      if (DirectWriter(file()).is_open()) return;
    }
    folder_.reset();
  }
  void SetUp() override {
    if (!folder_) GTEST_SKIP() << "no file system here has direct writes";
  }
  fs::path file() const { return *folder_ / "file"; }

 private:
  std::optional<TempDirectory> folder_;
};

TEST_F(DirectWriterTest, WritesTheWholePagesAndLeavesTheRest) {
  DirectWriter writer(file());
  const Memory memory(kSmallestDirectWrite + kPage + 5);
  EXPECT_EQ(writer.write(0, memory.bytes()), kSmallestDirectWrite + kPage);
  EXPECT_TRUE(text_of(file()) == memory.text(kSmallestDirectWrite + kPage));
}

TEST_F(DirectWriterTest, WritesAtItsPlaceAndNowhereElse) {
  std::ofstream(file()) << std::string(3 * kPage, 'a') + std::string(kSmallestDirectWrite, 'b');
  DirectWriter writer(file());
  const Memory memory(kSmallestDirectWrite);
  EXPECT_EQ(writer.write(kPage, memory.bytes()), kSmallestDirectWrite);
  EXPECT_TRUE(text_of(file()) == std::string(kPage, 'a') + memory.text(kSmallestDirectWrite) +
                                     std::string(2 * kPage, 'b'));
}

TEST_F(DirectWriterTest, LeavesWhatIsSmallOrDoesNotBeginAtAPageOfTheFile) {
  DirectWriter writer(file());
  const Memory memory(kMebibyte);
  EXPECT_EQ(writer.write(0, memory.bytes().first(kSmallestDirectWrite - 1)), 0);
  EXPECT_EQ(writer.write(0, {}), 0);
  EXPECT_EQ(writer.write(1, memory.bytes()), 0);
  EXPECT_EQ(writer.write(kPage - 1, memory.bytes()), 0);
  EXPECT_EQ(fs::file_size(file()), 0U);
  EXPECT_TRUE(writer.is_open());
}

TEST_F(DirectWriterTest, CopiesWhatTheDiskCannotReadWhereItLiesAMebibyteAtATime) {
  DirectWriter writer(file());
  const Memory memory(2 * kMebibyte + kSmallestDirectWrite + 5, /*shift=*/4);
  std::span<const std::byte> rest = memory.bytes();
  std::int64_t offset = 0;
  for (const std::size_t piece : {kMebibyte, kMebibyte, kSmallestDirectWrite}) {
    EXPECT_EQ(writer.write(offset, rest), piece);
    offset += static_cast<std::int64_t>(piece);
    rest = rest.subspan(piece);
  }
  EXPECT_TRUE(text_of(file()) == memory.text(2 * kMebibyte + kSmallestDirectWrite));
}

TEST_F(DirectWriterTest, TellsWhatTheDiskRefusesAndMayGoOn) {
  const SystemCallsRestored restored;
  DirectWriter writer(file());
  const Memory memory(kSmallestDirectWrite);
  for (const int error_number : {EIO, ENOSPC, EINTR}) {
    system_calls().failing["pwrite"] = error_number;
    EXPECT_EQ(writer.write(0, memory.bytes()), -1);
    EXPECT_EQ(errno, error_number);
  }
  system_calls().failing.clear();
  EXPECT_EQ(writer.write(0, memory.bytes()), kSmallestDirectWrite);
}

TEST_F(DirectWriterTest, IsOfNoMoreUseWhereAnotherAlignmentIsWanted) {
  const SystemCallsRestored restored;
  DirectWriter writer(file());
  const Memory memory(kSmallestDirectWrite);
  system_calls().failing["pwrite"] = EINVAL;
  EXPECT_EQ(writer.write(0, memory.bytes()), 0);
  EXPECT_FALSE(writer.is_open());
  system_calls().failing.clear();
  EXPECT_EQ(writer.write(0, memory.bytes()), 0);
  EXPECT_EQ(fs::file_size(file()), 0U);
}

}  // namespace
}  // namespace lockstep::test
