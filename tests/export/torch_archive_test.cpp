// SPDX-License-Identifier: Apache-2.0
// What torch's own zip writer does and ours does not: sizes behind the data instead of in an
// entry's header, and zip64 records in every archive.
#include <gmock/gmock.h>

#include "export/byte_cursor.h"
#include "export/samples.h"
#include "export/zip_records.h"
#include "support/temp_directory.h"

namespace lockstep::test {
namespace {

using testing::HasSubstr;

std::string little_endian(std::uint64_t value, int count) {
  std::string bytes;
  for (int i = 0; i < count; ++i) bytes.push_back(static_cast<char>(value >> (8 * i)));
  return bytes;
}

class TorchArchive : public testing::Test {
 protected:
  TorchArchive() {
    write_sample(path_);
    bytes_ = bytes_of(path_);
    values_ = read_everything(path_);
  }

  std::string error() const {
    put_bytes(path_, bytes_);
    return checkpoint_error_of([&] { EXPECT_EQ(read_everything(path_), values_); });
  }

  // Puts the zip64 records before the end record, the locator pointing `shift` bytes too far.
  void insert_zip64_records(std::uint64_t shift) {
    const std::size_t end = bytes_.size() - 22;
    ByteCursor record(std::string_view(bytes_).substr(end + 12), "the end record");
    const std::uint64_t size = record.u32();
    const std::uint64_t offset = record.u32();
    constexpr int kEntries = 5;  // pickle, byte order, two storages, version
    bytes_.insert(
        end, little_endian(zip::kEnd64, 4) + little_endian(44, 8) + std::string(12, '\0') +
                 little_endian(kEntries, 8) + little_endian(kEntries, 8) + little_endian(size, 8) +
                 little_endian(offset, 8) + little_endian(zip::kEnd64Locator, 4) +
                 little_endian(0, 4) + little_endian(end + shift, 8) + little_endian(1, 4));
  }

  std::string bytes_;
  std::vector<std::uint8_t> values_;

 private:
  TempDirectory directory_;
  std::filesystem::path path_ = directory_ / "a.pt";
};

TEST_F(TorchArchive, IsReadWhenSizesFollowTheData) {
  const std::size_t local = bytes_.find("archive/data/0") - 30;
  const std::size_t entry = bytes_.rfind("archive/data/0") - 46;
  bytes_[local + 6] = bytes_[entry + 8] = zip::kSizesFollowData;
  bytes_.replace(local + 14, 12, std::string(12, '\0'));
  EXPECT_EQ(error(), "no error");
}

TEST_F(TorchArchive, IsRefusedWhenSizesAreMissingButShouldNotBe) {
  const std::size_t local = bytes_.find("archive/data/0") - 30;
  bytes_.replace(local + 14, 12, std::string(12, '\0'));
  EXPECT_THAT(error(), HasSubstr("'archive/data/0' contradicts the archive's directory"));
}

// torch.serialization.set_crc32_options(False)
TEST_F(TorchArchive, IsRefusedForTheTrueReasonWhenItHasNoCrc32) {
  const std::size_t local = bytes_.find("archive/data/0") - 30;
  const std::size_t entry = bytes_.rfind("archive/data/0") - 46;
  bytes_.replace(local + 14, 4, std::string(4, '\0'));
  bytes_.replace(entry + 16, 4, std::string(4, '\0'));
  EXPECT_THAT(error(), HasSubstr("'archive/data/0' has no CRC-32, as torch saves after"));
}

TEST_F(TorchArchive, IsReadWithZip64Records) {
  insert_zip64_records(0);
  EXPECT_EQ(error(), "no error");
}

TEST_F(TorchArchive, IsReadWhenTheEndRecordRefersToZip64) {
  insert_zip64_records(0);
  bytes_.replace(bytes_.size() - 14, 12, std::string(12, '\xff'));
  EXPECT_EQ(error(), "no error");
}

TEST_F(TorchArchive, IsRefusedWhenItsZip64RecordIsElsewhere) {
  insert_zip64_records(1);
  EXPECT_THAT(error(), HasSubstr("zip64 locator points to nothing"));
}

}  // namespace
}  // namespace lockstep::test
