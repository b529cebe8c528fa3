// SPDX-License-Identifier: Apache-2.0
// Files that a crash, a bad disk or a bad person made: each must end in an Error that says why.
#include <gmock/gmock.h>

#include <fstream>
#include <set>

#include "export/pt_reader.h"
#include "export/samples.h"
#include "support/temp_directory.h"

namespace lockstep::test {
namespace {

using testing::HasSubstr;

const std::string kLocalHeader = "PK\x03\x04";
const std::string kDirectoryEntry = "PK\x01\x02";

std::string sample_bytes() {
  const TempDirectory directory;
  write_sample(directory / "a.pt");
  return bytes_of(directory / "a.pt");
}

std::string error_of_file(const std::string& bytes) {
  const TempDirectory directory;
  put_bytes(directory / "a.pt", bytes);
  return checkpoint_error_of([&] { read_everything(directory / "a.pt"); });
}

// The offset of the nth record that begins with `signature`.
std::size_t find_nth(const std::string& bytes, const std::string& signature, int n) {
  std::size_t at = bytes.find(signature);
  for (; n > 0; --n) at = bytes.find(signature, at + 1);
  return at;
}

void put_byte(const std::filesystem::path& path, std::size_t offset, char byte) {
  std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
  file.seekp(static_cast<std::streamoff>(offset));
  file.put(byte);
}

void add_range(std::set<std::size_t>& offsets, std::size_t first, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) offsets.insert(first + i);
}

// Bytes that carry nothing a reader needs: versions, times, attributes, padding.
std::set<std::size_t> idle_offsets(const std::string& bytes) {
  std::set<std::size_t> idle;
  const auto u16 = [&](std::size_t at) {
    return static_cast<std::size_t>(static_cast<unsigned char>(bytes[at])) +
           std::size_t{256} * static_cast<unsigned char>(bytes[at + 1]);
  };
  for (std::size_t at = bytes.find(kLocalHeader); at != std::string::npos;
       at = bytes.find(kLocalHeader, at + 1)) {
    add_range(idle, at + 4, 2);   // version needed
    add_range(idle, at + 10, 4);  // time, date
    const std::size_t padding = at + 30 + u16(at + 26);
    add_range(idle, padding, 2);                     // the padding's mark
    add_range(idle, padding + 4, u16(at + 28) - 4);  // the padding itself
  }
  for (std::size_t at = bytes.find(kDirectoryEntry); at != std::string::npos;
       at = bytes.find(kDirectoryEntry, at + 1)) {
    add_range(idle, at + 4, 4);   // versions
    add_range(idle, at + 12, 4);  // time, date
    add_range(idle, at + 36, 6);  // attributes
  }
  return idle;
}

TEST(DamagedFile, IsRefusedAtEveryLength) {
  const TempDirectory directory;
  const std::string bytes = sample_bytes();
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    put_bytes(directory / "a.pt", bytes.substr(0, size));
    EXPECT_THAT(checkpoint_error_of([&] { read_everything(directory / "a.pt"); }),
                HasSubstr("a.pt: "))
        << size;
  }
}

TEST(DamagedFile, IsRefusedForEveryChangedByteThatMatters) {
  const TempDirectory directory;
  const std::filesystem::path path = directory / "a.pt";
  write_sample(path);
  const std::string bytes = bytes_of(path);
  const std::vector<std::uint8_t> values = read_everything(path);
  const std::set<std::size_t> idle = idle_offsets(bytes);
  for (const int flip : {0x01, 0x80, 0xff}) {
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      put_byte(path, i, static_cast<char>(bytes[i] ^ flip));
      std::vector<std::uint8_t> found;
      const std::string error = checkpoint_error_of([&] { found = read_everything(path); });
      const bool is_harmless = error == "no error" && found == values;
      EXPECT_EQ(is_harmless, idle.contains(i)) << "byte " << i << ": " << error;
      put_byte(path, i, bytes[i]);
    }
  }
}

TEST(DamagedFile, SaysThatTheFileIsEmpty) { EXPECT_THAT(error_of_file(""), HasSubstr("empty")); }

TEST(DamagedFile, SaysThatTheFileIsTruncated) {
  EXPECT_THAT(error_of_file(sample_bytes().substr(0, 500)), HasSubstr("truncated"));
}

TEST(DamagedFile, SaysThatTheFileIsNoArchive) {
  EXPECT_THAT(error_of_file("model: gpt2-small\nlearning_rate: 0.0003\n"),
              HasSubstr("not a zip archive, so not a PyTorch file"));
}

TEST(DamagedFile, SaysWhatToDoWithTheFormatBeforeTorch16) {
  EXPECT_THAT(error_of_file("\x80\x02\x8a\x0al\xfc\x9c\x46\xf9 j\xa8P\x19.\x80\x02M\xe9\x03."),
              HasSubstr("save it again with torch.save"));
}

TEST(DamagedFile, NamesACompressedEntry) {
  std::string bytes = sample_bytes();
  bytes[find_nth(bytes, kDirectoryEntry, 2) + 10] = 8;
  EXPECT_THAT(error_of_file(bytes), HasSubstr("'archive/data/0' is compressed (method 8)"));
}

TEST(DamagedFile, NamesAnEncryptedEntry) {
  std::string bytes = sample_bytes();
  bytes[find_nth(bytes, kDirectoryEntry, 2) + 8] |= 1;
  EXPECT_THAT(error_of_file(bytes), HasSubstr("'archive/data/0' is encrypted"));
}

TEST(DamagedFile, NamesAnEntryThatIsThereTwice) {
  std::string bytes = sample_bytes();
  bytes[bytes.rfind("archive/data/1") + 13] = '0';
  EXPECT_THAT(error_of_file(bytes), HasSubstr("'archive/data/0' is there twice"));
}

TEST(DamagedFile, NamesAnEntryBeyondTheEndOfTheFile) {
  std::string bytes = sample_bytes();
  const std::size_t entry = find_nth(bytes, kDirectoryEntry, 2);
  bytes[entry + 22] = bytes[entry + 26] = 1;  // 65536 bytes more
  EXPECT_THAT(error_of_file(bytes), HasSubstr("'archive/data/0' reaches beyond"));
}

TEST(DamagedFile, NamesAMissingPickle) {
  std::string bytes = sample_bytes();
  bytes[bytes.rfind("archive/data.pkl") + 15] = 'x';
  EXPECT_THAT(error_of_file(bytes), HasSubstr("no entry 'archive/data.pkl'"));
}

TEST(DamagedFile, NamesAMissingStorage) {
  std::string bytes = sample_bytes();
  bytes[bytes.rfind("archive/data/1") + 13] = '7';
  EXPECT_THAT(error_of_file(bytes), HasSubstr("'archive/data/1' is missing"));
}

TEST(DamagedFile, OpensWithoutReadingTheTensors) {
  const TempDirectory directory;
  std::string bytes = sample_bytes();
  const std::string numbers = "\x07\x08\x09";
  bytes[bytes.find(numbers)] = 0;
  put_bytes(directory / "a.pt", bytes);
  const PtReader reader(directory / "a.pt");
  EXPECT_THAT(checkpoint_error_of([&] { reader.check_all_bytes(); }),
              HasSubstr("'archive/data/1' has CRC-32"));
}

}  // namespace
}  // namespace lockstep::test
